#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bootproof {

/// How text for a terminal is laid out. Whether colours are wanted (a terminal, no NO_COLOR) the
/// caller decides.
struct TextStyle {
  std::size_t width = 0;  ///< Columns of the terminal; 0: no limit (a file, a pipe).
  bool colour = false;
};

/// Colours of a terminal (ECMA-48, 8.3.117, SGR).
namespace colours {
inline constexpr std::string_view kRed = "\x1b[31m";
inline constexpr std::string_view kGreen = "\x1b[32m";
inline constexpr std::string_view kYellow = "\x1b[33m";
inline constexpr std::string_view kMagenta = "\x1b[35m";
}  // namespace colours

/// `text` in that colour; as it is where the style has none, or `colour` is empty.
std::string coloured(std::string text, std::string_view colour, const TextStyle& style);

}  // namespace bootproof
