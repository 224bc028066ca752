#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bootproof {

/// Columns that a terminal takes for `text`, which is terminal_text(): East Asian wide characters
/// and pictographs take two, combining marks none (Unicode 15, UAX 11).
std::size_t columns_of(std::string_view text);

/// `text` in at most `width` columns: as it is, or cut at the end with "..." (with as many of the
/// dots as fit).
std::string cut_end(std::string_view text, std::size_t width);

/// `text` in at most `width` columns, cut in the middle with "...", so that both ends stay
/// readable.
std::string cut_middle(std::string_view text, std::size_t width);

/// `text` filled up with spaces to `width` columns; unchanged where it is wider.
std::string pad(std::string_view text, std::size_t width);

}  // namespace bootproof
