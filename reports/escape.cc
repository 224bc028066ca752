#include "reports/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <iterator>

namespace bootproof {
namespace {

constexpr char32_t kDelete = 0x7F;
constexpr char32_t kFirstPrintableAfterC1 = 0xA0;

std::uint32_t byte_at(std::string_view bytes, std::size_t index) {
  return static_cast<std::uint8_t>(bytes[index]);
}

void append_escaped(std::string& out, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte_at(bytes, i));
  }
}

bool is_control(char32_t code) {
  return code < U' ' || (code >= kDelete && code < kFirstPrintableAfterC1);
}

/// Characters without a glyph that make other text look different or hide it.
bool is_invisible_format(char32_t code) {
  struct Range {
    char32_t first;
    char32_t last;
  };
  constexpr std::array<Range, 9> kRanges{{
      {0xAD, 0xAD},        // soft hyphen
      {0x61C, 0x61C},      // Arabic letter mark
      {0x180E, 0x180E},    // Mongolian vowel separator
      {0x200B, 0x200F},    // zero-width characters and marks of direction
      {0x2028, 0x202E},    // separators, embeddings, overrides
      {0x2060, 0x206F},    // isolates and invisible operators
      {0xFEFF, 0xFEFF},    // byte order mark
      {0xFFF9, 0xFFFF},    // annotations, replacement character is let through below
      {0xE0000, 0xE0FFF},  // tags
  }};
  constexpr char32_t kReplacement = 0xFFFD;
  return code != kReplacement && code != 0xFFFC &&
         std::any_of(kRanges.begin(), kRanges.end(),
                     [&](const Range& range) { return code >= range.first && code <= range.last; });
}

bool is_xml_char(char32_t code) {
  return code == U'\t' || code == U'\n' || (!is_control(code) && code != 0xFFFE && code != 0xFFFF);
}

/// Copies `bytes` character by character: as it is where `is_fit` says so, otherwise escaped.
template <typename IsFit>
std::string escape(std::string_view bytes, IsFit is_fit) {
  std::string out;
  out.reserve(bytes.size());
  while (!bytes.empty()) {
    const DecodedCharacter character = decode_utf8(bytes);
    const std::string_view here = bytes.substr(0, character.length);
    if (character.valid && is_fit(character.code)) {
      out.append(here);
    } else {
      append_escaped(out, here);
    }
    bytes.remove_prefix(character.length);
  }
  return out;
}

/// Without the carriage returns that stand before a line feed.
std::string fold_line_ends(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (const char c : bytes) {
    if (c == '\n') {
      while (!out.empty() && out.back() == '\r') {
        out.pop_back();
      }
    }
    out.push_back(c);
  }
  return out;
}

bool is_continuation(char c) { return (static_cast<std::uint8_t>(c) & 0xC0U) == 0x80U; }

}  // namespace

DecodedCharacter decode_utf8(std::string_view bytes) {
  constexpr std::uint32_t kFirstContinuation = 0x80;
  const std::uint32_t first = byte_at(bytes, 0);
  if (first < kFirstContinuation) {
    return {.code = first, .length = 1, .valid = true};
  }
  std::size_t length = 0;
  std::uint32_t code = 0;
  std::uint32_t smallest = 0;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
    code = first & 0x1FU;
    smallest = 0x80;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    code = first & 0x0FU;
    smallest = 0x800;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    code = first & 0x07U;
    smallest = 0x10000;
  }
  if (length == 0 || bytes.size() < length) {
    return {};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(bytes[i])) {
      return {};
    }
    code = (code << 6U) | (byte_at(bytes, i) & 0x3FU);
  }
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest || surrogate || code > 0x10FFFF) {
    return {};
  }
  return {.code = code, .length = length, .valid = true};
}

std::string terminal_text(std::string_view bytes, LineFeeds line_feeds) {
  const bool keep = line_feeds == LineFeeds::kKeep;
  std::string plain(bytes);
  std::replace(plain.begin(), plain.end(), '\t', ' ');
  return escape(keep ? fold_line_ends(plain) : plain, [&](char32_t code) {
    return (keep && code == U'\n') || !(is_control(code) || is_invisible_format(code));
  });
}

std::string one_line(std::string_view text) {
  return terminal_text(first_part(text, kLongestLine));
}

std::string xml_text(std::string_view bytes) {
  std::string out = escape(fold_line_ends(bytes), is_xml_char);
  constexpr std::string_view kAttachment = "[[ATTACHMENT|";
  constexpr std::string_view kDefused = "[\\x5bATTACHMENT|";
  for (std::size_t at = out.find(kAttachment); at != std::string::npos;
       at = out.find(kAttachment, at + kDefused.size())) {
    out.replace(at, kAttachment.size(), kDefused);
  }
  return out;
}

std::string json_text(std::string_view bytes) {
  return escape(bytes, [](char32_t /*code*/) { return true; });
}

std::string last_part(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    return std::string(text);
  }
  std::size_t begin = text.size() - limit;
  const std::size_t line = text.find('\n', begin - 1);
  constexpr std::size_t kLongestCharacter = 4;
  if (line != std::string_view::npos && line < begin + limit / 4) {
    begin = line + 1;
  } else {
    for (std::size_t i = 1; i < kLongestCharacter && begin < text.size(); ++i) {
      if (!is_continuation(text[begin])) {
        break;
      }
      ++begin;
    }
  }
  return fmt::format("[{} bytes left out]\n{}", begin, text.substr(begin));
}

std::string first_part(std::string_view text, std::size_t limit) {
  if (text.size() <= limit) {
    return std::string(text);
  }
  constexpr std::size_t kLongestCharacter = 4;
  std::size_t end = limit;
  for (std::size_t i = 1; i < kLongestCharacter && end > 0 && is_continuation(text[end]); ++i) {
    --end;
  }
  return fmt::format("{} [{} bytes left out]", text.substr(0, end), text.size() - end);
}

}  // namespace bootproof
