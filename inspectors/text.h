#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "inspectors/integers.h"

namespace bootproof::inspectors {

/// Text of a medium as printable UTF-8: what is ASCII or valid UTF-8 stays but for controls and
/// characters that steer how text is shown (as in printable_utf16()), which become `\u{NNNN}`; any
/// other byte becomes `\xNN`. Ends at a zero byte; blanks at the end, with which fields are filled
/// up, are left out.
std::string printable_text(ByteSpan bytes);
/// The same for text that is at hand as characters.
std::string printable_text(std::string_view text);

/// Which byte of a UTF-16 unit comes first.
enum class ByteOrder : std::uint8_t { kLittle, kBig };

/// UTF-16 or UCS-2 text of a medium as printable UTF-8: controls, lone surrogates and characters
/// that steer how text is shown (bidirectional controls, line separators, invisible ones) become
/// `\u{NNNN}`. Ends at a zero unit; blanks at the end are left out.
std::string printable_utf16(ByteSpan bytes, ByteOrder order);

/// An ASCII letter in lower case; any other byte as it is.
constexpr char lower_case(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
/// In lower case as far as ASCII letters go.
std::string lower_case(std::string_view text);
/// Whether two texts are the same but for the case of ASCII letters.
bool same_ignoring_case(std::string_view a, std::string_view b);

/// Without blanks and tabs around it.
std::string_view trimmed(std::string_view text);
/// Without blanks, tabs and line ends behind it.
std::string_view trimmed_end(std::string_view text);

/// Bytes in hexadecimal: "55 aa".
std::string hex_bytes(ByteSpan bytes);

}  // namespace bootproof::inspectors
