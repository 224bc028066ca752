#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::lint {

/// A preprocessor line, continuation lines joined: `#include "reports/result.h"`.
struct Directive {
  std::size_t line = 0;  ///< Of its `#`, from 1.
  std::string text;
};

/// C++ source taken apart as far as the rules need it.
struct SourceText {
  /// As long as the source and with the same line feeds; comments, the insides of literals and
  /// preprocessor lines are blanks.
  std::string code;
  std::vector<Directive> directives;
};

/// Takes C++ source apart: comments, character and string literals, raw strings, digit separators.
SourceText take_apart(std::string_view source);

/// The number, from 1, of the line that holds `position`.
std::size_t line_at(std::string_view text, std::size_t position);

/// Where `word` stands in `code` at or after `from` as a whole identifier, or npos.
std::size_t find_word(std::string_view code, std::string_view word, std::size_t from = 0);

/// The position of the bracket that closes the one at `open`, or the end of `code`.
std::size_t closing_bracket(std::string_view code, std::size_t open);

/// The first position at or after `from` that is no white space, or the end of `code`.
std::size_t skip_blanks(std::string_view code, std::size_t from);

}  // namespace bootproof::lint
