#include "harness/core/source_excerpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/text.h"

namespace bootproof {
namespace {

/// The characters of `line`; a byte that is no UTF-8 is a character.
std::vector<std::string_view> characters_of(std::string_view line) {
  std::vector<std::string_view> characters;
  while (!line.empty()) {
    const std::size_t length = std::max<std::size_t>(1, utf8_length(line));
    characters.push_back(line.substr(0, length));
    line.remove_prefix(length);
  }
  return characters;
}

/// The line and the caret line, each indented; the line is cut round the column.
std::string excerpt(std::string_view line, int column) {
  constexpr std::size_t kWidth = 100;
  constexpr std::size_t kBefore = 60;
  const std::size_t most = (static_cast<std::size_t>(std::max(column, 1)) + kWidth) * 4;
  const std::vector<std::string_view> characters = characters_of(line.substr(0, most));
  const std::size_t caret =
      std::min<std::size_t>(static_cast<std::size_t>(std::max(column, 1)) - 1, characters.size());
  std::size_t begin = 0;
  std::size_t end = characters.size();
  if (end > kWidth) {
    begin = caret > kBefore ? caret - kBefore : 0;
    end = std::min(end, begin + kWidth);
  }
  std::string shown = begin > 0 ? "..." : "";
  std::string pointer(shown.size(), ' ');
  for (std::size_t i = begin; i < end; ++i) {
    const std::string cell =
        characters[i] == "\t" ? std::string("    ") : escape_for_terminal(characters[i]);
    shown += cell;
    if (i < caret) {
      pointer.append(static_cast<std::size_t>(count_characters(cell)), ' ');
    }
  }
  if (end < characters.size()) {
    shown += "...";
  }
  return fmt::format("    {}\n    {}^", shown, pointer);
}

}  // namespace

std::size_t utf8_length(std::string_view bytes) {
  const auto first = static_cast<std::uint8_t>(bytes[0]);
  if (first < 0x80U) {
    return 1;
  }
  const std::size_t length = first >= 0xC2U && first < 0xE0U   ? 2
                             : first >= 0xE0U && first < 0xF0U ? 3
                             : first >= 0xF0U && first < 0xF5U ? 4
                                                               : 0;
  if (length == 0 || bytes.size() < length) {
    return 0;
  }
  for (std::size_t i = 1; i < length; ++i) {
    if ((static_cast<std::uint8_t>(bytes[i]) & 0xC0U) != 0x80U) {
      return 0;
    }
  }
  const auto second = static_cast<std::uint8_t>(bytes[1]);
  const bool overlong = (first == 0xE0U && second < 0xA0U) || (first == 0xF0U && second < 0x90U);
  const bool outside = (first == 0xEDU && second >= 0xA0U) || (first == 0xF4U && second >= 0x90U);
  return overlong || outside ? 0 : length;
}

int count_characters(std::string_view bytes) {
  return static_cast<int>(std::count_if(bytes.begin(), bytes.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xC0U) != 0x80U;
  }));
}

std::string_view line_of(std::string_view text, int number) {
  for (int i = 1; i < number; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) {
      return {};
    }
    text.remove_prefix(end + 1);
  }
  std::string_view line = text.substr(0, text.find('\n'));
  if (!line.empty() && line.back() == '\r') {
    line.remove_suffix(1);
  }
  return line;
}

Error yaml_error(std::string_view file, std::string_view text, int line, int column,
                 std::string_view message, std::string_view hint) {
  std::string place = escape_for_terminal(file);
  if (line > 0) {
    place += fmt::format(":{}:{}", line, column);
  }
  std::string out = fmt::format("{}: {}", place, escape_for_terminal(message));
  const std::string_view source = line > 0 ? line_of(text, line) : std::string_view{};
  if (!source.empty()) {
    out += '\n';
    out += excerpt(source, column);
  }
  return {ErrorKind::kScenario, std::move(out), escape_for_terminal(hint, true)};
}

}  // namespace bootproof
