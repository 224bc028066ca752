#pragma once

#include <cstddef>
#include <string_view>

#include "harness/core/error.h"

namespace bootproof {

/// Length of the UTF-8 character at the start of `bytes`, which are not empty; 0 where they are no
/// valid UTF-8 (RFC 3629: overlong forms, surrogates and values over U+10FFFF are not).
std::size_t utf8_length(std::string_view bytes);

/// Number of characters in bytes that are valid UTF-8.
int count_characters(std::string_view bytes);

/// Line `number` (from 1) of `text` without its end; empty where there is none.
std::string_view line_of(std::string_view text, int number);

/// "file:line:column: message", the line out of `text` cut to a sensible width round the column and
/// a caret below it; only "file: message" where `line` is 0, and no lines where `text` has no such
/// line. Message, hint and line are escaped for the terminal.
Error yaml_error(std::string_view file, std::string_view text, int line, int column,
                 std::string_view message, std::string_view hint);

}  // namespace bootproof
