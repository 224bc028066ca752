// Fonts of any bytes, and pictures read with them.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "harness/console/glyph_screen.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bootproof;
  const std::string bytes(data, data + size);
  std::vector<GlyphFont> fonts;
  for (const auto parse : {vga_font_of, efi_font_of, grub_font_of, psf_font_of}) {
    if (std::optional<GlyphFont> font = parse(bytes)) {
      fuzz::require(font->height() > 0 && font->height() <= GlyphFont::kMostRows);
      fonts.push_back(std::move(*font));
    }
  }
  if (fonts.empty()) {
    GlyphFont bars("bars", 3);
    bars.add(U'-', {0, 0xFF});
    bars.add(U'l', {0x10, 0x10, 0x10});
    fonts.push_back(bars);
  }
  std::vector<const GlyphFont*> pointers;
  for (const GlyphFont& font : fonts) {
    pointers.push_back(&font);
  }
  // The input as a picture, and what is no picture as the pixels of one.
  std::optional<Picture> picture = picture_of_ppm(bytes);
  if (!picture) {
    constexpr std::size_t kWidth = 64;
    picture = Picture{kWidth, std::min<std::size_t>(size / kWidth, 256), {}};
    for (std::size_t i = 0; i < kWidth * picture->height; ++i) {
      picture->pixels.push_back(data[i] % 2);
    }
    picture->pixels.resize(std::max<std::size_t>(picture->pixels.size(), kWidth));
  }
  GlyphScreen reader(pointers);
  const ScreenReading first = reader.read(*picture);
  const ScreenReading again = reader.read(*picture);
  fuzz::require(first.text.empty() == first.font.empty());
  fuzz::require(first.known + first.unknown <= picture->width * picture->height);
  fuzz::require(again.text.empty() == first.text.empty());
  fuzz::require(same_but_for_cursor(first.text, first.text));
  same_but_for_cursor(first.text, bytes);
  return 0;
}
