#pragma once

#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// A case that runs now, as the live status shows it. Texts may hold any bytes.
struct LiveCell {
  std::string full_id;    ///< `scenario/id`.
  std::string stage;      ///< How far it has come; may be empty.
  std::string last_line;  ///< The last line of its console.
  std::chrono::milliseconds elapsed{};
};

/// How far the run has come.
struct LiveTotals {
  std::size_t finished = 0;
  std::size_t cases = 0;
  std::size_t failed = 0;  ///< Failed and error.
  std::chrono::milliseconds elapsed{};
};

/// The size of a terminal, in characters.
struct TerminalSize {
  std::size_t columns = 80;
  std::size_t rows = 24;
};

/// The block of lines that shows what runs: a line per cell (elapsed, id, stage, last line of the
/// console) and one with the totals. No line is wider than the terminal less one column and there
/// are fewer lines than the terminal has; the cells that don't fit are counted in one line. Lines
/// have no line feed, no control characters.
std::vector<std::string> live_block(std::span<const LiveCell> cells, const LiveTotals& totals,
                                    TerminalSize size);

/// What to write to a terminal (ECMA-48) to replace a block of `previous_rows` lines, which ends
/// right above the cursor, by `permanent` text that scrolls away (complete lines, escaped already)
/// and the new `block`. With an empty block it clears the old one.
std::string redraw(std::size_t previous_rows, std::string_view permanent,
                   std::span<const std::string> block);

/// A line where there is no terminal to redraw: "12.3s  started  scenario/id", or with a note
/// "15.0s  passed  scenario/id  (loader menu in 2.1s)", and a line feed. All of it is escaped.
std::string plain_line(std::chrono::milliseconds elapsed, std::string_view word,
                       std::string_view full_id, std::string_view note = {});

}  // namespace bootproof
