#include "builders/keymap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "builders/tools.h"
#include "fixture.h"
#include "harness/core/program.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class Keymap : public FolderTest {
 protected:
  void SetUp() override {
    try {
      static_cast<void>(tool_path("loadkeys"));
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  /// The keymap of a file, or what is said of it.
  [[nodiscard]] std::string made_from(const fs::path& file) const {
    std::string made;
    const std::string error = error_text([&] {
      made = binary_keymap({file, {}, false}, {"r.yaml", 7, 3});
    });
    return made.empty() ? error : made;
  }
};

/// The code of a key in a binary keymap: seven bytes of magic, a flag for each of 256 maps, then a
/// number of 16 bits for each of the 128 keys of the first map.
int code_of(const std::string& keymap, std::size_t key) {
  constexpr std::size_t kMaps = 7 + 256;
  return static_cast<unsigned char>(keymap.at(kMaps + 2 * key)) |
         static_cast<unsigned char>(keymap.at(kMaps + 2 * key + 1)) << 8;
}

TEST_F(Keymap, SaysWhatEachKeyIs) {
  const fs::path file = write("x.kmap", "keymaps 0-1\nkeycode 21 = z\nkeycode 44 = y\n");
  const std::string made = made_from(file);
  ASSERT_THAT(made, StartsWith("bkeymap"));
  EXPECT_EQ(code_of(made, 21) & 0xff, 'z');
  EXPECT_EQ(code_of(made, 44) & 0xff, 'y');
}

TEST_F(Keymap, IsTakenAsItIsWhereItIsBinary) {
  const std::string binary = "bkeymap and more";
  EXPECT_EQ(made_from(write("x.bmap", binary)), binary);
}

TEST_F(Keymap, ThatIsNoneIsRefusedWithItsPlace) {
  EXPECT_THAT(made_from(write("x.kmap", "keycode = = what\n")), StartsWith("r.yaml:7:3: "));
  EXPECT_THAT(made_from(write("x.kmap", "keycode = = what\n")), HasSubstr("is no keymap"));
  EXPECT_THAT(made_from(write("large.kmap", std::string(2U << 20U, '#'))),
              StartsWith("r.yaml:7:3: "));
}

TEST_F(Keymap, StandsInTheInitramfsAndNothingElseMayStandThere) {
  write("busybox", elf_program(kElfX86_64));
  write("x.kmap", "keycode 21 = z\n");
  const auto build = [&](const std::string& more) {
    RecipeBook book;
    book.load_text(
        "version: 1\nrecipes:\n  a: {initramfs: {busybox: busybox, architecture: x86_64, "
        "compression: none, keymap: x.kmap" +
            more + "}}\n",
        (folder_ / "r.yaml").string());
    return Builder(book, folder_ / "cache").build("a");
  };
  const std::string archive = read(build("").path);
  EXPECT_THAT(archive, HasSubstr("etc/keymap.bmap"));
  EXPECT_THAT(archive, HasSubstr(made_from(folder_ / "x.kmap")));
  EXPECT_THAT(error_text([&] { build(", files: {/etc/keymap.bmap: x.kmap}"); }),
              HasSubstr("stands in 'keymap' already"));
  const std::string first = build("").sha256;
  write("x.kmap", "keycode 21 = y\n");
  EXPECT_NE(build("").sha256, first);
}

}  // namespace
}  // namespace bootproof
