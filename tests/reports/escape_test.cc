#include "reports/escape.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "reports/terminal_width.h"
#include "tests/reports/samples.h"

namespace bootproof {
namespace {

using namespace std::string_literals;

bool is_all_valid(std::string_view text) {
  while (!text.empty()) {
    const DecodedCharacter character = decode_utf8(text);
    if (!character.valid) {
      return false;
    }
    text.remove_prefix(character.length);
  }
  return true;
}

struct Decoding {
  const char* name;
  std::string_view bytes;
  char32_t code;
  std::size_t length;
  bool valid;
};

class DecodesUtf8 : public ::testing::TestWithParam<Decoding> {};

TEST_P(DecodesUtf8, AsTheStandardSays) {
  const Decoding& expected = GetParam();
  const DecodedCharacter character = decode_utf8(expected.bytes);
  EXPECT_EQ(character.code, expected.code);
  EXPECT_EQ(character.length, expected.length);
  EXPECT_EQ(character.valid, expected.valid);
}

INSTANTIATE_TEST_SUITE_P(
    Characters, DecodesUtf8,
    ::testing::Values(Decoding{"Nul", std::string_view("\0", 1), 0, 1, true},
                      Decoding{"Ascii", "ab", U'a', 1, true},
                      Decoding{"TwoBytes", "\xc3\xbcx", 0xFC, 2, true},
                      Decoding{"SmallestTwoBytes", "\xc2\x80", 0x80, 2, true},
                      Decoding{"ThreeBytes", "\xe2\x82\xac", 0x20AC, 3, true},
                      Decoding{"SmallestThreeBytes", "\xe0\xa0\x80", 0x800, 3, true},
                      Decoding{"LastBeforeSurrogates", "\xed\x9f\xbf", 0xD7FF, 3, true},
                      Decoding{"FirstAfterSurrogates", "\xee\x80\x80", 0xE000, 3, true},
                      Decoding{"FourBytes", "\xf0\x9f\x90\xa7", 0x1F427, 4, true},
                      Decoding{"Largest", "\xf4\x8f\xbf\xbf", 0x10FFFF, 4, true},
                      Decoding{"LoneContinuation", "\x80", 0, 1, false},
                      Decoding{"OverlongTwoBytes", "\xc1\xbf", 0, 1, false},
                      Decoding{"OverlongThreeBytes", "\xe0\x9f\xbf", 0, 1, false},
                      Decoding{"OverlongFourBytes", "\xf0\x8f\xbf\xbf", 0, 1, false},
                      Decoding{"Surrogate", "\xed\xa0\x80", 0, 1, false},
                      Decoding{"OverLargest", "\xf4\x90\x80\x80", 0, 1, false},
                      Decoding{"CutShort", "\xe2\x82", 0, 1, false},
                      Decoding{"WrongSecond", "\xe2\x28\xa1", 0, 1, false},
                      Decoding{"Byte0xFF", "\xff", 0, 1, false}),
    [](const auto& row) { return row.param.name; });

TEST(TerminalText, LeavesPrintableTextAlone) {
  const std::string text = "login: gr\xc3\xbc\xc3\x9f \xe4\xb8\xad \xf0\x9f\x90\xa7 \\x41";
  EXPECT_EQ(terminal_text(text), text);
}

TEST(TerminalText, ShowsControlsAndIllFormedBytes) {
  EXPECT_EQ(terminal_text("a\x1b[2J\x07\x7f\xc2\x9bm\xff\0z"s),
            "a\\x1b[2J\\x07\\x7f\\xc2\\x9bm\\xff\\x00z");
}

TEST(TerminalText, ShowsCharactersThatHideOrTurnText) {
  EXPECT_EQ(terminal_text("a\xe2\x80\xae"
                          "b\xe2\x80\xa8"
                          "c\xef\xbb\xbf"
                          "d\xf3\xa0\x81\x81"
                          "e\xef\xbf\xbd"),
            "a\\xe2\\x80\\xaeb\\xe2\\x80\\xa8c\\xef\\xbb\\xbfd\\xf3\\xa0\\x81\\x81e\xef\xbf\xbd");
}

TEST(TerminalText, MakesATabASpace) { EXPECT_EQ(terminal_text("a\tb"), "a b"); }

TEST(TerminalText, KeepsLineFeedsOnlyWhenAsked) {
  EXPECT_EQ(terminal_text("a\r\nb\n"), "a\\x0d\\x0ab\\x0a");
  EXPECT_EQ(terminal_text("a\r\nb\n", LineFeeds::kKeep), "a\nb\n");
  EXPECT_EQ(terminal_text("a\rb", LineFeeds::kKeep), "a\\x0db");
}

TEST(TerminalText, HasNoControlWhateverComes) {
  const std::string text = terminal_text(testing::hostile_bytes());
  EXPECT_TRUE(is_all_valid(text));
  for (const char c : text) {
    EXPECT_FALSE(static_cast<unsigned char>(c) < ' ' || c == '\x7f');
  }
}

TEST(XmlText, KeepsWhatXmlCanHold) {
  const std::string text = "a\tb\nc <&>\" gr\xc3\xbc\xc3\x9f \xf0\x9f\x90\xa7";
  EXPECT_EQ(xml_text(text), text);
}

TEST(XmlText, ShowsWhatXmlCannotHold) {
  EXPECT_EQ(xml_text("\0\x01\x1b\x7f\xc2\x85\xff"s), "\\x00\\x01\\x1b\\x7f\\xc2\\x85\\xff");
  EXPECT_EQ(xml_text("\xef\xbf\xbe\xef\xbf\xbf\xed\xa0\x80"),
            "\\xef\\xbf\\xbe\\xef\\xbf\\xbf\\xed\\xa0\\x80");
}

TEST(XmlText, FoldsLineEndsAndShowsLoneReturns) {
  EXPECT_EQ(xml_text("a\r\nb\r\r\nc\rd\r"), "a\nb\nc\\x0dd\\x0d");
}

TEST(XmlText, TakesTheMeaningFromAttachmentMarks) {
  EXPECT_EQ(xml_text("x [[ATTACHMENT|/etc/passwd]] [[[ATTACHMENT|b]]"),
            "x [\\x5bATTACHMENT|/etc/passwd]] [[\\x5bATTACHMENT|b]]");
}

TEST(JsonText, ShowsOnlyIllFormedBytes) {
  EXPECT_EQ(json_text("a\n\"\0\xc2\x85\xef\xbf\xbf\xff\xed\xa0\x80"s),
            "a\n\"\0\xc2\x85\xef\xbf\xbf\\xff\\xed\\xa0\\x80"s);
  EXPECT_TRUE(is_all_valid(json_text(testing::hostile_bytes())));
}

TEST(LastPart, LeavesShortTextAlone) {
  EXPECT_EQ(last_part("abc", 3), "abc");
  EXPECT_EQ(last_part("", 0), "");
}

TEST(LastPart, BeginsAtALineNearTheCut) {
  EXPECT_EQ(last_part("first line\nsecond\nthird line and more", 28),
            "[11 bytes left out]\nsecond\nthird line and more");
}

TEST(LastPart, KeepsAWholeLineThatBeginsAtTheCut) {
  EXPECT_EQ(last_part("first line\nsecond\nthird line and more", 26),
            "[11 bytes left out]\nsecond\nthird line and more");
}

TEST(LastPart, DoesNotThrowAwayALongLineForTheSakeOfAWholeOne) {
  EXPECT_EQ(last_part("0123456789012345678901234567\nok", 20),
            "[11 bytes left out]\n12345678901234567\nok");
}

TEST(LastPart, BeginsAtAWholeCharacter) {
  EXPECT_EQ(last_part("ab\xe4\xb8\xad"
                      "cd",
                      4),
            "[5 bytes left out]\ncd");
}

TEST(FirstPart, EndsAtAWholeCharacter) {
  EXPECT_EQ(first_part("abcd", 4), "abcd");
  EXPECT_EQ(first_part("abcde", 4), "abcd [1 bytes left out]");
  EXPECT_EQ(first_part("ab\xe4\xb8\xad"
                       "cd",
                       4),
            "ab [5 bytes left out]");
}

TEST(TerminalWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(columns_of("abc"), 3U);
  EXPECT_EQ(columns_of("gr\xc3\xbc\xc3\x9f"), 4U);
  EXPECT_EQ(columns_of("\xe4\xb8\xad\xf0\x9f\x90\xa7"), 4U);
  EXPECT_EQ(columns_of("e\xcc\x81"), 1U);
}

TEST(TerminalWidth, CutsAtTheEnd) {
  EXPECT_EQ(cut_end("abcdef", 6), "abcdef");
  EXPECT_EQ(cut_end("abcdefg", 6), "abc...");
  EXPECT_EQ(cut_end("abcdefg", 2), "..");
  EXPECT_EQ(cut_end("abcdefg", 0), "");
  EXPECT_EQ(cut_end("\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad", 6), "\xe4\xb8\xad...");
}

TEST(TerminalWidth, CutsInTheMiddle) {
  EXPECT_EQ(cut_middle("rescue.ovmf.usb-storage", 23), "rescue.ovmf.usb-storage");
  EXPECT_EQ(cut_middle("rescue.ovmf.usb-storage", 13), "rescu...orage");
  EXPECT_EQ(cut_middle("rescue.ovmf.usb-storage", 3), "...");
}

TEST(TerminalWidth, NeverExceedsTheWidth) {
  const std::string text = terminal_text(testing::hostile_bytes());
  for (std::size_t width = 0; width < 100; ++width) {
    EXPECT_LE(columns_of(cut_end(text, width)), width);
    EXPECT_LE(columns_of(cut_middle(text, width)), width);
    EXPECT_TRUE(is_all_valid(cut_middle(text, width)));
  }
}

TEST(TerminalWidth, PadsToColumns) {
  EXPECT_EQ(pad("\xe4\xb8\xad", 4), "\xe4\xb8\xad  ");
  EXPECT_EQ(pad("abc", 2), "abc");
}

}  // namespace
}  // namespace bootproof
