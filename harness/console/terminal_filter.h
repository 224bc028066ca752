#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "harness/console/code_page_437.h"
#include "harness/console/escape_parser.h"

namespace bootproof {

/// Turns what a guest sends into what a terminal of `rows` x `columns` has to be sent to show the
/// same text: sequences that place or erase text, with parameters that fit the screen, character
/// sets, and plain text. All else is left out.
///
/// The result waits in pending() until it is rendered. Plain lines (text and line ends alone) that
/// later plain lines have scrolled off the screen without doubt are dropped from it.
class TerminalFilter {
 public:
  TerminalFilter(int rows, int columns);

  /// Adds raw bytes. Afterwards pending() may be of any length that `raw` gave rise to: feed in
  /// pieces.
  void feed(std::string_view raw);
  /// What the terminal has to be sent.
  [[nodiscard]] std::string_view pending() const { return pending_; }
  /// Drops from pending() the plain lines that can't be seen any more.
  void drop_unseen();
  /// The terminal has been sent all of pending().
  void clear();

 private:
  void take_text(std::string_view text);
  void take_control(char c);
  void take_escape(const TerminalToken& token);
  void take_csi(const TerminalToken& token);
  void add_sequence(std::string_view bytes);

  int rows_;
  int columns_;
  EscapeParser parser_;
  TextDecoder decoder_;
  std::string pending_;
  std::size_t plain_from_ = 0;         ///< From here on pending_ is plain text.
  std::array<bool, 2> draws_lines_{};  ///< Whether character set G0, G1 is DEC's line drawing.
  std::size_t character_set_ = 0;      ///< Which of the two is in use.
  bool scrolls_whole_ = true;          ///< No scrolling region is set.
};

}  // namespace bootproof
