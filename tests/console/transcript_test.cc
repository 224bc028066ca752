#include "harness/console/transcript.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/console/cut.h"

namespace bootproof {
namespace {

std::string stripped(std::string_view raw, std::size_t cut_size = 4096) {
  Transcript transcript;
  for (const std::string_view piece : test::cut(raw, cut_size)) {
    transcript.feed(piece);
  }
  return std::string(transcript.since(0));
}

struct Case {
  const char* name;
  std::string_view raw;
  std::string_view text;
};

class TranscriptStrips : public testing::TestWithParam<Case> {};

TEST_P(TranscriptStrips, TheSameTextHoweverReadsAreCut) {
  for (const std::size_t size : test::kCutSizes) {
    EXPECT_EQ(stripped(GetParam().raw, size), GetParam().text) << "cut at " << size;
  }
}

using namespace std::string_view_literals;

INSTANTIATE_TEST_SUITE_P(
    Streams, TranscriptStrips,
    testing::Values(
        Case{"PlainText", "a line\nanother\tone\n"sv, "a line\nanother\tone\n"sv},
        Case{"Colours", "[\x1b[0;32m  OK  \x1b[0m] Started"sv, "[  OK  ] Started"sv},
        Case{"NulsAndControls",
             "a\0b\x07 c\x7f\x0e\x0f"
             "d"sv,
             "ab cd"sv},
        Case{"ReturnAndLineFeed", "one\r\ntwo\r\n\r\nthree"sv, "one\ntwo\n\nthree"sv},
        Case{"LoneReturn", "10%\r20%\r"sv, "10%\n20%\n"sv},
        Case{"RepeatedReturns", "one\r\r\r\ntwo\r\r"sv, "one\ntwo\n"sv},
        Case{"LineFeedAndReturn", "one\n\rtwo"sv, "one\ntwo"sv},
        Case{"TitleString",
             "a\x1b]0;title\x07"
             "b\x1b]8;;http://x\x1b\\c"sv,
             "abc"sv},
        Case{"DeviceControlString", "a\x1bPq#0;1\x1b\\b"sv, "ab"sv},
        Case{"StringThatNeverEnds", "a\x1b]0;title without end\nnext line"sv, "a\nnext line"sv},
        Case{"CharacterSets", "\x1b(B\x1b)0text\x1b%G"sv, "text"sv},
        Case{"PrivateCsi", "\x1b[=3h\x1b[?7lBdsDxe"sv, "BdsDxe"sv},
        Case{"LineFeedInsideCsi", "a\x1b[12\nb"sv, "a\nb"sv},
        Case{"EscapeInsideCsi", "a\x1b[12\x1b[0mb"sv, "ab"sv},
        Case{"BytesAbove127InsideCsi", "a\x1b[1\xc3\xa4z"sv, "a\xc3\xa4z"sv},
        Case{"MotionToAnotherLine", "Booting from DVD/CD...\x1b[03;19H...."sv,
             "Booting from DVD/CD...\n...."sv},
        Case{"MotionsWithinAWord",
             "\x1b[02;24HGNU GRU\x1b[02;30H\x1b[02;31HB  version 2.06\x1b[04;02Hbox"sv,
             "GNU GRUB  version 2.06\nbox"sv},
        Case{"MotionToTheFirstColumn", "\x1b[9;1HPress ESC in 5\x1b[9;1HPress ESC in 4"sv,
             "Press ESC in 5\nPress ESC in 4"sv},
        Case{"RelativeMotions", "\x1b[5;3Ha\x1b[Bb\x1b[2Ac\x1b[Ed\x1b[Fe\x1b[9df\x1b[9dg"sv,
             "a\nb\nc\nd\ne\nfg"sv},
        Case{"MotionAtTheBeginningOfALine", "a\r\n\x1b[7;5Hb"sv, "a\nb"sv},
        Case{"MotionAfterLineFeedsThatLedThere", "\x1b[1;1Ha\r\nbc\x1b[2;3Hd"sv, "a\nbcd"sv},
        Case{"ResetOfTheMachine",
             "grub> \x1b"
             "c\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2)\r\n"sv,
             "grub> \nSeaBIOS (version 1.16.2)\n"sv},
        Case{"ClearedScreen", "Shell> \x1b[2JBdsDxe"sv, "Shell> \nBdsDxe"sv},
        Case{"BackspacesWithinALine", "ab\b \bc"sv, "ab c"sv},
        Case{"ALineWipedAwayByBackspaces", "x: ä\b \b\b \b\b \b\b \bgone\b \b!"sv,
             "x: ä   \ngone !"sv},
        Case{"ALineWipedAwayByBlanks", "abc\b\b\b     \r\nd"sv, "abc\nd"sv},
        Case{"NextLineSequences",
             "a\x1b"
             "Eb\x1b"
             "Dc\x1bMd"sv,
             "a\nb\nc\nd"sv}),
    [](const auto& stream) { return stream.param.name; });

TEST(Transcript, AStrayEscapeSwallowsNoMoreThanOneSequence) {
  EXPECT_EQ(stripped("\x1b[" + std::string(300, '1') + "Kernel panic"),
            std::string(43, '1') + "Kernel panic");
  const std::string text = stripped("\x1bP" + std::string(5000, 'x') + "Kernel panic");
  EXPECT_EQ(text, std::string(5000 - 4097, 'x') + "Kernel panic");
}

TEST(Transcript, KeepsPositionsWhenTheWindowMovesOn) {
  Transcript transcript(1024);
  std::string all;
  for (int i = 0; i < 1000; ++i) {
    const std::string line = "line " + std::to_string(i) + "\n";
    all += line;
    transcript.feed(line);
    ASSERT_EQ(transcript.end(), all.size());
    ASSERT_LE(transcript.end() - transcript.begin(), 2048U);
    ASSERT_EQ(transcript.since(0), all.substr(transcript.begin()));
  }
  EXPECT_GE(transcript.end() - transcript.begin(), 1024U);
  EXPECT_EQ(transcript.since(transcript.end() - 9), "line 999\n");
  EXPECT_EQ(transcript.since(transcript.end()), "");
  EXPECT_EQ(transcript.since(transcript.end() + 1), "");
}

TEST(Transcript, AFloodInOneFeedLeavesItsEndInTheWindow) {
  Transcript transcript(4096);
  transcript.feed(std::string(10U << 20U, 'x') + "end");
  EXPECT_EQ(transcript.end(), (10U << 20U) + 3U);
  EXPECT_LE(transcript.since(0).size(), 8192U);
  EXPECT_EQ(transcript.since(transcript.end() - 5), "xxend");
}

TEST(Transcript, QuotesTheLastLinesThatAreNotBlank) {
  Transcript transcript;
  transcript.feed("one\ntwo\n\n   \nthree\n\t\nfour");
  EXPECT_EQ(transcript.last_lines(3), "two\nthree\nfour");
  EXPECT_EQ(transcript.last_lines(100), "one\ntwo\nthree\nfour");
  EXPECT_EQ(transcript.last_lines(0), "");
  EXPECT_EQ(Transcript().last_lines(5), "");
}

TEST(Transcript, QuotesTheEndOfALongLineWithoutTearingACharacter) {
  Transcript transcript;
  transcript.feed("a\xc3\xa4" + std::string(1023, 'x'));
  EXPECT_EQ(transcript.last_lines(1), std::string(1023, 'x'));
}

TEST(Transcript, TheOpenLineIsWhatHasNoLineFeedYet) {
  Transcript transcript;
  EXPECT_EQ(transcript.open_line(), "");
  transcript.feed("login: ");
  EXPECT_EQ(transcript.open_line(), "login: ");
  transcript.feed("root\r\n");
  EXPECT_EQ(transcript.open_line(), "");
  transcript.feed("~ # ");
  EXPECT_EQ(transcript.open_line(), "~ # ");
}

}  // namespace
}  // namespace bootproof
