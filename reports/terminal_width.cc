#include "reports/terminal_width.h"

#include <algorithm>
#include <array>
#include <span>

#include "reports/escape.h"

namespace bootproof {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

// Coarse on purpose: a character counted too wide costs a column, one counted too narrow wraps the
// line.
constexpr std::array<Range, 11> kWide{{
    {0x1100, 0x115F},    // Hangul leading consonants
    {0x231A, 0x231B},    // watch, hourglass
    {0x2600, 0x27BF},    // symbols and dingbats, some shown as pictographs
    {0x2E80, 0xA4CF},    // CJK, kana, Yi
    {0xA960, 0xA97F},    // Hangul extended A
    {0xAC00, 0xD7A3},    // Hangul syllables
    {0xF900, 0xFAFF},    // CJK compatibility
    {0xFE30, 0xFE6F},    // CJK compatibility forms
    {0xFF00, 0xFF60},    // full-width forms
    {0x1F000, 0x1FAFF},  // pictographs
    {0x20000, 0x3FFFD},  // CJK extensions
}};

constexpr std::array<Range, 5> kCombining{{
    {0x0300, 0x036F},
    {0x1AB0, 0x1AFF},
    {0x1DC0, 0x1DFF},
    {0x20D0, 0x20FF},
    {0xFE00, 0xFE0F},
}};

bool is_in(char32_t code, std::span<const Range> ranges) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

std::size_t columns_of_character(const DecodedCharacter& character) {
  if (is_in(character.code, kCombining)) {
    return 0;
  }
  return is_in(character.code, kWide) ? 2 : 1;
}

/// Bytes of the longest beginning of `text` that takes at most `width` columns.
std::size_t bytes_that_fit(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t bytes = 0;
  while (bytes < text.size()) {
    const DecodedCharacter character = decode_utf8(text.substr(bytes));
    used += columns_of_character(character);
    if (used > width) {
      break;
    }
    bytes += character.length;
  }
  return bytes;
}

/// Bytes to leave out at the front so that the rest takes at most `width` columns.
std::size_t bytes_before_tail(std::string_view text, std::size_t width) {
  std::size_t columns = columns_of(text);
  std::size_t bytes = 0;
  while (columns > width) {
    const DecodedCharacter character = decode_utf8(text.substr(bytes));
    columns -= columns_of_character(character);
    bytes += character.length;
  }
  return bytes;
}

constexpr std::string_view kDots = "...";

}  // namespace

std::size_t columns_of(std::string_view text) {
  std::size_t columns = 0;
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    columns += columns_of_character(character);
    text.remove_prefix(character.length);
  }
  return columns;
}

std::string cut_end(std::string_view text, std::size_t width) {
  if (columns_of(text) <= width) {
    return std::string(text);
  }
  const std::size_t dots = std::min(width, kDots.size());
  std::string out(text.substr(0, bytes_that_fit(text, width - dots)));
  return out.append(kDots.substr(0, dots));
}

std::string cut_middle(std::string_view text, std::size_t width) {
  if (columns_of(text) <= width) {
    return std::string(text);
  }
  if (width <= kDots.size()) {
    return std::string(kDots.substr(0, width));
  }
  const std::size_t kept = width - kDots.size();
  std::string out(text.substr(0, bytes_that_fit(text, kept / 2)));
  out.append(kDots);
  return out.append(text.substr(bytes_before_tail(text, kept - kept / 2)));
}

std::string pad(std::string_view text, std::size_t width) {
  std::string out(text);
  const std::size_t columns = columns_of(text);
  if (columns < width) {
    out.append(width - columns, ' ');
  }
  return out;
}

}  // namespace bootproof
