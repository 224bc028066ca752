#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "harness/console/code_page_437.h"
#include "harness/console/glyph_font.h"

namespace bootproof {
namespace {

constexpr std::size_t kHeader = 4;  ///< PSF 1: 0x36 0x04, mode, rows of a glyph.
constexpr std::size_t kGlyphs = 256;
constexpr std::size_t kMostUnpacked = std::size_t{64} << 10U;

/// The bytes of a gzip file (RFC 1952), at most kMostUnpacked of them; other bytes as they are.
std::string unpacked(std::string_view file) {
  if (!file.starts_with("\x1f\x8b")) {
    return std::string(file.substr(0, kMostUnpacked));
  }
  constexpr int kGzip = 16 + MAX_WBITS;
  z_stream stream{};
  if (inflateInit2(&stream, kGzip) != Z_OK) {
    return {};
  }
  std::vector<Bytef> in(file.begin(), file.end());
  std::vector<Bytef> out(kMostUnpacked);
  stream.next_in = in.data();
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = out.data();
  stream.avail_out = static_cast<uInt>(out.size());
  inflate(&stream, Z_FINISH);  // What a cut file holds is too short, and refused below.
  const std::size_t size = out.size() - stream.avail_out;
  inflateEnd(&stream);
  return {out.begin(), out.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace

std::optional<GlyphFont> psf_font_of(std::string_view file) {
  const std::string bytes = unpacked(file);
  const std::size_t height = bytes.size() > kHeader ? static_cast<std::uint8_t>(bytes[3]) : 0;
  if (!bytes.starts_with("\x36\x04") || height == 0 || height > GlyphFont::kMostRows ||
      bytes.size() < kHeader + kGlyphs * height) {
    return std::nullopt;
  }
  GlyphFont font("Linux 8x" + std::to_string(height), height);
  const auto add = [&](std::size_t glyph) {
    GlyphRows rows{};
    const auto* const from = bytes.data() + kHeader + glyph * height;
    std::transform(from, from + height, rows.begin(),
                   [](char c) { return static_cast<std::uint8_t>(c); });
    font.add(from_code_page_437(static_cast<unsigned char>(glyph)), rows);
  };
  constexpr std::size_t kFirstPrintable = 0x20;
  constexpr std::size_t kLastAscii = 0x7e;
  for (std::size_t glyph = kFirstPrintable; glyph <= kLastAscii; ++glyph) {  // Before the rest.
    add(glyph);
  }
  for (std::size_t glyph = 0; glyph < kGlyphs; ++glyph) {
    add(glyph);
  }
  return font;
}

}  // namespace bootproof
