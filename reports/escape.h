#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bootproof {

/// Every text in a result may hold whatever a guest printed. Here such bytes become text that is
/// safe and valid where it is written: on a terminal, in XML 1.0, in JSON. What can't stand there
/// is shown as
/// `\xNN`, byte by byte, so that a reader sees it; nothing is dropped.

/// One character at the front of some bytes.
struct DecodedCharacter {
  char32_t code = 0;       ///< The scalar value; 0 where not valid.
  std::size_t length = 1;  ///< Bytes it takes; 1 where not valid.
  bool valid =
      false;  ///< Well-formed UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate.
};

/// Decodes the first character of `bytes`, which must not be empty.
DecodedCharacter decode_utf8(std::string_view bytes);

/// What terminal_text does with line feeds.
enum class LineFeeds { kEscape, kKeep };

/// For a terminal: control characters (C0, DEL, C1), ill-formed UTF-8, line and paragraph
/// separators, bidirectional controls and invisible format characters become `\xNN`. A tab becomes
/// one space.
std::string terminal_text(std::string_view bytes, LineFeeds line_feeds = LineFeeds::kEscape);

/// The same for a text that is to stand on one line of a report: its first kLongestLine bytes.
std::string one_line(std::string_view text);

/// For an XML 1.0 document (section 2.2, Char): `\xNN` for what is not a Char or is ill-formed, and
/// for DEL and C1, which section 2.2 discourages. Carriage returns before a line feed are left out,
/// others become `\x0d`, since a parser would change them (2.11). `[[ATTACHMENT|`, by which some CI
/// servers attach files of their own host, loses its meaning. Markup (`<`, `&`) is left to the XML
/// writer.
std::string xml_text(std::string_view bytes);

/// For a JSON string (RFC 8259, section 8.1): ill-formed UTF-8 becomes `\xNN`. Quotes and controls
/// are left to the JSON writer, which has its own escapes for them.
std::string json_text(std::string_view bytes);

/// The most of a console tail that a report holds.
inline constexpr std::size_t kLongestTail = 64U << 10U;
/// The most of a single line (message, evidence, property) that a report holds.
inline constexpr std::size_t kLongestLine = 4U << 10U;
/// The most lines of evidence that a report holds for one verdict.
inline constexpr std::size_t kMostEvidenceLines = 200;

/// The last `limit` bytes at most, begun at a whole line where one begins near the cut, otherwise
/// at a whole character; after a first line "[N bytes left out]" where something was cut.
std::string last_part(std::string_view text, std::size_t limit);

/// The first `limit` bytes at most, ended at a whole character, with "[N bytes left out]" at the
/// end where something was cut.
std::string first_part(std::string_view text, std::size_t limit);

}  // namespace bootproof
