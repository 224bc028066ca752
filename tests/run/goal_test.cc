#include "harness/run/goal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;

constexpr std::string_view kMenu = "loader.waits-for-input";
constexpr std::string_view kCommandPrompt = "loader.command-prompt";

/// "reached after 500 ms", "move on after 3000 ms", "nothing".
std::string next(Goal goal, const GoalView& view) {
  const std::optional<GoalDue> due = next_on_the_way(goal, view);
  if (!due) {
    return "nothing";
  }
  return fmt::format("{} after {} ms",
                     due->answer == GoalDue::Answer::kReached ? "reached" : "move on",
                     due->quiet.count());
}

/// The same for a boot that has come to `stage` and shows nothing else.
std::string next_at(Goal goal, Stage stage) {
  GoalView view;
  view.stage = stage;
  return next(goal, view);
}

/// A boot loader with a menu that waits, and a settle time of its row.
GoalView menu_view(std::chrono::milliseconds settle) {
  GoalView view;
  view.stage = Stage::kLoader;
  view.settled_cause = kMenu;
  view.settle = settle;
  view.last_line = "GNU GRUB  version 2.06";
  return view;
}

TEST(Goal, AKernelIsReachedAsSoonAsItStarts) {
  EXPECT_EQ(next_at(Goal::kKernel, Stage::kKernelLoad), "nothing");
  EXPECT_EQ(next_at(Goal::kKernel, Stage::kKernel), "reached after 0 ms");
  EXPECT_EQ(next_at(Goal::kKernel, Stage::kPrompt), "reached after 0 ms");
}

TEST(Goal, UserspaceIsReachedAsSoonAsItStarts) {
  EXPECT_EQ(next_at(Goal::kUserspace, Stage::kInitramfs), "nothing");
  EXPECT_EQ(next_at(Goal::kUserspace, Stage::kUserspace), "reached after 0 ms");
}

TEST(Goal, APromptHasToStandForHalfASecond) {
  EXPECT_EQ(next_at(Goal::kPrompt, Stage::kUserspace), "nothing");
  EXPECT_EQ(next_at(Goal::kPrompt, Stage::kPrompt), "reached after 500 ms");
}

TEST(Goal, ALoaderIsNotReachedBeforeItStarts) {
  EXPECT_EQ(next_at(Goal::kLoader, Stage::kNone), "nothing");
  EXPECT_EQ(next_at(Goal::kLoader, Stage::kFirmware), "nothing");
  EXPECT_EQ(next_at(Goal::kLoader, Stage::kBootDevice), "nothing");
}

TEST(Goal, ALoaderThatHasSpokenIsReachedWhenItRests) {
  GoalView view;
  view.stage = Stage::kLoader;
  view.last_line = "iPXE 1.21.1 -- Open Source Network Boot Firmware";
  EXPECT_EQ(next(Goal::kLoader, view), "reached after 1500 ms");
  view.stage = Stage::kKernelLoad;
  EXPECT_EQ(next(Goal::kLoader, view), "reached after 1500 ms");
}

TEST(Goal, ALoaderThatPrintsNothingIsReachedAfterALongSilence) {
  EXPECT_EQ(next_at(Goal::kLoader, Stage::kLoader), "reached after 12000 ms");
}

TEST(Goal, TheFirmwaresLineOnWhatItStartsIsNoWordOfTheLoader) {
  GoalView view;
  view.stage = Stage::kLoader;
  view.last_line = "BdsDxe: starting Boot0001 \"UEFI QEMU DVD-ROM\" from PciRoot(0x0)";
  EXPECT_EQ(next(Goal::kLoader, view), "reached after 12000 ms");
}

TEST(Goal, ALoaderThatWaitsIsReachedWhenItsMenuOrPromptHasSettled) {
  EXPECT_EQ(next(Goal::kLoader, menu_view(10'000ms)), "reached after 10000 ms");
  GoalView view = menu_view(800ms);
  view.settled_cause = kCommandPrompt;
  EXPECT_EQ(next(Goal::kLoader, view), "reached after 800 ms");
}

TEST(Goal, ALoaderThatCountsDownOrHasStartedAKernelIsReachedAtOnce) {
  GoalView view;
  view.stage = Stage::kLoader;
  view.is_counting_down = true;
  EXPECT_EQ(next(Goal::kLoader, view), "reached after 0 ms");
  EXPECT_EQ(next_at(Goal::kLoader, Stage::kKernel), "reached after 0 ms");
}

TEST(Goal, ALoaderThatFoundNoNetworkHasRun) {
  GoalView view;
  view.stage = Stage::kLoader;
  view.last_line = "No bootable device.";
  view.lost_cause = "loader.no-network";
  EXPECT_EQ(next(Goal::kLoader, view), "reached after 0 ms");
  EXPECT_EQ(next(Goal::kKernel, view), "nothing");
  view.stage = Stage::kBootDevice;
  EXPECT_EQ(next(Goal::kLoader, view), "nothing");
}

TEST(Goal, ACountdownOfTheFirmwareIsNoLoader) {
  GoalView view;
  view.stage = Stage::kFirmware;
  view.is_counting_down = true;  // The EFI shell's.
  EXPECT_EQ(next(Goal::kLoader, view), "nothing");
}

TEST(Goal, BehindAMenuItIsMovedOn) {
  for (const Goal goal : {Goal::kKernel, Goal::kUserspace, Goal::kPrompt}) {
    EXPECT_EQ(next(goal, menu_view(10'000ms)), "move on after 3000 ms");
    EXPECT_EQ(next(goal, menu_view(1'500ms)), "move on after 1500 ms");
  }
}

TEST(Goal, AMenuIsLeftAloneWhereItMayNotBeMovedOn) {
  GoalView view = menu_view(10'000ms);
  view.moves_menus = false;
  EXPECT_EQ(next(Goal::kPrompt, view), "nothing");
}

TEST(Goal, ACommandPromptIsNotAnsweredWithEnter) {
  GoalView view = menu_view(1'000ms);
  view.settled_cause = kCommandPrompt;
  EXPECT_EQ(next(Goal::kPrompt, view), "nothing");
  view.settled_cause = "loader.rescue-prompt";
  EXPECT_EQ(next(Goal::kPrompt, view), "nothing");
}

}  // namespace
}  // namespace bootproof
