#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "harness/console/escape_parser.h"

namespace bootproof {

/// What a guest has printed on its serial line with escape sequences removed, as a window of fixed
/// size over a stream of any length. Positions are absolute: they count stripped bytes since the
/// start and stay valid when the window moves on.
///
/// Removed are ECMA-48 escape sequences and control strings (see EscapeParser, also for what ends a
/// broken one), DEL, NUL and other C0 controls except line feed and tab; carriage return + line
/// feed and a lone carriage return become one line feed, and a return at the beginning of a line is
/// nothing (so repeated returns fold).
///
/// Cursor motions to another line (CSI H, f, A, B, E, F, d; ESC D, E, M), to the first column of
/// any line (CSI 9;1H), a cleared screen (CSI 2J) and a terminal reset (ESC c) leave one line feed
/// where the line has text, so that text drawn at different places of a screen does not grow
/// together. A motion within the line leaves nothing: SeaBIOS puts those between the characters of
/// one word.
class Transcript {
 public:
  /// Holds at least the last `window_bytes` (1 KiB or more) bytes and never more than twice as
  /// many.
  explicit Transcript(std::size_t window_bytes = 256U << 10U);

  /// Appends raw bytes from the serial line. Linear time, whatever the bytes.
  void feed(std::string_view raw);

  /// Position one past the last byte.
  [[nodiscard]] std::uint64_t end() const { return dropped_ + window_.size(); }
  /// Position of the first byte that is still in the window.
  [[nodiscard]] std::uint64_t begin() const { return dropped_; }
  /// The bytes from `position` (or from begin() if that is later) to end(). Valid until the next
  /// feed.
  [[nodiscard]] std::string_view since(std::uint64_t position) const;
  /// The last `count` lines that are not blank, oldest first, joined by line feeds. Of a line
  /// longer than 1 KiB its last 1 KiB.
  [[nodiscard]] std::string last_lines(std::size_t count) const;
  /// The text of the last line if it has no line feed yet (a prompt, mostly); otherwise empty.
  /// Valid until the next feed.
  [[nodiscard]] std::string_view open_line() const;

 private:
  void take_control(char c);
  void take_escape(const TerminalToken& token);
  void take_csi(const TerminalToken& token);
  void move_to(std::int32_t row, bool first_column);
  void end_line();
  void line_feed();
  void append(std::string_view text);
  void take_text(std::string_view text);

  std::size_t window_bytes_;
  std::string window_;
  std::uint64_t dropped_ = 0;
  EscapeParser parser_;
  bool after_return_ = false;
  bool at_line_start_ = true;
  std::uint64_t column_ =
      0;                  ///< Characters from the line's beginning to the cursor, as far as known.
  bool wiped_ = false;    ///< Backspaces led to the line's beginning: blanks now wipe it away.
  std::int32_t row_ = 0;  ///< The cursor's row from 1, as far as motions told it; 0 when unknown.
};

}  // namespace bootproof
