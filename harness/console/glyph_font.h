#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace bootproof {

/// The pixels of a character cell, a byte for each row from the top, its leftmost pixel in the
/// highest bit. Rows below the cell are 0.
using GlyphRows = std::array<std::uint8_t, 32>;

/// A console font of cells eight pixels wide: finds the character by the pixels. Of two characters
/// that look alike the one that was added first is found. A cell without pixels is no glyph: it is
/// a blank in any font.
class GlyphFont {
 public:
  static constexpr std::size_t kWidth = 8;
  static constexpr std::size_t kMostRows = GlyphRows().size();

  /// `name`: for people. `height`: rows of a cell, 1 to 32.
  GlyphFont(std::string name, std::size_t height) : name_(std::move(name)), height_(height) {}

  /// Adds a glyph unless one with these pixels is there.
  void add(char32_t code, const GlyphRows& rows);
  /// The character with these pixels; nothing where there is none.
  [[nodiscard]] std::optional<char32_t> find(const GlyphRows& rows) const;

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::size_t height() const { return height_; }
  [[nodiscard]] std::size_t size() const { return codes_.size(); }
  /// The pixels of a character (an empty cell where the font has none): for drawing.
  [[nodiscard]] GlyphRows rows_of(char32_t code) const;

 private:
  struct Hash {
    std::size_t operator()(const GlyphRows& rows) const;
  };

  std::string name_;
  std::size_t height_;
  std::unordered_map<GlyphRows, char32_t, Hash> codes_;
};

/// The 8x16 font of a VGA BIOS (IBM VGA, code page 437): 256 glyphs of 16 bytes, found by the bytes
/// of glyph 1. Nothing where `rom` has none.
std::optional<GlyphFont> vga_font_of(std::string_view rom);

/// The 8x19 font of an EDK II firmware's console: the narrow glyphs (UEFI 2.10, 33.3.4,
/// EFI_NARROW_GLYPH) in `firmware`, a flash image with an LZMA section (PI 1.7, volume 3, 2.2.4),
/// of which at most 64 MiB are unpacked. Nothing where it has none.
std::optional<GlyphFont> efi_font_of(std::string_view firmware);

/// The first 256 glyphs of a Linux console font in PSF 1 (console-data; psfgettable(1)), packed by
/// gzip or not, taken for those of code page 437. The letters of the font that is built into Linux
/// (lib/fonts/font_8x16.c) are others than the VGA's. Nothing where `file` is no such font.
std::optional<GlyphFont> psf_font_of(std::string_view file);

/// A font of GRUB (PFF2), as its graphical terminal draws it into cells eight pixels wide: its
/// narrow glyphs from U+0020 to U+2FFF. Nothing where `file` is no such font or its cells are of
/// another size.
std::optional<GlyphFont> grub_font_of(std::string_view file);

}  // namespace bootproof
