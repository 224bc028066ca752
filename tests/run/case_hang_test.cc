#include <gtest/gtest.h>

#include <optional>

#include "tests/run/logic_bench.h"

namespace bootproof {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::failing_scenario;
using testing::LogicBench;
using testing::reach;
using testing::scenario_of;
using testing::wait_quiet;

TEST(CaseHang, AProofEndsTheCaseAtOnce) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("Booting...\r\n").pass(1200ms);
  bench.logic().on_hang("machine.halted", "", bench.now());
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'machine.halted'\n"
            "the processors are halted for good: no interrupt can wake them; step 1 of 1 was "
            "waiting for 'login:', 1.2 s after the last output\n"
            "> Booting...\n"
            "the evidence says where they stand: code that gives up halts so; look at what was "
            "printed last");
}

TEST(CaseHang, OutputThatCameMeanwhileTakesTheSuspicionAway) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.pass(1200ms).say("Booting...\r\n");
  bench.logic().on_hang("machine.halted", "", bench.now());
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseHang, NothingIsSuspectedWhileNothingIsAwaited) {
  LogicBench bench(scenario_of({wait_quiet(5s), expect("x")}));
  EXPECT_EQ(bench.logic().suspicion_at(), std::nullopt);
}

TEST(CaseHang, AnExpectedSilenceIsAwaited) {
  LogicBench bench(failing_scenario("machine.silent", {expect("x")}));
  EXPECT_EQ(bench.logic().suspicion_at(), std::nullopt);
}

TEST(CaseHang, APromptThatStandsDecidesInItsOwnTime) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("[    1.0] Waiting for root device /dev/sda1...\r\n");
  EXPECT_EQ(bench.logic().suspicion_at(), std::nullopt);
}

TEST(CaseHang, ALineThatExplainsASilenceExplainsAHalt) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("INIT: Id \"S0\" respawning too fast: disabled for 5 minutes\r\n").pass(1500ms);
  bench.logic().on_hang("machine.spins", "", bench.now());
  EXPECT_EQ(bench.outcome(), "failed userspace.respawn-loop");
}

TEST(CaseHang, LastWordsThatStandOnTheScreenAloneProveTheirCause) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("Booting from Hard Disk...\r\n").pass(1200ms);
  bench.logic().on_hang("machine.spins", "Failed to load ldlinux.sys\n", bench.now());
  EXPECT_EQ(bench.outcome(), "failed loader.file-not-found");
}

TEST(CaseHang, WhatAStepWaitsForMayStandOnTheScreenAlone) {
  LogicBench bench(scenario_of({expect("all is done")}));
  bench.say("Booting from Hard Disk...\r\n").pass(1200ms);
  bench.logic().on_hang("machine.halted", "all is done\n", bench.now());
  EXPECT_EQ(bench.outcome(), "passed");
}

constexpr const char* kRespawned = "can't run '/bin/nothing': No such file or directory\r\n";

LogicBench& respawn(LogicBench& bench, int times) {
  for (int i = 0; i < times; ++i) {
    bench.say(kRespawned).pass(1s);
  }
  return bench;
}

TEST(CaseLoop, ALineThatGoesRoundEndsTheCaseBeforeItsLimit) {
  LogicBench bench(scenario_of({expect("login:")}));
  EXPECT_EQ(respawn(bench, 4).outcome(), "undecided");
  EXPECT_EQ(respawn(bench, 1).verdict(),
            "failed at 'userspace' for 'userspace.respawn-loop'\n"
            "init starts a program that can't be run, again and again; step 1 of 1 was waiting for "
            "'login:'\n"
            "> can't run '/bin/nothing': No such file or directory\n"
            "put the program that /etc/inittab names where it is looked for, executable and for "
            "this architecture");
  EXPECT_EQ(bench.certainty(), "likely: the same line again and again, and nothing else");
}

TEST(CaseLoop, AFloodOfItIsNoLossYet) {
  LogicBench bench(scenario_of({expect("login:")}));
  for (int i = 0; i < 100; ++i) {
    bench.say(kRespawned);
  }
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass(1900ms).outcome(), "undecided");
  EXPECT_EQ(bench.pass(100ms).outcome(), "failed userspace.respawn-loop");
}

TEST(CaseLoop, AnotherLineBetweenShowsThatTheBootGetsOn) {
  LogicBench bench(scenario_of({expect("login:")}));
  for (int i = 0; i < 10; ++i) {
    respawn(bench, 3).say("Starting network...\r\n");
  }
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseLoop, KernelMessagesBetweenShowNothing) {
  LogicBench bench(scenario_of({expect("login:")}));
  respawn(bench, 3).say("[    5.123456] random: crng init done\r\n");
  EXPECT_EQ(respawn(bench, 3).outcome(), "failed userspace.respawn-loop");
}

TEST(CaseLoop, NewReadsOfTheMediumShowThatTheBootGetsOn) {
  LogicBench bench(scenario_of({expect("login:")}));
  for (int i = 0; i < 10; ++i) {
    bench.logic().on_new_read(bench.now());
    respawn(bench, 1);
  }
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseLoop, AfterAPromptItIsNoLoss) {
  LogicBench bench(scenario_of({expect("ready")}));
  bench.say("small login: \r\n");
  EXPECT_EQ(respawn(bench, 8).outcome(), "undecided");
}

TEST(CaseLoop, WhatAStepWaitsForIsAwaitedInsteadOfTheLoop) {
  LogicBench bench(scenario_of({wait_quiet(5s), expect("login:")}));
  EXPECT_EQ(respawn(bench, 8).outcome(), "undecided");
}

TEST(CaseLoop, AToleratedCauseIsNone) {
  Scenario scenario = scenario_of({expect("login:")});
  scenario.tolerate = {"userspace.respawn-loop"};
  LogicBench bench(std::move(scenario));
  EXPECT_EQ(respawn(bench, 8).outcome(), "undecided");
}

TEST(CaseLoop, AJobThatSystemdWaitsForIsTheReasonAtTheLimitAlone) {
  LogicBench bench(scenario_of({expect("login:")}));
  for (int i = 1; i < 15; ++i) {
    bench.say("[*     ] Job dev-sdz1.device/start running (3s / no limit)\r\n").pass(500ms);
  }
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass(10min).outcome(), "failed userspace.waits-for-job");
}

TEST(CaseLoop, AJobThatHasEndedIsTheReasonOfNothing) {
  LogicBench bench(scenario_of({expect("login:")}));
  for (int i = 1; i < 15; ++i) {
    bench.say("[*     ] Job dev-sdz1.device/start running (3s / no limit)\r\n").pass(500ms);
  }
  bench.say("[  OK  ] Finished something.\r\n");
  EXPECT_EQ(bench.pass(10min).outcome(), "failed machine.silent");
}

}  // namespace
}  // namespace bootproof
