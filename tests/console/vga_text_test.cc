#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "harness/console/terminal_screen.h"

namespace bootproof {
namespace {

constexpr std::size_t kColumns = 80;
constexpr std::size_t kRows = 25;

/// VGA memory with `rows` from the top, the rest blanks with attribute 0x07.
std::string memory_of(std::initializer_list<std::string_view> rows) {
  std::string memory;
  for (const std::string_view row : rows) {
    for (std::size_t column = 0; column < kColumns; ++column) {
      memory += column < row.size() ? row[column] : ' ';
      memory += '\x07';
    }
  }
  while (memory.size() < kRows * kColumns * 2) {
    memory += " \x07";
  }
  return memory;
}

TEST(VgaText, RowsAreJoinedWithoutTheirTrailingBlanks) {
  EXPECT_EQ(vga_text(memory_of({"SeaBIOS", "", "  No bootable device.  "})),
            "SeaBIOS\n\n  No bootable device.");
}

TEST(VgaText, CodePage437BecomesUtf8) {
  EXPECT_EQ(vga_text(memory_of({"\xc9\xcd\xbb\x80\x7f\x01\x1f\xe1\xfe"})), "╔═╗Ç⌂☺▼ß■");
}

TEST(VgaText, ZeroAndFfAreBlanks) {
  EXPECT_EQ(vga_text(memory_of({std::string_view("a\0b\xff"
                                                 "c\0\xff",
                                                 7)})),
            "a b c");
}

TEST(VgaText, AFullScreenKeepsItsRows) {
  const std::string text = vga_text(std::string(kRows * kColumns * 2, 'x'));
  EXPECT_EQ(text.size(), kRows * (kColumns + 1) - 1);
}

TEST(VgaText, TooFewAndTooManyBytesAreSafe) {
  EXPECT_EQ(vga_text({}), "");
  EXPECT_EQ(vga_text("a\x07"
                     "b"),
            "ab");
  EXPECT_EQ(vga_text(memory_of({"one"}) + "beyond the end"), "one");
}

}  // namespace
}  // namespace bootproof
