#include "harness/diagnosis/read_trace.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/console/cut.h"

namespace bootproof {

/// For gtest's messages.
void PrintTo(const MediumRead& read, std::ostream* stream) {
  *stream << read.offset << "+" << read.length;
}

namespace {

using Reads = std::vector<MediumRead>;

/// What QEMU 7.2 writes of a disk with an overlay.
constexpr std::string_view kOverlaid =
    "bdrv_open_common bs 0x55bb5403d8c0 filename \"/run/ov.qcow2\" flags 0xa002 format_name "
    "\"file\"\n"
    "bdrv_open_common bs 0x55bb54036580 filename \"/run/ov.qcow2\" flags 0x2002 format_name "
    "\"qcow2\"\n"
    "bdrv_open_common bs 0x55bb5405f390 filename \"/disk.img\" flags 0xa000 format_name \"file\"\n"
    "bdrv_open_common bs 0x55bb54058050 filename \"/disk.img\" flags 0x2000 format_name \"raw\"\n"
    "blk_co_preadv blk 0x55bb54c1fd10 bs 0x55bb54036580 offset 0 bytes 512 flags 0x0\n"
    "runstate_set current_run_state 6 (prelaunch) new_state 9 (running)\n"
    "blk_co_preadv blk 0x55bb54c1fd10 bs 0x55bb54036580 offset 0 bytes 512 flags 0x8\n"
    "blk_co_preadv blk 0x55bb54c1fd10 bs 0x55bb54058050 offset 4096 bytes 512 flags 0x8\n"
    "blk_co_preadv blk 0x55bb54c1fd10 bs 0x55bb54036580 offset 1049088 bytes 32768 flags 0x8\n";

constexpr std::string_view kRunning =
    "runstate_set current_run_state 6 (prelaunch) new_state 9 (running)\n";

std::string open_of(std::string_view node, std::string_view file, std::string_view format) {
  return "bdrv_open_common bs " + std::string(node) + " filename \"" + std::string(file) +
         "\" flags 0x0 format_name \"" + std::string(format) + "\"\n";
}

std::string read_of(std::string_view node, std::string_view offset, std::string_view bytes) {
  return "blk_co_preadv blk 0x1 bs " + std::string(node) + " offset " + std::string(offset) +
         " bytes " + std::string(bytes) + " flags 0x0\n";
}

Reads reads_in(ReadTrace trace, std::string_view text, std::size_t cut_size = 4096) {
  Reads all;
  for (const std::string_view piece : test::cut(text, cut_size)) {
    const Reads some = trace.feed(piece);
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

TEST(ReadTrace, GivesTheGuestsReadsAtTheTopOfTheChainHoweverTheTraceIsCut) {
  for (const std::size_t size : test::kCutSizes) {
    EXPECT_EQ(reads_in(ReadTrace("/run/ov.qcow2", "qcow2"), kOverlaid, size),
              (Reads{{0, 512}, {1049088, 32768}}));
  }
}

TEST(ReadTrace, TakesNoOtherMedium) {
  EXPECT_EQ(reads_in(ReadTrace("/run/other.qcow2", "qcow2"), kOverlaid), Reads{});
}

TEST(ReadTrace, KnowsWhetherTheMediumWasOpened) {
  ReadTrace trace("/a.iso", "raw");
  trace.feed(open_of("0x5", "/a.iso", "file"));
  EXPECT_FALSE(trace.knows_medium());
  trace.feed(open_of("0x6", "/a.iso", "raw"));
  EXPECT_TRUE(trace.knows_medium());
}

TEST(ReadTrace, TakesTheFirstNodeOfAFileThatIsOpenedTwice) {
  const std::string text = open_of("0x5", "/a.iso", "raw") + open_of("0x6", "/a.iso", "raw") +
                           std::string(kRunning) + read_of("0x6", "1", "1") +
                           read_of("0x5", "2048", "2048");
  EXPECT_EQ(reads_in(ReadTrace("/a.iso", "raw"), text), (Reads{{2048, 2048}}));
}

TEST(ReadTrace, ForgetsANodeWhoseAddressAnotherHasTaken) {
  const std::string text = open_of("0x5", "/a.iso", "raw") + std::string(kRunning) +
                           read_of("0x5", "0", "512") + open_of("0x5", "/b.iso", "raw") +
                           read_of("0x5", "512", "512");
  EXPECT_EQ(reads_in(ReadTrace("/a.iso", "raw"), text), (Reads{{0, 512}}));
}

TEST(ReadTrace, TakesNamesWithQuotesAndBlanks) {
  const std::string name = "/my \" flags 0x0 format_name \"qcow2\" disc.iso";
  const std::string text =
      open_of("0x5", name, "raw") + std::string(kRunning) + read_of("0x5", "0", "512");
  EXPECT_EQ(reads_in(ReadTrace(name, "raw"), text), (Reads{{0, 512}}));
}

TEST(ReadTrace, TakesLinesWithTimestamps) {
  const std::string text = "12@1700000000.123456:" + open_of("0x5", "/a.iso", "raw") +
                           "12@1700000000.123457:" + std::string(kRunning) +
                           "12@1700000000.123458:" + read_of("0x5", "7", "9");
  EXPECT_EQ(reads_in(ReadTrace("/a.iso", "raw"), text), (Reads{{7, 9}}));
}

TEST(ReadTrace, PassesOverWhatIsNoRead) {
  const std::string opened = open_of("0x5", "/a.iso", "raw") + std::string(kRunning);
  for (const std::string& line :
       {read_of("0x5", "18446744073709551616", "1"), read_of("0x5", "18446744073709551615", "2"),
        read_of("0x5", "-1", "1"), read_of("0x5", "", "1"), read_of("0x5", "0", "0"),
        std::string("blk_co_preadv blk 0x1 bs 0x5 offset 12\n"), std::string("blk_co_preadv\n"),
        std::string("bdrv_open_common bs 0x5\n"), std::string("\n"), std::string("\xff\0\n", 3)}) {
    EXPECT_EQ(reads_in(ReadTrace("/a.iso", "raw"), opened + line), Reads{}) << line;
  }
}

TEST(ReadTrace, PassesOverALineWithoutAnEndAndGoesOnBehindIt) {
  const std::string text = open_of("0x5", "/a.iso", "raw") + std::string(kRunning) +
                           std::string(1U << 20U, 'x') + "\n" + read_of("0x5", "1", "2");
  for (const std::size_t size : {7U, 4096U}) {
    EXPECT_EQ(reads_in(ReadTrace("/a.iso", "raw"), text, size), (Reads{{1, 2}}));
  }
}

}  // namespace
}  // namespace bootproof
