#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/glyph_font.h"
#include "harness/console/picture.h"

namespace bootproof::testing {

/// The pixels of a character in a font that no machine has: no two alike, none the inverse of
/// another one, and all with an empty column at the right as letters have.
inline GlyphRows drawn_glyph(char32_t code, std::size_t height) {
  GlyphRows rows{};
  std::uint32_t state = static_cast<std::uint32_t>(code) * 2654435761U;
  for (std::size_t row = 2; row + 3 < height; ++row) {
    state = state * 1664525U + 1013904223U;
    rows[row] = static_cast<std::uint8_t>(state >> 24U & 0x7EU);
  }
  return rows;
}

/// A font of the characters of ASCII drawn so.
inline GlyphFont drawn_font(std::size_t height) {
  GlyphFont font("drawn 8x" + std::to_string(height), height);
  for (char32_t code = 0x21; code < 0x7f; ++code) {
    font.add(code, drawn_glyph(code, height));
  }
  return font;
}

/// A black picture.
inline Picture picture_of(std::size_t width, std::size_t height) {
  return {width, height, std::vector<std::uint32_t>(width * height)};
}

/// Draws ASCII text with its first cell at (x, y), as far as it is in the picture.
inline void draw(Picture& picture, const GlyphFont& font, std::string_view text, std::size_t x,
                 std::size_t y, std::uint32_t front, std::uint32_t back) {
  for (const char c : text) {
    const GlyphRows rows = font.rows_of(static_cast<unsigned char>(c));
    for (std::size_t row = 0; row < font.height(); ++row) {
      for (std::size_t column = 0; column < GlyphFont::kWidth; ++column) {
        if (x + column < picture.width && y + row < picture.height) {
          const bool is_lit = (rows[row] << column & 0x80U) != 0;
          picture.pixels[(y + row) * picture.width + x + column] = is_lit ? front : back;
        }
      }
    }
    x += GlyphFont::kWidth;
  }
}

}  // namespace bootproof::testing
