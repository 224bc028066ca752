#include "harness/console/glyph_font.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "harness/core/files.h"

namespace bootproof {
namespace {

/// An installed file; empty where it is missing.
std::string installed(const char* file) { return read_file(file, 32U << 20U).value_or(""); }

std::string big_endian(unsigned value, unsigned size) {
  std::string out;
  for (unsigned i = size; i-- > 0;) {
    out.push_back(static_cast<char>(value >> (8 * i) & 0xFFU));
  }
  return out;
}

/// A PFF2 font of one glyph, 'A', two pixels wide and three high.
std::string small_grub_font(unsigned offset_of_glyph_adds = 0) {
  const std::string head = std::string("FILE") + big_endian(4, 4) + "PFF2" + "MAXH" +
                           big_endian(2, 4) + big_endian(16, 2) + "ASCE" + big_endian(2, 4) +
                           big_endian(14, 2) + "CHIX" + big_endian(9, 4);
  const unsigned glyph_at = static_cast<unsigned>(head.size()) + 9 + 8 + offset_of_glyph_adds;
  return head + big_endian('A', 4) + big_endian(0, 1) + big_endian(glyph_at, 4) + "DATA" +
         big_endian(0xFFFFFFFF, 4) + big_endian(2, 2) + big_endian(3, 2) + big_endian(1, 2) +
         big_endian(1, 2) + big_endian(8, 2) + std::string("\xB4", 1);  // #. ## .#
}

TEST(GlyphFontTest, FindsTheFirstOfTwoThatLookAlikeAndNoBlank) {
  GlyphFont font("x", 16);
  font.add(U' ', {});
  font.add(U'a', {0, 0x18});
  font.add(U'b', {0, 0x18});
  EXPECT_EQ(font.size(), 1U);
  EXPECT_EQ(font.find({0, 0x18}), U'a');
  EXPECT_EQ(font.find({}), std::nullopt);
}

TEST(GlyphFontTest, ReadsGrubsGlyphsAtTheirPlaceInTheCell) {
  const auto font = grub_font_of(small_grub_font());
  ASSERT_TRUE(font);
  EXPECT_EQ(font->height(), 16U);
  GlyphRows rows{};
  rows[10] = 0x40;
  rows[11] = 0x60;
  rows[12] = 0x20;
  EXPECT_EQ(font->find(rows), U'A');
}

TEST(GlyphFontTest, RefusesGrubFontsThatAreCutOrPointOutside) {
  const std::string whole = small_grub_font();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(grub_font_of(std::string_view(whole).substr(0, size))) << size;
  }
  EXPECT_FALSE(grub_font_of(small_grub_font(1000)));
}

TEST(GlyphFontTest, RefusesBytesThatAreNoFont) {
  for (const std::string& bytes :
       {std::string(), std::string(5000, '\0'), std::string(5000, '\xFF'), std::string("\x1f\x8b"),
        std::string("\x36\x04\x00\x10 cut", 8)}) {
    EXPECT_FALSE(vga_font_of(bytes));
    EXPECT_FALSE(efi_font_of(bytes));
    EXPECT_FALSE(grub_font_of(bytes));
    EXPECT_FALSE(psf_font_of(bytes));
  }
}

/// What a font of the system has to know, and how high its cells are.
void expect_ascii(const std::optional<GlyphFont>& font, std::size_t height) {
  ASSERT_TRUE(font);
  EXPECT_EQ(font->height(), height);
  for (char32_t code = 0x21; code < 0x7f; ++code) {
    EXPECT_EQ(font->find(font->rows_of(code)), code) << static_cast<unsigned>(code);
    EXPECT_NE(font->rows_of(code), GlyphRows()) << static_cast<unsigned>(code);
  }
}

TEST(InstalledFont, OfTheVgaBiosHasAscii) {
  const std::string bytes = installed("/usr/share/seabios/vgabios-stdvga.bin");
  if (bytes.empty()) {
    GTEST_SKIP() << "install seabios";
  }
  expect_ascii(vga_font_of(bytes), 16);
}

TEST(InstalledFont, OfTheEfiFirmwareHasAscii) {
  const std::string bytes = installed("/usr/share/OVMF/OVMF_CODE_4M.fd");
  if (bytes.empty()) {
    GTEST_SKIP() << "install ovmf";
  }
  expect_ascii(efi_font_of(bytes), 19);
}

TEST(InstalledFont, OfGrubHasAscii) {
  const std::string bytes = installed("/usr/share/grub/unicode.pf2");
  if (bytes.empty()) {
    GTEST_SKIP() << "install grub-common";
  }
  expect_ascii(grub_font_of(bytes), 16);
}

TEST(InstalledFont, OfLinuxHasAscii) {
  const std::string bytes = installed("/usr/share/consolefonts/cp865-8x16.psf.gz");
  if (bytes.empty()) {
    GTEST_SKIP() << "install console-data";
  }
  expect_ascii(psf_font_of(bytes), 16);
}

}  // namespace
}  // namespace bootproof
