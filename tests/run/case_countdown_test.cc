#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"

// The countdowns of loaders, which are ended by a key.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::key;
using testing::LogicBench;
using testing::scenario_of;
using testing::wait_quiet;
using testing::within;
using Lines = std::vector<std::string>;

constexpr std::string_view kCountdown =
    "   The highlighted entry will be executed automatically in 5s.";

TEST(CaseCountdown, IsSkippedAfterAPause) {
  LogicBench bench(scenario_of({expect("Linux")}));
  bench.say(kCountdown).pass(199ms);
  EXPECT_EQ(bench.actions(), Lines{});
  bench.pass(1ms);
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
  EXPECT_EQ(bench.notes(), Lines{"200 ms: countdown-skipped: GRUB"});
}

TEST(CaseCountdown, IsSkippedOnceThoughItStaysWhereItStands) {
  LogicBench bench(scenario_of({expect("Linux")}));
  bench.say(kCountdown).pass(25s);
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
  EXPECT_LE(bench.tick_count(), 10U);
}

TEST(CaseCountdown, IsSkippedOnceThoughItsNumberChanges) {
  LogicBench bench(scenario_of({expect("Linux")}));
  for (const char second : std::string_view("54321")) {
    bench.say("\rThe highlighted entry will be executed automatically in ");
    bench.say(std::string(1, second) + "s.").pass(1s);
  }
  EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"});
}

TEST(CaseCountdown, IsSkippedOnceHoweverItsDrawingIsCut) {
  for (const std::size_t size : testing::kCutSizes) {
    LogicBench bench(scenario_of({expect("Linux")}));
    for (const char second : std::string_view("54321")) {
      bench.say_cut("\x1b[24;4HThe highlighted entry will be executed automatically in ", size);
      bench.say_cut(std::string(1, second) + "s.\x1b[24;1H", size).pass(1s);
    }
    EXPECT_EQ(bench.actions(), Lines{"send '\\x0d'"}) << size;
  }
}

TEST(CaseCountdown, ThatComesAgainAfterAResetIsSkippedAgain) {
  LogicBench bench(scenario_of({expect("Linux")}));
  bench.say(kCountdown).pass(1s).reset().pass(100ms).say("\r\n").say(kCountdown).pass(1s);
  EXPECT_EQ(bench.actions().size(), 2U);
}

TEST(CaseCountdown, OfEachLoaderIsSkipped) {
  LogicBench bench(scenario_of({expect("Linux")}));
  bench.say("Press ESC in 5 seconds to skip startup.nsh").pass(1s).say("\r\nGRUB loading.\r\n");
  bench.pass(1s).say(kCountdown).pass(1s);
  EXPECT_EQ(bench.notes(), (Lines{"200 ms: countdown-skipped: EFI shell", "1000 ms: stage: loader",
                                  "2200 ms: countdown-skipped: GRUB"}));
}

TEST(CaseCountdown, OfALoaderThatComesAgainAndAgainIsLeftAloneInTheEnd) {
  LogicBench bench(scenario_of({within(300s, expect("Linux"))}));
  for (int i = 0; i < 10; ++i) {
    bench.say(kCountdown).pass(1s).say("\r\n\x1b[2Jretry\r\n").pass(2s);
  }
  EXPECT_EQ(bench.actions().size(), 3U);
  bench.say(kCountdown).pass(20s);
  EXPECT_LE(bench.tick_count(), 100U);
}

TEST(CaseCountdown, IsLeftToAStepThatMatchesTheMenu) {
  LogicBench bench(scenario_of({expect("executed automatically"), key("down"), expect("Linux")}));
  bench.say(kCountdown);
  EXPECT_EQ(bench.actions(), Lines{"send '\\x1b[B'"});
}

TEST(CaseCountdown, IsLeftAloneWhileAStepDoesNotAwaitOutput) {
  LogicBench bench(
      scenario_of({expect("automatically"), wait_quiet(3s), key("e"), expect("Linux")}));
  bench.say(kCountdown).pass(2900ms);
  EXPECT_EQ(bench.actions(), Lines{});
  bench.pass(100ms);
  EXPECT_EQ(bench.actions(), Lines{"send 'e'"});
}

TEST(CaseCountdown, IsNotSkippedWhereTheScenarioKeepsIt) {
  Scenario scenario = scenario_of({expect("Linux")});
  scenario.skip_countdowns = false;
  LogicBench bench(std::move(scenario));
  bench.say(kCountdown).pass(5s);
  EXPECT_EQ(bench.actions(), Lines{});
}

TEST(CaseCountdown, AMenuWithACountdownIsNoMenuThatWaits) {
  LogicBench bench(scenario_of({expect("Linux")}));
  bench.say("Press enter to boot the selected OS\r\n").say(kCountdown).pass(20s);
  EXPECT_EQ(bench.outcome(), "undecided");
}

}  // namespace
}  // namespace bootproof
