#include "reports/live_status.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "reports/terminal_width.h"
#include "tests/reports/samples.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

std::vector<LiveCell> two_cells() {
  return {{.full_id = "reaches-a-shell/rescue.ovmf.usb-storage",
           .stage = "kernel",
           .last_line = "[    1.234567] Run /init as init process",
           .elapsed = milliseconds(9'870)},
          {.full_id = "reaches-a-shell/rescue.seabios.ide-cd",
           .stage = "",
           .last_line = "",
           .elapsed = milliseconds(125'000)}};
}

LiveTotals totals() {
  return {.finished = 3, .cases = 24, .failed = 1, .elapsed = milliseconds(130'000)};
}

TEST(LiveBlock, HasALinePerCellAndTheTotals) {
  const std::vector<LiveCell> cells = two_cells();
  EXPECT_EQ(live_block(cells, totals(), {.columns = 120, .rows = 24}),
            (std::vector<std::string>{
                "  9.8s  reaches-a-shell/rescue.ovmf.usb-storage  kernel       [    1.234567] Run "
                "/init as init process",
                " 2m05s  reaches-a-shell/rescue.seabios.ide-cd",
                " 2m10s  3 of 24 done, 1 failed, 2 running"}));
}

TEST(LiveBlock, CutsLinesOnANarrowTerminal) {
  const std::vector<LiveCell> cells = two_cells();
  EXPECT_EQ(live_block(cells, totals(), {.columns = 41, .rows = 24}),
            (std::vector<std::string>{"  9.8s  reaches-...b-storage  kernel ...",
                                      " 2m05s  reaches-...os.ide-cd",
                                      " 2m10s  3 of 24 done, 1 failed, 2 run..."}));
}

TEST(LiveBlock, CountsTheCellsThatDoNotFit) {
  const std::vector<LiveCell> cells(10, two_cells().front());
  const std::vector<std::string> block = live_block(cells, totals(), {.columns = 80, .rows = 5});
  ASSERT_EQ(block.size(), 4U);
  EXPECT_EQ(block[2], "... and 8 more running");
  EXPECT_EQ(block[3], " 2m10s  3 of 24 done, 1 failed, 10 running");
}

TEST(LiveBlock, FitsATerminalOfAnySize) {
  std::vector<LiveCell> cells = two_cells();
  const std::string hostile = testing::hostile_bytes();
  cells.push_back({.full_id = hostile,
                   .stage = hostile,
                   .last_line = hostile + std::string(1U << 20U, '\xff'),
                   .elapsed = std::chrono::hours(1000)});
  for (const std::size_t columns : {0U, 1U, 2U, 7U, 20U, 80U, 500U}) {
    for (const std::size_t rows : {0U, 1U, 2U, 3U, 4U, 24U}) {
      const std::vector<std::string> block =
          live_block(cells, totals(), {.columns = columns, .rows = rows});
      EXPECT_LE(block.size(), std::max<std::size_t>(rows, 2) - 1);
      for (const std::string& line : block) {
        EXPECT_LE(columns_of(line), std::max<std::size_t>(columns, 2) - 1);
        for (const char c : line) {
          EXPECT_FALSE(static_cast<unsigned char>(c) < ' ' || c == '\x7f');
        }
      }
    }
  }
}

/// The text of a terminal with endless rows that understands what redraw sends.
class TinyTerminal {
 public:
  void write(std::string_view bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      const char c = bytes[i];
      if (c == '\x1b') {
        i = control(bytes, i);
      } else if (c == '\r') {
        column_ = 0;
      } else if (c == '\n') {
        ++row_;
        column_ = 0;
        grow();
      } else {
        rows_[row_].resize(std::max(rows_[row_].size(), column_ + 1), ' ');
        rows_[row_][column_++] = c;
      }
    }
  }

  [[nodiscard]] const std::vector<std::string>& rows() const { return rows_; }

 private:
  /// Obeys the sequence at `at`; returns where it ends.
  std::size_t control(std::string_view bytes, std::size_t at) {
    std::size_t number = 0;
    std::size_t i = at + 2;
    for (; bytes[i] >= '0' && bytes[i] <= '9'; ++i) {
      number = number * 10 + static_cast<std::size_t>(bytes[i] - '0');
    }
    if (bytes[i] == 'A') {
      row_ -= number;
    } else if (bytes[i] == 'K') {
      rows_[row_].resize(std::min(rows_[row_].size(), column_));
    } else if (bytes[i] == 'J') {
      rows_[row_].resize(std::min(rows_[row_].size(), column_));
      rows_.resize(row_ + 1);
    } else {
      ADD_FAILURE() << "unknown sequence ending in " << bytes[i];
    }
    return i;
  }

  void grow() { rows_.resize(std::max(rows_.size(), row_ + 1)); }

  std::vector<std::string> rows_{1};
  std::size_t row_ = 0;
  std::size_t column_ = 0;
};

TEST(Redraw, ReplacesTheBlockInPlace) {
  using Lines = std::vector<std::string>;
  TinyTerminal terminal;
  terminal.write(redraw(0, "", Lines{"a long line", "b", "c"}));
  EXPECT_EQ(terminal.rows(), (Lines{"a long line", "b", "c", ""}));
  terminal.write(redraw(3, "", Lines{"a", "bb"}));
  EXPECT_EQ(terminal.rows(), (Lines{"a", "bb", ""}));
  terminal.write(redraw(2, "passed x\npassed y\n", Lines{"c"}));
  EXPECT_EQ(terminal.rows(), (Lines{"passed x", "passed y", "c", ""}));
  terminal.write(redraw(1, "", Lines{}));
  EXPECT_EQ(terminal.rows(), (Lines{"passed x", "passed y", ""}));
}

TEST(Redraw, SendsEcma48) {
  EXPECT_EQ(redraw(2, "", std::vector<std::string>{"x"}), "\r\x1b[2Ax\x1b[K\n\x1b[J");
}

TEST(PlainLine, IsOneLineForALogFile) {
  EXPECT_EQ(plain_line(milliseconds(12'345), "started", "scenario/id"),
            "12.3s  started  scenario/id\n");
  EXPECT_EQ(plain_line(milliseconds(15'000), "passed", "scenario/id", "loader menu in 2.1s"),
            "15.0s  passed  scenario/id  (loader menu in 2.1s)\n");
}

TEST(PlainLine, EscapesWhatAGuestPrinted) {
  EXPECT_EQ(plain_line(milliseconds(0), "failed", "a/b", "\x1b[2J\n"),
            "0.0s  failed  a/b  (\\x1b[2J\\x0a)\n");
}

}  // namespace
}  // namespace bootproof
