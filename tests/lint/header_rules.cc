#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "tests/lint/rules.h"

namespace bootproof::lint {
namespace {

/// The text of line `number`, from 1, without leading blanks.
std::string_view line_of(std::string_view text, std::size_t number) {
  for (std::size_t i = 1; i < number; ++i) {
    const std::size_t feed = text.find('\n');
    text = feed == std::string_view::npos ? std::string_view{} : text.substr(feed + 1);
  }
  text = text.substr(0, text.find('\n'));
  return text.substr(skip_blanks(text, 0));
}

/// Without `template <...>` and attributes before it.
std::string_view without_prefixes(std::string_view declaration) {
  for (;;) {
    declaration.remove_prefix(skip_blanks(declaration, 0));
    if (declaration.starts_with("[[")) {
      declaration.remove_prefix(std::min(closing_bracket(declaration, 0) + 1, declaration.size()));
      continue;
    }
    if (find_word(declaration, "template") != 0) {
      return declaration;
    }
    int depth = 0;
    std::size_t i = declaration.find('<');
    for (; i < declaration.size(); ++i) {
      depth += declaration[i] == '<' ? 1 : 0;
      depth -= declaration[i] == '>' ? 1 : 0;
      if (depth == 0) {
        break;
      }
    }
    declaration.remove_prefix(
        std::min(i == std::string_view::npos ? i : i + 1, declaration.size()));
  }
}

/// "struct Name", "class Name" or "enum class Name" where the declaration defines a type.
std::string_view defined_type(std::string_view declaration) {
  constexpr std::array<std::string_view, 4> kKeywords = {"struct", "class", "enum", "union"};
  declaration = without_prefixes(declaration);
  for (const std::string_view keyword : kKeywords) {
    if (find_word(declaration, keyword) == 0 && declaration.find('(') == std::string_view::npos) {
      const std::size_t end = declaration.find_first_of(":<\n");
      declaration = declaration.substr(0, end);
      return declaration.substr(0, declaration.find_last_not_of(' ') + 1);
    }
  }
  return {};
}

}  // namespace

std::vector<Complaint> check_pragma_once(const SourceFile& file) {
  if (!file.is_header()) {
    return {};
  }
  const auto& directives = file.source.directives;
  if (!directives.empty() && directives.front().text.starts_with("#pragma once")) {
    return {};
  }
  return {{1, "a header that can be included twice"}};
}

std::vector<Complaint> check_documented_types(const SourceFile& file) {
  if (!file.is_header() || file.is_under("tests") || file.is_under("bench")) {
    return {};
  }
  std::vector<Complaint> complaints;
  const std::string_view code = file.source.code;
  std::size_t begin = 0;  // of the declaration that is being read
  for (std::size_t i = 0; i < code.size(); ++i) {
    if (code[i] == ';' || code[i] == '}') {
      begin = i + 1;
    }
    if (code[i] != '{') {
      continue;
    }
    const std::size_t first = skip_blanks(code, begin);
    const std::string_view declaration = code.substr(first, i - first);
    begin = i + 1;
    if (find_word(declaration, "namespace") != std::string_view::npos) {
      continue;
    }
    const std::string_view type = defined_type(declaration);
    const std::size_t line = line_at(code, first);
    if (!type.empty() && !line_of(file.text, line - 1).starts_with("///")) {
      complaints.push_back({line, fmt::format("`{}` has no description", type)});
    }
    i = closing_bracket(code, i);
    begin = i + 1;
  }
  return complaints;
}

}  // namespace bootproof::lint
