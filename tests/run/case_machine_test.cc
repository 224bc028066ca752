#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/run/logic_bench.h"

// Resets, the guest's shutdown and QEMU's end.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::LogicBench;
using testing::scenario_of;
using Lines = std::vector<std::string>;

TEST(CaseReset, ThreeWithoutProgressAreALoop) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("Booting\r\n").reset().pass(1s).say("Booting\r\n").reset().pass(1s);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("Booting\r\n").reset();
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'machine.reset-loop'\n"
            "the guest was reset 3 times without getting any further\n"
            "> Booting\n"
            "> Booting\n"
            "> Booting\n"
            "the last lines before the reset tell what fails; a kernel that panics and reboots "
            "can be stopped with panic=0");
}

TEST(CaseReset, ALoopTellsTheFurthestStageOfItsBoots) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("GRUB loading.\r\n").reset().pass(1s).say("x\r\n").reset().pass(1s).reset();
  EXPECT_EQ(bench.verdict().substr(0, bench.verdict().find('\n')),
            "failed at 'loader' for 'machine.reset-loop'");
}

TEST(CaseReset, TwoThatBelongTogetherCountOnce) {
  LogicBench bench(scenario_of({expect("login:")}));
  for (int i = 0; i < 2; ++i) {
    bench.reset().pass(30ms).reset().pass(1s);
  }
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.reset();
  EXPECT_EQ(bench.outcome(), "failed machine.reset-loop");
}

TEST(CaseReset, ALoopIsSeenHoweverFastItTurns) {
  for (const auto period : {1ms, 20ms, 30ms, 70ms, 79ms, 80ms, 81ms, 1000ms}) {
    LogicBench bench(scenario_of({expect("login:")}));
    for (int i = 0; i < 300; ++i) {
      bench.reset().pass(period);
    }
    EXPECT_EQ(bench.outcome(), "failed machine.reset-loop") << period.count() << " ms";
  }
}

TEST(CaseReset, WithStepsInBetweenIsNoLoop) {
  LogicBench bench(scenario_of({expect("1"), expect("2"), expect("3"), expect("4")}));
  for (const char* stage : {"1", "2", "3"}) {
    bench.reset().pass(1s).reset().pass(1s).say(stage);
  }
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.logic().steps_passed(), 3U);
}

TEST(CaseReset, TheStageBeginsAgain) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("[    0.000000] Linux version 6.1\r\nCommand line:\r\n").pass(1s).reset();
  EXPECT_EQ(bench.logic().stage(), Stage::kNone);
  bench.pass(1s).say("SeaBIOS (version 1.16.2)\r\n");
  EXPECT_EQ(bench.notes(), (Lines{"0 ms: stage: kernel", "1000 ms: reset: the guest was reset",
                                  "2000 ms: stage: firmware"}));
}

TEST(CaseShutdown, BeforeTheLastStepIsAFailure) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("reboot: Power down\r\n").shut_down();
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.exit(0);
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'machine.shutdown'\n"
            "the guest powered itself off before its steps were done; step 1 of 1 was waiting for "
            "'login:'\n"
            "> reboot: Power down\n"
            "look at the last lines of serial.log for the reason");
}

TEST(CaseShutdown, TheLastWordsStillCount) {
  LogicBench bench(scenario_of({expect("Power down")}));
  bench.shut_down().say("reboot: Power down\r\n").exit(0);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseShutdown, IsExplainedByTheFailureBeforeIt) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("Kernel panic - not syncing: Attempted to kill init!").shut_down().exit(0);
  EXPECT_EQ(bench.outcome(), "failed kernel.panic.init-died");
}

TEST(CaseExit, OfQemuIsAnErrorThatQuotesIt) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("SeaBIOS (version 1.16.2)\r\n").exit(1, "qemu: could not open disk");
  EXPECT_EQ(bench.verdict(),
            "error at 'firmware' for 'machine.qemu-exited'\n"
            "QEMU ended by itself with exit code 1\n"
            "> qemu: could not open disk\n"
            "qemu.log holds what QEMU printed; repro.sh starts the same machine by hand");
}

TEST(CaseExit, WithoutAWordHasNoEvidence) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.exit(139);
  EXPECT_EQ(bench.verdict(),
            "error at '' for 'machine.qemu-exited'\n"
            "QEMU ended by itself with exit code 139\n"
            "> \n"
            "qemu.log holds what QEMU printed; repro.sh starts the same machine by hand");
}

}  // namespace
}  // namespace bootproof
