#include "reports/live_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "reports/escape.h"
#include "reports/terminal_width.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

constexpr std::size_t kTimeWidth = 6;
constexpr std::size_t kStageWidth = 11;

/// Bytes of a console's line that are looked at, more than any terminal shows.
constexpr std::size_t kLongestShown = 1024;

std::string shown_text(std::string_view text) {
  return terminal_text(text.substr(0, std::min(text.size(), kLongestShown)));
}

std::string without_trailing_blanks(std::string line) {
  while (line.ends_with(' ')) {
    line.pop_back();
  }
  return line;
}

std::size_t id_width(std::span<const LiveCell> cells, std::size_t columns) {
  std::size_t widest = 0;
  for (const LiveCell& cell : cells) {
    widest = std::max(widest, columns_of(shown_text(cell.full_id)));
  }
  return std::min(widest, columns / 2);
}

}  // namespace

std::vector<std::string> live_block(std::span<const LiveCell> cells, const LiveTotals& totals,
                                    TerminalSize size) {
  const std::size_t columns = size.columns > 1 ? size.columns - 1 : 1;
  const std::size_t rows = size.rows > 1 ? size.rows - 1 : 1;
  const bool all_fit = cells.size() + 1 <= rows;
  const std::size_t shown = all_fit ? cells.size() : rows - std::min<std::size_t>(rows, 2);
  const std::size_t width = id_width(cells.first(shown), columns);
  std::vector<std::string> block;
  for (const LiveCell& cell : cells.first(shown)) {
    const std::string line =
        fmt::format("{:>{}}  {}  {}  {}", duration_text(cell.elapsed), kTimeWidth,
                    pad(cut_middle(shown_text(cell.full_id), width), width),
                    pad(shown_text(cell.stage), kStageWidth), shown_text(cell.last_line));
    block.push_back(cut_end(without_trailing_blanks(line), columns));
  }
  if (!all_fit && rows > 1) {
    block.push_back(cut_end(fmt::format("... and {} more running", cells.size() - shown), columns));
  }
  block.push_back(cut_end(
      fmt::format("{:>{}}  {} of {} done, {} failed, {} running", duration_text(totals.elapsed),
                  kTimeWidth, totals.finished, totals.cases, totals.failed, cells.size()),
      columns));
  return block;
}

std::string redraw(std::size_t previous_rows, std::string_view permanent,
                   std::span<const std::string> block) {
  constexpr std::string_view kEraseBelow = "\x1b[J";
  constexpr std::string_view kEraseRestOfLine = "\x1b[K";
  std::string out = "\r";
  if (previous_rows > 0) {
    out += fmt::format("\x1b[{}A", previous_rows);
  }
  if (!permanent.empty()) {
    out += kEraseBelow;
    out += permanent;
  }
  for (const std::string& line : block) {
    out += line;
    out += kEraseRestOfLine;
    out += '\n';
  }
  out += kEraseBelow;
  return out;
}

std::string plain_line(std::chrono::milliseconds elapsed, std::string_view word,
                       std::string_view full_id, std::string_view note) {
  std::string line =
      fmt::format("{}  {}  {}", duration_text(elapsed), terminal_text(word), shown_text(full_id));
  if (!note.empty()) {
    line += fmt::format("  ({})", shown_text(note));
  }
  return line + "\n";
}

}  // namespace bootproof
