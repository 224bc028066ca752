#include <lzma.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/console/glyph_font.h"

namespace bootproof {
namespace {

/// EFI_GUID_DEFINED section (PI 1.7, volume 3, 2.2.4): size[3], type, GUID, data offset,
/// attributes.
constexpr std::string_view kLzmaGuid(
    "\x98\x58\x4e\xee\x14\x39\x59\x42\x9d\x6e\xdc\x7b\xd7\x94\x03\xcf", 16);
constexpr std::size_t kGuidAt = 4;
constexpr std::size_t kDataOffsetAt = 16;  ///< From the GUID.
constexpr std::uint8_t kGuidDefined = 0x02;
constexpr std::size_t kMostUnpacked = std::size_t{64} << 20U;
constexpr std::uint64_t kMostMemory = std::uint64_t{128} << 20U;
constexpr std::size_t kMostSections = 8;

/// EFI_NARROW_GLYPH: UnicodeWeight, Attributes, GlyphCol1[19].
constexpr std::size_t kNarrowRows = 19;
constexpr std::size_t kNarrowSize = 3 + kNarrowRows;
constexpr std::size_t kFewestGlyphs = 95;  ///< Those of ASCII.

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

unsigned word_at(std::string_view bytes, std::size_t at) {
  constexpr unsigned kByte = 8;
  return byte_at(bytes, at) | static_cast<unsigned>(byte_at(bytes, at + 1)) << kByte;
}

/// What an LZMA stream with the old header (LZMA SDK, lzma.txt) unpacks to, as far as it is whole.
std::string unpack(std::string_view packed) {
  lzma_stream stream = LZMA_STREAM_INIT;
  if (lzma_alone_decoder(&stream, kMostMemory) != LZMA_OK) {
    return {};
  }
  std::string out;
  const std::vector<std::uint8_t> input(packed.begin(), packed.end());
  std::vector<std::uint8_t> piece(std::size_t{1} << 20U);
  stream.next_in = input.data();
  stream.avail_in = input.size();
  lzma_ret state = LZMA_OK;
  while (state == LZMA_OK && out.size() < kMostUnpacked) {
    stream.next_out = piece.data();
    stream.avail_out = piece.size();
    state = lzma_code(&stream, LZMA_FINISH);
    const std::size_t count = piece.size() - stream.avail_out;
    out.append(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(count));
    if (count == 0) {
      break;  // Cut: nothing more will come.
    }
  }
  lzma_end(&stream);
  return out;
}

/// The font whose first glyph stands at `at`; fewer glyphs than ASCII has are none.
std::optional<GlyphFont> font_at(std::string_view bytes, std::size_t at) {
  GlyphFont font("EFI 8x19", kNarrowRows);
  std::size_t count = 0;
  unsigned last = 0;
  for (; at + kNarrowSize <= bytes.size(); at += kNarrowSize, ++count) {
    const unsigned code = word_at(bytes, at);
    if (code <= last) {
      break;
    }
    last = code;
    GlyphRows rows{};
    for (std::size_t row = 0; row < kNarrowRows; ++row) {
      rows[row] = byte_at(bytes, at + 3 + row);
    }
    font.add(code, rows);
  }
  return count >= kFewestGlyphs ? std::optional<GlyphFont>(std::move(font)) : std::nullopt;
}

std::optional<GlyphFont> narrow_glyphs(std::string_view bytes) {
  // A blank, and '!' after it.
  const std::string blank = std::string(" \0\0", 3) + std::string(kNarrowRows, '\0') + '!' + '\0';
  for (std::size_t at = bytes.find(blank); at != std::string_view::npos;
       at = bytes.find(blank, at + 1)) {
    if (std::optional<GlyphFont> font = font_at(bytes, at)) {
      return font;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<GlyphFont> efi_font_of(std::string_view firmware) {
  if (std::optional<GlyphFont> plain = narrow_glyphs(firmware)) {
    return plain;
  }
  std::size_t sections = 0;
  for (std::size_t at = firmware.find(kLzmaGuid);
       at != std::string_view::npos && sections < kMostSections;
       at = firmware.find(kLzmaGuid, at + 1)) {
    if (at < kGuidAt || firmware.size() - at < kDataOffsetAt + 2 ||
        byte_at(firmware, at - 1) != kGuidDefined) {
      continue;
    }
    const std::size_t data = at - kGuidAt + word_at(firmware, at + kDataOffsetAt);
    if (data < firmware.size()) {
      ++sections;
      if (std::optional<GlyphFont> font = narrow_glyphs(unpack(firmware.substr(data)))) {
        return font;
      }
    }
  }
  return std::nullopt;
}

}  // namespace bootproof
