#include <cstddef>
#include <cstdint>

#include "harness/console/glyph_font.h"

// PFF2 as grub-mkfont writes it and grub-core/font/font.c reads it: sections of a name, a length
// and content, all numbers with the highest byte first; CHIX is the index (code point, flags,
// offset of the glyph in the file), DATA the rest of the file.

namespace bootproof {
namespace {

constexpr std::size_t kNameSize = 4;
constexpr std::size_t kSectionHeader = 8;
constexpr std::size_t kIndexEntry = 9;
constexpr std::size_t kGlyphHeader = 10;
constexpr char32_t kFirstCode = 0x20;
constexpr char32_t kLastCode = 0x2fff;  ///< Behind it is what takes two cells.

unsigned number_at(std::string_view bytes, std::size_t at, std::size_t size) {
  constexpr unsigned kByte = 8;
  unsigned value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value = value << kByte | static_cast<std::uint8_t>(bytes[at + i]);
  }
  return value;
}

int signed_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::int16_t>(number_at(bytes, at, 2));
}

struct Header {
  std::string_view index;
  unsigned height = 0;
  unsigned ascent = 0;
};

std::optional<Header> header_of(std::string_view file) {
  if (!file.starts_with(std::string_view("FILE\0\0\0\4PFF2", kSectionHeader + kNameSize))) {
    return std::nullopt;
  }
  Header header;
  std::size_t at = kSectionHeader + kNameSize;
  while (file.size() - at >= kSectionHeader) {
    const std::string_view name = file.substr(at, kNameSize);
    const std::size_t size = number_at(file, at + kNameSize, 4);
    at += kSectionHeader;
    if (name == "DATA" || size > file.size() - at) {
      break;
    }
    if (name == "CHIX") {
      header.index = file.substr(at, size);
    } else if (name == "MAXH" && size == 2) {
      header.height = number_at(file, at, 2);
    } else if (name == "ASCE" && size == 2) {
      header.ascent = number_at(file, at, 2);
    }
    at += size;
  }
  const bool fits = header.height > 0 && header.height <= GlyphFont::kMostRows;
  return fits && !header.index.empty() ? std::optional<Header>(header) : std::nullopt;
}

/// A glyph as it is drawn into its cell; false where it takes more than one or stands outside.
bool draw(std::string_view file, std::size_t at, const Header& header, GlyphRows& rows) {
  if (at > file.size() || file.size() - at < kGlyphHeader) {
    return false;
  }
  const int width = static_cast<int>(number_at(file, at, 2));
  const int height = static_cast<int>(number_at(file, at + 2, 2));
  const int left = signed_at(file, at + 4);
  const int bottom = signed_at(file, at + 6);
  const int advance = signed_at(file, at + 8);
  const int top = static_cast<int>(header.ascent) - bottom - height;
  const int most_columns = static_cast<int>(GlyphFont::kWidth);
  constexpr unsigned kByte = 8;
  if (advance != most_columns || left < 0 || left + width > most_columns || top < 0 ||
      top + height > static_cast<int>(header.height)) {
    return false;
  }
  const std::string_view bits = file.substr(at + kGlyphHeader);
  const auto bit_count = static_cast<unsigned>(width * height);
  if (bits.size() * kByte < bit_count) {
    return false;
  }
  for (unsigned bit = 0; bit < bit_count; ++bit) {
    const unsigned byte = static_cast<std::uint8_t>(bits[bit / kByte]);
    if ((byte << (bit % kByte) & 0x80U) != 0) {
      const unsigned x = static_cast<unsigned>(left) + bit % static_cast<unsigned>(width);
      const unsigned y = static_cast<unsigned>(top) + bit / static_cast<unsigned>(width);
      rows[y] = static_cast<std::uint8_t>(rows[y] | 0x80U >> x);
    }
  }
  return true;
}

/// Miscellaneous Technical has bars that look like those of frames, which come after it.
bool is_technical_symbol(char32_t code) { return code >= 0x2300 && code <= 0x23ff; }

}  // namespace

std::optional<GlyphFont> grub_font_of(std::string_view file) {
  const std::optional<Header> header = header_of(file);
  if (!header) {
    return std::nullopt;
  }
  GlyphFont font("GRUB 8x" + std::to_string(header->height), header->height);
  for (const bool is_technical : {false, true}) {
    for (std::size_t at = 0; at + kIndexEntry <= header->index.size(); at += kIndexEntry) {
      const char32_t code = number_at(header->index, at, 4);
      const std::size_t glyph = number_at(header->index, at + 5, 4);
      GlyphRows rows{};
      if (code >= kFirstCode && code <= kLastCode && is_technical_symbol(code) == is_technical &&
          draw(file, glyph, *header, rows)) {
        font.add(code, rows);
      }
    }
  }
  return font.size() == 0 ? std::nullopt : std::optional<GlyphFont>(std::move(font));
}

}  // namespace bootproof
