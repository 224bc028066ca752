#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// "1 case", "2 cases".
std::string counted(std::size_t count, std::string_view noun);

/// `bytes` made fit for a terminal: control characters, escape sequences and bytes that are not
/// valid UTF-8 become `\xNN` (a tab stays, a line feed stays only when `keep_newlines`). Whatever a
/// guest, an image or a file says goes through this before it is printed.
std::string escape_for_terminal(std::string_view bytes, bool keep_newlines = false);

/// True for valid UTF-8 without control characters, tabs and line feeds among them.
bool is_printable_line(std::string_view text);

/// `text` as one word of a POSIX shell: as it is where that is safe, otherwise in single quotes.
std::string quote_for_shell(std::string_view text);

/// The candidate that is nearest to `word` by edit distance (insert, delete, replace, swap of
/// neighbours), if it is near enough to be a slip of the pen; otherwise an empty view.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> candidates);

/// "a, b or c".
std::string join_or(std::span<const std::string_view> words);

/// True when `text` matches the shell pattern `glob`, in which `*` stands for any run of characters
/// and
/// `?` for one. Everything else is literal. Linear in practice: no backtracking beyond the last
/// `*`.
bool matches_glob(std::string_view glob, std::string_view text);

/// The words of `text`: what stands between its blanks (0x20 alone).
std::vector<std::string_view> words_of(std::string_view text);

/// True when one of `globs`, patterns of matches_glob with blanks between, matches all of `text`.
bool matches_any_glob(std::string_view globs, std::string_view text);

}  // namespace bootproof
