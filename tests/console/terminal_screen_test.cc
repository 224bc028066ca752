#include "harness/console/terminal_screen.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>

#include "tests/console/cut.h"

namespace bootproof {
namespace {

/// The screen after `raw`, which has to be the same however it is cut and whether or not it was
/// looked at in between.
std::string shown(std::string_view raw) {
  TerminalScreen whole;
  whole.feed(raw);
  for (const std::size_t size : test::kCutSizes) {
    TerminalScreen unseen;
    TerminalScreen seen;
    for (const std::string_view piece : test::cut(raw, size)) {
      unseen.feed(piece);
      seen.feed(piece);
      static_cast<void>(seen.text());
    }
    EXPECT_EQ(unseen.text(), whole.text()) << "cut at " << size;
    EXPECT_EQ(seen.text(), whole.text()) << "cut at " << size << " and looked at";
  }
  return whole.text();
}

TEST(TerminalScreen, IsEmptyAtFirst) { EXPECT_EQ(shown(""), ""); }

TEST(TerminalScreen, ShowsLinesWithoutTheirTrailingBlanks) {
  EXPECT_EQ(shown("one  \r\n\r\n  two\r\n\r\n"), "one\n\n  two");
}

TEST(TerminalScreen, ShowsAMenuDrawnByCursorMotions) {
  EXPECT_EQ(shown("\x1b[2J\x1b[02;24HGNU GRU\x1b[02;30H\x1b[02;31HB  version 2.06"
                  "\x1b[04;02H┌──┐\x1b[05;02H│*a│\x1b[06;02H└──┘\x1b[05;4H"),
            "\n                       GNU GRUB  version 2.06\n\n ┌──┐\n │*a│\n └──┘");
}

TEST(TerminalScreen, ShowsFramesOfSingleBytes) {
  EXPECT_EQ(shown("\xda\xc4\xc4\xbf\r\n\xb3 a\xb3\r\n\xc0\xc4\xc4\xd9"), "┌──┐\n│ a│\n└──┘");
}

TEST(TerminalScreen, ShowsLineDrawingOfTerminfo) {
  EXPECT_EQ(shown("\x1b)0\x0elqk\x0f ok \x1b(0x\x1b(B x"), "┌─┐ ok │ x");
  EXPECT_EQ(shown("\x1b(0äxß_q\x1b(B"), "ä│ß ─");
  EXPECT_EQ(shown("\x1b(0x\x1b"
                  "cx"),
            "x");
}

TEST(TerminalScreen, ErasesInsertsAndDeletes) {
  EXPECT_EQ(shown("abcdef\x1b[1;3H\x1b[K"), "ab");
  EXPECT_EQ(shown("abcdef\x1b[1;3H\x1b[1K"), "   def");
  EXPECT_EQ(shown("abcdef\x1b[1;3H\x1b[2P"), "abef");
  EXPECT_EQ(shown("abcdef\x1b[1;3H\x1b[2@"), "ab  cdef");
  EXPECT_EQ(shown("abcdef\x1b[1;3H\x1b[2X"), "ab  ef");
  EXPECT_EQ(shown("abc\x1b[1;2H\x1b[4hxy\x1b[4l"), "axybc");
  EXPECT_EQ(shown("a\r\nb\r\nc\x1b[2;1H\x1b[L"), "a\n\nb\nc");
  EXPECT_EQ(shown("a\r\nb\r\nc\x1b[2;1H\x1b[M"), "a\nc");
  EXPECT_EQ(shown("a\r\nb\r\nc\x1b[1;1H\x1bM"), "\na\nb\nc");
  EXPECT_EQ(shown("a\r\nb\r\nc\x1b[2;4r\x1b[2S"), "a");
  EXPECT_EQ(shown("ab\b\b \b"), " b");
  EXPECT_EQ(shown("old\x1b"
                  "cnew"),
            "new");
}

TEST(TerminalScreen, ScrollsWithinARegion) {
  EXPECT_EQ(shown("top\x1b[2;3r\x1b[2;1Ha\r\nb\r\nc\r\nd"), "top\nc\nd");
  EXPECT_EQ(shown("top\r\nx\r\ny\x1b[2;3r\x1b[2;1H\x1bM\x1bM"), "top");
}

TEST(TerminalScreen, WideCharactersTakeTwoColumns) { EXPECT_EQ(shown("日本\x1b[1;5Hx"), "日本x"); }

TEST(TerminalScreen, ScrolledOffLinesAreGone) {
  std::string raw;
  std::string expected;
  for (int i = 0; i < 200; ++i) {
    raw += (i == 0 ? "line " : "\r\nline ") + std::to_string(i);
    if (i >= 200 - TerminalScreen::kRows) {
      expected += (expected.empty() ? "line " : "\nline ") + std::to_string(i);
    }
  }
  EXPECT_EQ(shown(raw), expected);
}

TEST(TerminalScreen, SkippingUnseenLinesShowsTheSameAsRenderingAll) {
  // Each begins in another state of the terminal: the cursor at home over old text, a region,
  // wrapping off.
  for (const std::string begin : {"", "old\r\ntext\x1b[31;50Hend\x1b[1;1H", "\x1b[5;9r\x1b[5;1H",
                                  "\x1b[?7l", "\x1b[4h", "\x1b)0\x0e"}) {
    for (const std::string line : {"short\r\n", "bare line feed\n", "\r\n", "tab\tled\r\n"}) {
      std::string raw = begin;
      for (int i = 0; i < 150; ++i) {
        raw += std::to_string(i) + line;
      }
      TerminalScreen looked_at_often;
      for (const std::string_view piece : test::cut(raw, 20)) {
        looked_at_often.feed(piece);
        static_cast<void>(looked_at_often.text());
      }
      TerminalScreen whole;
      whole.feed(raw);
      EXPECT_EQ(whole.text(), looked_at_often.text()) << begin << " with " << line;
    }
  }
}

TEST(TerminalScreen, CharactersAcrossInternalPiecesKeepTheirColumns) {
  std::string line;
  for (int i = 0; i < 99; ++i) {
    line += "─";
  }
  std::string raw;
  for (int i = 0; i < 60; ++i) {  // long enough for several pieces at each alignment
    raw += "\x1b[H" + std::string(static_cast<std::size_t>(i % 4), 'x') + "\r" + line + "|";
  }
  EXPECT_EQ(shown(raw), line + "|");
}

TEST(TerminalScreen, HugeAndSenselessParametersAreSafe) {
  for (const char final_byte : std::string_view("@ABCDEFGHIJKLMPSTXZ`abcdefghlmnrstu")) {
    for (const std::string_view parameters :
         {"99999999999999999999", "0", "-1", "31;100", "999;999", "4294967295;2147483648", "?99999",
          ";;;;;;;;;;;;;;;;;;;;;;;;;;;;;;", "5;1", "1:2:3", ">1", "4", "?6", "?7"}) {
      TerminalScreen screen;
      screen.feed("text\x1b[" + std::string(parameters) + final_byte + "more\r\n\n");
      EXPECT_LE(screen.text().size(), 4096U);
    }
  }
}

TEST(TerminalScreen, ControlStringsShowNothing) {
  EXPECT_EQ(shown("a\x1b]0;title\x07"
                  "b\x1bP1$r0m\x1b\\c\x1b_x\x1b\\d\x1b[6n\x1b[c\x05"
                  "e"),
            "abcde");
}

}  // namespace
}  // namespace bootproof
