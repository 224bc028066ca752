#include <gtest/gtest.h>

#include <string>

#include "builders/recipe.h"
#include "tests/builders/fixture.h"

namespace bootproof {
namespace {

class CutTest : public FolderTest {
 protected:
  /// Builds the recipe `{cut: {of: whole.img, keep: KEEP}}`.
  [[nodiscard]] std::string made(const std::string& keep) const {
    RecipeBook book;
    book.load_text("version: 1\nrecipes:\n  a: {cut: {of: whole.img, keep: " + keep + "}}\n",
                   (folder_ / "r.yaml").string());
    const Builder builder(book, folder_ / "cache");
    return read(builder.build("a").path);
  }
};

TEST_F(CutTest, KeepsTheFirstPart) {
  write("whole.img", "0123456789abcdefghij");
  EXPECT_EQ(made("60%"), "0123456789ab");
  EXPECT_EQ(made("7"), "0123456");
  EXPECT_EQ(made("1%"), "");
  EXPECT_EQ(read(folder_ / "whole.img"), "0123456789abcdefghij");
}

TEST_F(CutTest, RefusesToKeepMoreThanThereIs) {
  write("whole.img", "0123456789");
  const std::string text = error_text([&] { static_cast<void>(made("10")); });
  EXPECT_EQ(text.substr(0, text.find('\n')),
            (folder_ / "r.yaml").string() + ":3:34: " + (folder_ / "whole.img").string() +
                " has 10 bytes, no more than the 10 that are to be kept");
}

TEST_F(CutTest, RefusesWhatIsNoShareAndNoNumber) {
  for (const char* keep : {"0%", "100%", "-1%", "1.5%", "'%'", "0", "half"}) {
    const std::string text = error_text([&] { static_cast<void>(made(keep)); });
    EXPECT_TRUE(text.find(":3:34: 'keep' must be ") != std::string::npos) << keep << ": " << text;
  }
}

}  // namespace
}  // namespace bootproof
