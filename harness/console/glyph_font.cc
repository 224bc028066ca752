#include "harness/console/glyph_font.h"

#include <algorithm>
#include <cstring>

#include "harness/console/code_page_437.h"

namespace bootproof {
namespace {

/// The happy face of code page 437 as the IBM VGA draws it.
constexpr std::string_view kGlyphOne("\x00\x00\x7e\x81\xa5\x81\x81\xbd\x99\x81\x81\x7e", 12);
constexpr std::size_t kVgaRows = 16;
constexpr std::size_t kVgaGlyphs = 256;
constexpr unsigned kFirstPrintable = 0x20;
constexpr unsigned kLastAscii = 0x7e;

GlyphRows rows_at(std::string_view table, unsigned glyph) {
  GlyphRows rows{};
  const std::string_view bytes = table.substr(glyph * kVgaRows, kVgaRows);
  std::transform(bytes.begin(), bytes.end(), rows.begin(),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return rows;
}

}  // namespace

std::size_t GlyphFont::Hash::operator()(const GlyphRows& rows) const {
  constexpr std::uint64_t kFactor = 0x9e3779b97f4a7c15;  // 2^64 by the golden ratio.
  constexpr unsigned kHalf = 32;
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at < rows.size(); at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, rows.data() + at, sizeof word);
    sum = (sum ^ word) * kFactor;
    sum ^= sum >> kHalf;
  }
  return sum;
}

void GlyphFont::add(char32_t code, const GlyphRows& rows) {
  if (rows != GlyphRows()) {
    codes_.emplace(rows, code);
  }
}

std::optional<char32_t> GlyphFont::find(const GlyphRows& rows) const {
  const auto found = codes_.find(rows);
  return found == codes_.end() ? std::nullopt : std::optional<char32_t>(found->second);
}

GlyphRows GlyphFont::rows_of(char32_t code) const {
  const auto found = std::find_if(codes_.begin(), codes_.end(),
                                  [code](const auto& glyph) { return glyph.second == code; });
  return found == codes_.end() ? GlyphRows() : found->first;
}

std::optional<GlyphFont> vga_font_of(std::string_view rom) {
  std::size_t at = rom.find(kGlyphOne);
  for (; at != std::string_view::npos; at = rom.find(kGlyphOne, at + 1)) {
    if (at >= kVgaRows && rom.size() - (at - kVgaRows) >= kVgaGlyphs * kVgaRows) {
      break;
    }
  }
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  const std::string_view table = rom.substr(at - kVgaRows, kVgaGlyphs * kVgaRows);
  GlyphFont font("VGA 8x16", kVgaRows);
  for (unsigned glyph = kFirstPrintable; glyph <= kLastAscii; ++glyph) {  // These before the rest.
    font.add(from_code_page_437(static_cast<unsigned char>(glyph)), rows_at(table, glyph));
  }
  for (unsigned glyph = 0; glyph < kVgaGlyphs; ++glyph) {
    font.add(from_code_page_437(static_cast<unsigned char>(glyph)), rows_at(table, glyph));
  }
  return font;
}

}  // namespace bootproof
