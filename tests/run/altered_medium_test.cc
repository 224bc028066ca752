#include "harness/run/altered_medium.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::content_of;
using testing::TemporaryFolder;

MediumChange change(std::string file, std::uint64_t at, std::string bytes, std::uint8_t bits = 0) {
  MediumChange result;
  result.file = std::move(file);
  result.at = at;
  result.bytes = std::move(bytes);
  result.bits = bits;
  return result;
}

/// A FAT volume with a file of three clusters in a folder, made by mtools.
class AlteredVolume : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto mtools = find_program("mcopy"); !mtools) {
      GTEST_SKIP() << "mcopy is missing: apt-get install mtools";
    }
    image_ = folder_.write("a.img", std::string(1440U << 10U, '\0'));
    std::string content;
    for (int i = 0; content.size() < 1300; ++i) {
      content += std::to_string(i) + ",";
    }
    content_ = content;
    const fs::path file = folder_.write("file", content);
    call({"mformat", "-i", image_.string(), "-f", "1440", "::"});
    call({"mmd", "-i", image_.string(), "::/EFI"});
    call({"mcopy", "-i", image_.string(), file.string(), "::/EFI/LOADER.EFI"});
  }

  static void call(std::vector<std::string> arguments) {
    ProgramCall call;
    call.arguments = std::move(arguments);
    static_cast<void>(run_program_or_throw(call, ErrorKind::kHost));
  }

  /// The file as the altered medium holds it, read by mtools.
  [[nodiscard]] std::string file_of(const fs::path& medium) const {
    const fs::path out = folder_.path() / "out";
    call({"mcopy", "-n", "-o", "-i", medium.string(), "::/EFI/LOADER.EFI", out.string()});
    return content_of(out);
  }

  [[nodiscard]] fs::path alter(const std::vector<MediumChange>& changes) const {
    return make_altered_medium(image_, *sha256_of_file(image_), changes, folder_.path() / "cache");
  }

  /// The whole error; without a scenario file its place is empty.
  [[nodiscard]] std::string error_of(const MediumChange& one) const {
    try {
      static_cast<void>(alter({one}));
    } catch (const Error& error) {
      return std::string(name_of(error.kind())) + ": " + error.what();
    }
    return "no error";
  }

  TemporaryFolder folder_;
  fs::path image_;
  std::string content_;
};

TEST_F(AlteredVolume, HasOneBitOfAFileTurnedOverAndNothingElse) {
  const std::string before = content_of(image_);
  const fs::path altered = alter({change("/EFI/LOADER.EFI", 1000, "", 1)});
  std::string expected = content_;
  expected[1000] = static_cast<char>(expected[1000] ^ 1);
  EXPECT_EQ(file_of(altered), expected);
  const std::string after = content_of(altered);
  ASSERT_EQ(after.size(), before.size());
  std::size_t differences = 0;
  for (std::size_t i = 0; i < before.size(); ++i) {
    differences += before[i] != after[i] ? 1U : 0U;
  }
  EXPECT_EQ(differences, 1U);
  EXPECT_EQ(content_of(image_), before);
}

TEST_F(AlteredVolume, HasBytesWrittenAcrossClusters) {
  const fs::path altered = alter({change("/EFI/LOADER.EFI", 510, "ABCDE")});
  std::string expected = content_;
  expected.replace(510, 5, "ABCDE");
  EXPECT_EQ(file_of(altered), expected);
}

TEST_F(AlteredVolume, HasChangesOfTheImageItself) {
  const fs::path altered = alter({change("", 510, std::string("\0\0", 2)), change("", 3, "", 255)});
  std::string expected = content_of(image_);
  expected.replace(510, 2, std::string("\0\0", 2));
  expected[3] = static_cast<char>(~expected[3]);
  EXPECT_EQ(content_of(altered), expected);
}

TEST_F(AlteredVolume, IsMadeOnceAndKeptByImageAndChanges) {
  const fs::path first = alter({change("", 0, "a")});
  const auto made = fs::last_write_time(first);
  EXPECT_EQ(alter({change("", 0, "a")}), first);
  EXPECT_EQ(fs::last_write_time(first), made);
  EXPECT_NE(alter({change("", 0, "b")}), first);
  EXPECT_NE(alter({change("", 1, "a")}), first);
  EXPECT_EQ(fs::status(first).permissions() & fs::perms::owner_write, fs::perms::none);
}

TEST_F(AlteredVolume, SaysWhatIsNotThereToBeChanged) {
  EXPECT_EQ(
      error_of(change("/EFI/OTHER.EFI", 0, "a")),
      "scenario: : no file system of the medium has a file /EFI/OTHER.EFI\n"
      "`bootproof inspect` lists the file systems; or leave out 'file' and give the offset in "
      "the image");
  EXPECT_EQ(
      error_of(change("/EFI", 0, "a")),
      "scenario: : no file system of the medium has a file /EFI\n"
      "`bootproof inspect` lists the file systems; or leave out 'file' and give the offset in "
      "the image");
  const std::string end = error_of(change("/EFI/LOADER.EFI", content_.size(), "a"));
  EXPECT_NE(end.find("1 are to be changed at " + std::to_string(content_.size())),
            std::string::npos)
      << end;
  EXPECT_EQ(error_of(change("", 1440U << 10U, "", 1)),
            "scenario: : a byte can't be changed at 1474560: the medium has 1474560 bytes\n"
            "correct 'at'");
  EXPECT_FALSE(fs::exists(folder_.path() / "cache"));
}

}  // namespace
}  // namespace bootproof
