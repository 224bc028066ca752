#include "harness/core/text.h"

#include <gtest/gtest.h>

#include <array>

namespace bootproof {
namespace {

TEST(EscapeForTerminal, LeavesPrintableTextAlone) {
  EXPECT_EQ(escape_for_terminal("GNU GRUB  version 2.06 \xC3\xA4\tx"),
            "GNU GRUB  version 2.06 \xC3\xA4\tx");
}

TEST(EscapeForTerminal, ShowsControlsAndEscapeSequencesAsBytes) {
  EXPECT_EQ(escape_for_terminal("a\x1b[2Jb\x07\x7f"), "a\\x1b[2Jb\\x07\\x7f");
}

TEST(EscapeForTerminal, KeepsLineFeedsOnlyWhenAsked) {
  EXPECT_EQ(escape_for_terminal("a\nb"), "a\\x0ab");
  EXPECT_EQ(escape_for_terminal("a\nb", true), "a\nb");
}

TEST(EscapeForTerminal, ShowsIllFormedUtf8AsBytes) {
  EXPECT_EQ(escape_for_terminal("\xC0\xAF \xED\xA0\x80 \xF4\x90\x80\x80 \xE2\x82"),
            "\\xc0\\xaf \\xed\\xa0\\x80 \\xf4\\x90\\x80\\x80 \\xe2\\x82");
}

TEST(EscapeForTerminal, ShowsC1ControlsAndBidirectionalOverridesAsBytes) {
  EXPECT_EQ(escape_for_terminal("\xC2\x9B"
                                "31m \xE2\x80\xAE"),
            "\\xc2\\x9b31m \\xe2\\x80\\xae");
}

TEST(QuoteForShell, LeavesSafeWordsAndQuotesTheRest) {
  EXPECT_EQ(quote_for_shell("/usr/bin/qemu-system-x86_64"), "/usr/bin/qemu-system-x86_64");
  EXPECT_EQ(quote_for_shell(""), "''");
  EXPECT_EQ(quote_for_shell("a b"), "'a b'");
  EXPECT_EQ(quote_for_shell("it's $(x)"), "'it'\\''s $(x)'");
}

TEST(NearestWord, FindsASlipOfThePen) {
  constexpr std::array<std::string_view, 3> kWords{"device", "firmware", "machine"};
  EXPECT_EQ(nearest_word("devices", kWords), "device");
  EXPECT_EQ(nearest_word("frimware", kWords), "firmware");
  EXPECT_EQ(nearest_word("colour", kWords), "");
  EXPECT_EQ(nearest_word("", kWords), "");
}

TEST(JoinOr, JoinsAsASentence) {
  constexpr std::array<std::string_view, 3> kWords{"a", "b", "c"};
  EXPECT_EQ(join_or(kWords), "a, b or c");
  EXPECT_EQ(join_or(std::span(kWords).first(1)), "a");
}

TEST(MatchesGlob, KnowsStarsAndQuestionMarks) {
  EXPECT_TRUE(matches_glob("pc-q35-*", "pc-q35-7.2"));
  EXPECT_TRUE(matches_glob("*.usb-*", "rescue.ovmf.usb-storage"));
  EXPECT_TRUE(matches_glob("a?c", "abc"));
  EXPECT_TRUE(matches_glob("*", ""));
  EXPECT_FALSE(matches_glob("a?c", "ac"));
  EXPECT_FALSE(matches_glob("abc", "abcd"));
}

TEST(MatchesGlob, IsNotCaughtByManyStars) {
  const std::string text(2000, 'a');
  EXPECT_FALSE(matches_glob("*a*a*a*a*a*a*a*a*b", text));
}

}  // namespace
}  // namespace bootproof
