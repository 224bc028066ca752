#include "harness/diagnosis/line_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/console/cut.h"

namespace bootproof {
namespace {

std::vector<std::string> finished_lines(std::string_view text, std::size_t cut_size) {
  LineReader reader;
  std::uint64_t next_id = 0;
  std::vector<std::string> lines;
  TextLine line;
  for (std::string_view piece : test::cut(text, cut_size)) {
    while (!piece.empty()) {
      if (reader.next(piece, next_id, line) && line.finished) {
        lines.push_back(std::to_string(line.id) + ":" + std::string(line.text));
      }
    }
  }
  return lines;
}

TEST(LineReader, GivesTheSameFinishedLinesHoweverTextIsCut) {
  for (const std::size_t size : test::kCutSizes) {
    EXPECT_EQ(finished_lines("one\n\n  two |\n│ three │\nopen", size),
              (std::vector<std::string>{"1:one", "3:two", "4:three"}));
  }
}

TEST(LineReader, KeepsTheFirstFourKibibytesOfALine) {
  for (const std::size_t size : test::kCutSizes) {
    EXPECT_EQ(finished_lines(std::string(5000, 'x') + "y\nz\n", size),
              (std::vector<std::string>{"1:" + std::string(4096, 'x'), "2:z"}));
  }
}

TEST(LineReader, AnOpenLineIsGivenWhenItHasGrown) {
  LineReader reader;
  std::uint64_t next_id = 0;
  TextLine line;
  std::string_view text = "log";
  ASSERT_TRUE(reader.next(text, next_id, line));
  EXPECT_EQ(line.text, "log");
  EXPECT_FALSE(line.finished);
  EXPECT_FALSE(reader.next(text, next_id, line));
  text = "in: ";
  ASSERT_TRUE(reader.next(text, next_id, line));
  EXPECT_EQ(line.text, "login:");
  EXPECT_EQ(line.id, 1U);
}

TEST(LineReader, TellsTheLastLinesNewestFirst) {
  LineReader reader;
  std::uint64_t next_id = 0;
  TextLine line;
  std::string all;
  for (int i = 0; i < 50; ++i) {
    all += "line " + std::to_string(i) + "\n\n";
  }
  all += "open ";
  std::string_view text = all;
  while (!text.empty()) {
    reader.next(text, next_id, line);
  }
  EXPECT_EQ(reader.from_end(0), "open");
  EXPECT_EQ(reader.from_end(1), "line 49");
  EXPECT_EQ(reader.from_end(LineReader::kKeptLines), "line 30");
  EXPECT_EQ(reader.from_end(LineReader::kKeptLines + 1), "");
  EXPECT_EQ(LineReader().from_end(0), "");
}

}  // namespace
}  // namespace bootproof
