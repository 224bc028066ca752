#include "inspectors/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

namespace bootproof::inspectors {
namespace {

struct Range {
  char32_t first;
  char32_t last;
};

/// Controls, surrogates, invisible and steering characters, those outside Unicode.
constexpr std::array kEscaped{
    Range{0x00, 0x1F},     Range{0x7F, 0x9F},       Range{0xAD, 0xAD},
    Range{0x034F, 0x034F}, Range{0x115F, 0x1160},   Range{0x17B4, 0x17B5},
    Range{0x180B, 0x180F}, Range{0x3164, 0x3164},   Range{0xFFA0, 0xFFA0},
    Range{0xFDD0, 0xFDEF}, Range{0x061C, 0x061C},   Range{0x200B, 0x200F},
    Range{0x2028, 0x202E}, Range{0x2060, 0x206F},   Range{0xD800, 0xDFFF},
    Range{0xFE00, 0xFE0F}, Range{0xFEFF, 0xFEFF},   Range{0xFFF0, 0xFFFB},
    Range{0xFFFE, 0xFFFF}, Range{0xE0000, 0xE0FFF}, Range{0x10FFFE, 0x10FFFF},
};

bool is_escaped(char32_t code) {
  return std::any_of(kEscaped.begin(), kEscaped.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

void append_utf8(std::string& out, char32_t code) {
  const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  const auto tail = [&](unsigned shift) { put(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) {
    put(code);
  } else if (code < 0x800) {
    put(0xC0U | (code >> 6U));
    tail(0);
  } else if (code < 0x10000) {
    put(0xE0U | (code >> 12U));
    tail(6);
    tail(0);
  } else {
    put(0xF0U | (code >> 18U));
    tail(12);
    tail(6);
    tail(0);
  }
}

void strip_blanks(std::string& text) { text.erase(text.find_last_not_of(' ') + 1); }

void append_printable(std::string& out, char32_t code) {
  if (is_escaped(code)) {
    fmt::format_to(std::back_inserter(out), "\\u{{{:04x}}}", static_cast<std::uint32_t>(code));
  } else {
    append_utf8(out, code);
  }
}

/// A character of several bytes in UTF-8.
struct Utf8Character {
  char32_t code = 0;
  std::size_t bytes = 0;  ///< 0 where there is none.
};

/// RFC 3629: no longer forms than needed, nothing behind U+10FFFF, no surrogates.
Utf8Character utf8_at(ByteSpan bytes, std::size_t at) {
  struct Form {
    unsigned first;
    unsigned last;
    unsigned payload;
    std::size_t bytes;
    char32_t least;
  };
  constexpr std::array kForms{Form{0xC2, 0xDF, 0x1F, 2, 0x80}, Form{0xE0, 0xEF, 0x0F, 3, 0x800},
                              Form{0xF0, 0xF4, 0x07, 4, 0x10000}};
  const unsigned lead = bytes[at];
  const auto* const form = std::find_if(kForms.begin(), kForms.end(), [&](const Form& one) {
    return lead >= one.first && lead <= one.last;
  });
  if (form == kForms.end() || form->bytes > bytes.size() - at) {
    return {};
  }
  char32_t code = lead & form->payload;
  for (std::size_t i = 1; i < form->bytes; ++i) {
    const unsigned tail = bytes[at + i];
    if ((tail & 0xC0U) != 0x80U) {
      return {};
    }
    code = code << 6U | (tail & 0x3FU);
  }
  const bool is_surrogate = code >= 0xD800 && code <= 0xDFFF;
  return code < form->least || code > 0x10FFFF || is_surrogate ? Utf8Character{}
                                                               : Utf8Character{code, form->bytes};
}

constexpr bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

}  // namespace

std::string printable_text(ByteSpan bytes) {
  std::string out;
  for (std::size_t at = 0; at < bytes.size() && bytes[at] != 0;) {
    const std::uint8_t byte = bytes[at];
    if (byte >= 0x20 && byte < 0x7F) {
      out.push_back(static_cast<char>(byte));
      ++at;
    } else if (const Utf8Character character = utf8_at(bytes, at); character.bytes != 0) {
      append_printable(out, character.code);
      at += character.bytes;
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
      ++at;
    }
  }
  strip_blanks(out);
  return out;
}

std::string printable_text(std::string_view text) {
  return printable_text(Bytes(text.begin(), text.end()));
}

std::string printable_utf16(ByteSpan bytes, ByteOrder order) {
  const auto unit_at = [&](std::size_t at) -> char32_t {
    if (at + 1 >= bytes.size()) {
      return 0;
    }
    const unsigned first = bytes[at];
    const unsigned second = bytes[at + 1];
    return order == ByteOrder::kBig ? (first << 8U) | second : (second << 8U) | first;
  };
  std::string out;
  for (std::size_t at = 0; unit_at(at) != 0; at += 2) {
    char32_t code = unit_at(at);
    if (is_high_surrogate(code) && is_low_surrogate(unit_at(at + 2))) {
      code = 0x10000 + ((code - 0xD800) << 10U) + (unit_at(at + 2) - 0xDC00);
      at += 2;
    }
    append_printable(out, code);
  }
  strip_blanks(out);
  return out;
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](char c) { return lower_case(c); });
  return out;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower_case(x) == lower_case(y); });
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlanks = " \t";
  text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
  return text.substr(0, text.find_last_not_of(kBlanks) + 1);
}

std::string_view trimmed_end(std::string_view text) {
  return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

std::string hex_bytes(ByteSpan bytes) { return fmt::format("{:02x}", fmt::join(bytes, " ")); }

}  // namespace bootproof::inspectors
