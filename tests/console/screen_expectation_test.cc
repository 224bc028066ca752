#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/expectation.h"

namespace bootproof {
namespace {

/// Expects `pattern` after a step began before `first`, and says at which of the `later` screens
/// (from 1) it was seen; 0 for never.
std::size_t seen_at(std::string_view pattern, std::string_view first,
                    const std::vector<std::string>& later) {
  Expectation expectation = value_or_throw(Expectation::compile({std::string(pattern)}, false, {}));
  expectation.begin(0, first, {});
  for (std::size_t i = 0; i < later.size(); ++i) {
    if (expectation.look_at_screen(TextSource::kScreen, later[i])) {
      return i + 1;
    }
  }
  return 0;
}

/// 25 rows "row FIRST" to "row FIRST+24", of which the last ones are replaced by `end`.
std::string full_screen(int first, const std::vector<std::string>& end) {
  std::string screen;
  for (int row = 0; row < 25; ++row) {
    const int of_end = row - (25 - static_cast<int>(end.size()));
    screen +=
        of_end >= 0 ? end[static_cast<std::size_t>(of_end)] : "row " + std::to_string(first + row);
    screen += row == 24 ? "" : "\n";
  }
  return screen;
}

TEST(ScreenExpectation, WhatIsDrawnAfterTheBeginningCounts) {
  EXPECT_EQ(
      seen_at("GNU GRUB", "Welcome to GRUB!", {"Welcome to GRUB!\nGNU GRU", "GNU GRUB  version"}),
      2U);
}

TEST(ScreenExpectation, WhatStandsThereCountsWithEmptyViews) {
  EXPECT_EQ(seen_at("GNU GRUB", "", {"GNU GRUB  version"}), 1U);
}

TEST(ScreenExpectation, WhatStoodThereDoesNotCount) {
  EXPECT_EQ(seen_at("GNU GRUB", "GNU GRUB\n entry\n in 5s",
                    {"GNU GRUB\n entry\n in 5s", "GNU GRUB\n entry\n in 4s", "GNU GRUB\n entry\n"}),
            0U);
}

TEST(ScreenExpectation, TheEchoOfACommandIsNoNewPrompt) {
  for (const char* const pattern : {"grub>", "grub> ?", "grub> .*", "grub>.*$"}) {
    EXPECT_EQ(seen_at(pattern, "help\n\ngrub>",
                      {"help\n\ngrub> l", "help\n\ngrub> ls", "help\n\ngrub> ls\n(hd0)",
                       "help\n\ngrub> ls\n(hd0)\ngrub>"}),
              4U)
        << pattern;
  }
}

TEST(ScreenExpectation, TheBlankAfterAPromptIsThereThoughRowsAreTrimmed) {
  EXPECT_EQ(seen_at("login: ", "", {"rescue login:"}), 1U);
  EXPECT_EQ(seen_at("login: $", "", {"rescue login:"}), 1U);
  EXPECT_EQ(seen_at("login:$", "", {"rescue login:"}), 1U);
  EXPECT_EQ(
      seen_at("login: ", "rescue login:", {"rescue login: root", "rescue login: root\nPassword:"}),
      0U);
}

TEST(ScreenExpectation, APromptOnTheFirstRowIsOldUntilANewOneComes) {
  EXPECT_EQ(seen_at("Shell>", "Shell>", {"Shell> ls", "Shell> ls\nFS0\nShell>"}), 2U);
}

TEST(ScreenExpectation, AnOldPromptThatScrollsUpStaysOld) {
  EXPECT_EQ(seen_at("# ", full_screen(0, {"~ # "}),
                    {full_screen(1, {"~ # uname", "Linux"}),
                     full_screen(2, {"~ # uname", "Linux", "more"}),
                     full_screen(3, {"~ # uname", "Linux", "more", "~ # "})}),
            3U);
}

TEST(ScreenExpectation, ANewPromptAtTheOldPlaceCountsAfterScrolling) {
  // Both on the last row, and never more than one on the screen that was looked at.
  EXPECT_EQ(seen_at("^~ # ", full_screen(0, {"~ # "}), {full_screen(100, {"~ # "})}), 1U);
}

TEST(ScreenExpectation, AMatchThatWasWipedAwayAndDrawnAgainCounts) {
  EXPECT_EQ(seen_at("GNU GRUB", "GNU GRUB\nmenu", {"", "GNU GRUB\nmenu"}), 2U);
}

TEST(ScreenExpectation, AChangedTextAtTheOldPlaceCounts) {
  EXPECT_EQ(seen_at("in \\d+s", "title\nin 5s", {"title\nin 5s.", "title\nin 4s"}), 2U);
}

TEST(ScreenExpectation, TheSamePatternElsewhereCounts) {
  EXPECT_EQ(seen_at("ok", "a: ok\nb:\nc:", {"a: ok\nb:\nc: ok"}), 1U);
}

TEST(ScreenExpectation, AClockInAnotherRowMakesNothingNew) {
  EXPECT_EQ(seen_at("Errors: 0", "Time 0:01\nPass 1\nErrors: 0",
                    {"Time 0:02\nPass 1\nErrors: 0", "Time 0:03\nPass 1\nErrors: 0"}),
            0U);
}

TEST(ScreenExpectation, SerialScreenAndVgaHaveMemoriesOfTheirOwn) {
  Expectation expectation = value_or_throw(Expectation::compile({"x"}, false, {}));
  expectation.begin(0, "x", "");
  EXPECT_FALSE(expectation.look_at_screen(TextSource::kScreen, "x y"));
  EXPECT_TRUE(expectation.look_at_screen(TextSource::kVga, "x y"));
}

}  // namespace
}  // namespace bootproof
