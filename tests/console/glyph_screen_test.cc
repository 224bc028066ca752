#include "harness/console/glyph_screen.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/console/drawn_font.h"

namespace bootproof {
namespace {

using testing::draw;
using testing::drawn_font;
using testing::picture_of;

constexpr std::uint32_t kGrey = 0xAAAAAA;
constexpr std::uint32_t kBlue = 0x0000AA;

/// A reader of one font.
std::string read(const Picture& picture, const GlyphFont& font) {
  return GlyphScreen({&font}).read(picture, GridSearch::kAnywhere).text;
}

TEST(GlyphScreenTest, ReadsRowsFromTheCorner) {
  const GlyphFont font = drawn_font(16);
  Picture picture = picture_of(320, 96);
  draw(picture, font, "GNU GRUB  version 2.06", 0, 0, kGrey, 0);
  draw(picture, font, "  grub> ls (hd0)", 0, 32, kGrey, 0);
  EXPECT_EQ(read(picture, font), "GNU GRUB  version 2.06\n\n  grub> ls (hd0)");
}

TEST(GlyphScreenTest, FindsAGridThatBeginsAnywhere) {
  const GlyphFont font = drawn_font(19);
  for (const std::size_t y : {1U, 7U, 18U}) {
    for (const std::size_t x : {0U, 3U, 7U}) {
      Picture picture = picture_of(400, 120);
      draw(picture, font, "Shell> map -r", 16 + x, y, kGrey, kBlue);
      const ScreenReading reading = GlyphScreen({&font}).read(picture, GridSearch::kAnywhere);
      EXPECT_EQ(reading.text.substr(reading.text.find_first_not_of(" \n")), "Shell> map -r")
          << x << "," << y;
      EXPECT_EQ(reading.x, x);
      EXPECT_EQ(reading.y, y);
    }
  }
}

TEST(GlyphScreenTest, LooksForAGridThatBeginsAnywhereNowAndThen) {
  const GlyphFont font = drawn_font(19);
  GlyphScreen reader({&font});
  Picture picture = picture_of(400, 120);
  draw(picture, font, "Shell> map -r", 19, 7, kGrey, kBlue);
  int looks = 0;
  ScreenReading reading;
  while (reading.text.empty() && looks < 20) {
    reading = reader.read(picture);
    ++looks;
  }
  EXPECT_EQ(looks, 8);
  EXPECT_EQ(reader.read(picture).text, reading.text) << "the grid is known from then on";
}

TEST(GlyphScreenTest, TakesPicturesWithoutACell) {
  const GlyphFont font = drawn_font(16);
  EXPECT_EQ(read(picture_of(7, 32), font), "");
  EXPECT_EQ(read(with_cells_of_eight(picture_of(8, 32)), font), "");
}

TEST(PictureTest, WithCellsOfEightLeavesEachNinthColumnOut) {
  Picture wide = picture_of(20, 1);
  for (std::uint32_t i = 0; i < 20; ++i) {
    wide.pixels[i] = i;
  }
  const Picture narrow = with_cells_of_eight(wide);
  EXPECT_EQ(narrow.width, 16U);
  EXPECT_EQ(narrow.pixels,
            (std::vector<std::uint32_t>{0, 1, 2, 3, 4, 5, 6, 7, 9, 10, 11, 12, 13, 14, 15, 16}));
}

TEST(GlyphScreenTest, ReadsInverseVideoAndAnyTwoColours) {
  const GlyphFont font = drawn_font(16);
  Picture picture = picture_of(320, 64);
  draw(picture, font, "*Debian GNU/Linux   ", 0, 0, 0, kGrey);
  draw(picture, font, "Advanced options", 0, 16, 0xFFFF55, kBlue);
  EXPECT_EQ(read(picture, font), "*Debian GNU/Linux\nAdvanced options");
}

TEST(GlyphScreenTest, DrawsNoTextFromAnUnderlineCursor) {
  const GlyphFont font = drawn_font(16);
  Picture picture = picture_of(320, 64);
  draw(picture, font, "bootproof# ls -l", 0, 0, kGrey, 0);
  for (std::size_t x = 0; x < 8; ++x) {
    picture.pixels[14 * picture.width + 136 + x] = kGrey;
    picture.pixels[15 * picture.width + 136 + x] = kGrey;
  }
  EXPECT_EQ(read(picture, font), "bootproof# ls -l");
}

TEST(GlyphScreenTest, MarksACellThatIsNoGlyph) {
  const GlyphFont font = drawn_font(16);
  Picture picture = picture_of(320, 64);
  draw(picture, font, "Loading Linux 6.1.0 ...", 0, 0, kGrey, 0);
  picture.pixels[2 * picture.width + 2 * 8 + 1] = 0xFF0000;
  EXPECT_EQ(read(picture, font),
            "Lo\xEF\xBF\xBD"
            "ding Linux 6.1.0 ...");
}

TEST(GlyphScreenTest, LeavesRowsOfAPictureOut) {
  const GlyphFont font = drawn_font(16);
  Picture picture = picture_of(320, 96);
  draw(picture, font, "Booting Debian GNU/Linux", 0, 64, kGrey, 0);
  for (std::size_t i = 0; i < 48 * picture.width; ++i) {
    picture.pixels[i] = static_cast<std::uint32_t>(i * 2654435761U) & 0xFFFFFFU;
  }
  EXPECT_EQ(read(picture, font), "\n\n\n\nBooting Debian GNU/Linux");
}

TEST(GlyphScreenTest, SaysNothingOfWhatIsNoText) {
  const GlyphFont font = drawn_font(16);
  Picture noise = picture_of(320, 96);
  for (std::size_t i = 0; i < noise.pixels.size(); ++i) {
    noise.pixels[i] = (i * 2654435761U >> 13U) % 2 == 0 ? kGrey : 0;
  }
  EXPECT_EQ(read(noise, font), "");
  EXPECT_EQ(read(picture_of(320, 96), font), "");
  EXPECT_EQ(read(picture_of(1, 1), font), "");
}

TEST(GlyphScreenTest, TriesTheFontsInTurn) {
  const GlyphFont low = drawn_font(16);
  const GlyphFont high = drawn_font(19);
  GlyphScreen reader({&low, &high});
  Picture picture = picture_of(320, 96);
  draw(picture, high, "UEFI Interactive Shell v2.2", 0, 1, kGrey, 0);
  EXPECT_EQ(reader.read(picture, GridSearch::kAnywhere).font, "drawn 8x19");
  Picture next = picture_of(320, 96);
  draw(next, low, "Linux version 6.1.0", 0, 0, kGrey, 0);
  EXPECT_EQ(reader.read(next).font, "drawn 8x16");
}

TEST(SameButForCursor, TellsABlinkingCursorFromText) {
  EXPECT_TRUE(same_but_for_cursor("Shell>", "Shell> _"));
  EXPECT_TRUE(same_but_for_cursor("Shell> _", "Shell>"));
  EXPECT_TRUE(same_but_for_cursor("a\nb _\nc", "a\nb\nc"));
  EXPECT_TRUE(same_but_for_cursor("x", "x"));
  EXPECT_FALSE(same_but_for_cursor("Shell>", "Shell> a"));
  EXPECT_FALSE(same_but_for_cursor("Shell> _", "Shell> a"));
  EXPECT_FALSE(same_but_for_cursor("", "a"));
}

TEST(PictureTest, ReadsWhatQemuWrites) {
  const auto picture = picture_of_ppm(std::string_view("P6\n2 1\n255\n\x01\x02\x03\xFF\0\0", 17));
  ASSERT_TRUE(picture);
  EXPECT_EQ(picture->width, 2U);
  EXPECT_EQ(picture->height, 1U);
  EXPECT_EQ(picture->pixels, (std::vector<std::uint32_t>{0x010203, 0xFF0000}));
}

TEST(PictureTest, RefusesWhatIsCutOrTooLarge) {
  for (const std::string_view bad :
       {"", "P6", "P6\n2 1\n255\n12345", "P5\n1 1\n255\nx", "P6\n0 1\n255\n",
        "P6\n1 1\n65535\nabcdef", "P6\n99999 99999\n255\n", "P6\n123456 1\n255\n", "P6 # no end"}) {
    EXPECT_FALSE(picture_of_ppm(bad)) << bad;
  }
}

}  // namespace
}  // namespace bootproof
