#include "harness/run/case_logic.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::key;
using testing::LogicBench;
using testing::outcomes_however_cut;
using testing::scenario_of;
using testing::send;
using testing::wait_quiet;
using Lines = std::vector<std::string>;

TEST(CaseLogic, StepsPassInOrder) {
  LogicBench bench(scenario_of({expect("GRUB"), send("linux\n"), expect("login:")}));
  bench.say("login: ");  // Not yet.
  EXPECT_EQ(bench.logic().steps_passed(), 0U);
  bench.say("\nGNU GRUB\n");
  EXPECT_EQ(bench.logic().steps_passed(), 2U);
  EXPECT_EQ(bench.actions(), Lines{"send 'linux\\x0d'"});
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("login: ");
  EXPECT_EQ(bench.verdict(), "passed at 'prompt' for ''\n3 steps passed\n> \n");
}

TEST(CaseLogic, StepsThatTheSameReadSatisfiesAllPass) {
  LogicBench bench(scenario_of({expect("one"), expect("two"), expect("three")}));
  bench.say("one two\nthree");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLogic, TextBeforeThePreviousMatchDoesNotCount) {
  LogicBench bench(scenario_of({expect("second"), expect("first")}));
  bench.say("first\nsecond\n");
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.say("first\n");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLogic, OneTextSatisfiesOneStep) {
  LogicBench bench(scenario_of({expect("grub>"), expect("grub>")}));
  bench.say("grub>");
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.say(" ls\r\n(hd0)\r\ngrub>");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLogic, AllPatternsOfAStepMayComeInAnyOrder) {
  LogicBench bench(scenario_of({testing::expect_all({"eth0", "sda"})}));
  bench.say("sda found\n");
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("eth0 found\n");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLogic, WhatComesAfterTheVerdictChangesNothing) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("login: ");
  const std::string verdict = bench.verdict();
  const CaseLogic::Time decided_at = bench.logic().decided_at();
  bench.pass(5s).say("Kernel panic - not syncing: Attempted to kill init!\n").reset().exit(1);
  bench.say_on_debug_port("No bootable device.\n").show("x").pass(1000s);
  EXPECT_EQ(bench.verdict(), verdict);
  EXPECT_EQ(bench.logic().decided_at(), decided_at);
}

TEST(CaseLogic, APatternThatDoesNotCompileIsAScenarioError) {
  try {
    const LogicBench bench(scenario_of({expect("login(")}));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kScenario);
    EXPECT_THAT(error.message(), ::testing::HasSubstr("bad pattern 'login('"));
  }
}

TEST(CaseLogic, NotesTellEachStepWithItsMatchAndDuration) {
  LogicBench bench(scenario_of({expect("log[a-z]+"), send("root\n"), key("enter"),
                                wait_quiet(300ms), expect("#", MatchOn::kSerial)}));
  bench.pass(200ms).say("login: ");
  bench.pass(500ms).say("\n# ");
  EXPECT_EQ(bench.notes(),
            (Lines{"200 ms: stage: prompt",
                   "200 ms: step-passed 1: expect 'log[a-z]+', match 'login', 200 ms",
                   "200 ms: step-passed 2: send 'root\n', match '', 0 ms",
                   "200 ms: step-passed 3: key enter, match '', 0 ms",
                   "500 ms: step-passed 4: wait_quiet 300 ms, match '', 300 ms",
                   "700 ms: step-passed 5: expect '#', match '#', 200 ms"}));
  EXPECT_EQ(bench.notes(), Lines{});
}

TEST(CaseLogic, NotesTellStages) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("SeaBIOS (version 1.16.2)\n").pass(1s).say("Booting from DVD/CD...\n");
  EXPECT_EQ(bench.notes(), (Lines{"0 ms: stage: firmware", "1000 ms: stage: boot-device"}));
  EXPECT_EQ(bench.logic().stage(), Stage::kBootDevice);
}

TEST(CaseLogic, AMatchIsDecidedTheSameHoweverBytesAreCut) {
  const std::string boot =
      "\x1b[2JSeaBIOS\r\nGNU GRUB  version 2.06\r\n\x1b[5;3HDebian\x1b[0m\r\n"
      "Linux version 6.1\r\nlogin: ";
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("GNU GRUB +version"), expect("Debian"),
                                              expect("^Linux version"), expect("login: $")}),
                                 boot),
            Lines{"passed, 4 steps"});
}

TEST(CaseLogic, AMatchOverSeveralLinesIsDecidedTheSameHoweverBytesAreCut) {
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("one\\ntwo\\nthr")}), "one\r\ntwo\r\nthree"),
            Lines{"passed, 1 steps"});
}

TEST(CaseLogic, ALineLongerThanAReadIsSearchedAsAWhole) {
  const std::string line = "begin" + std::string(20'000, '.') + "\n";
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("begin"), expect("end")}), line + "end\n"),
            Lines{"passed, 2 steps"});
}

TEST(CaseLogic, AReadOfAnyLengthIsSearchedAsAWhole) {
  LogicBench bench(scenario_of({expect("begin"), expect("end")}));
  bench.say("begin" + std::string(2U << 20U, '.') + "end" + std::string(2U << 20U, '.'));
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLogic, AFailureBeforeTheExpectedTextLosesHoweverBytesAreCut) {
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("login:")}),
                                 "Kernel panic - not syncing: Attempted to kill init!\nlogin: "),
            Lines{"failed kernel.panic.init-died, 0 steps"});
}

TEST(CaseLogic, AFailureAfterTheExpectedTextPassesHoweverBytesAreCut) {
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("login:")}),
                                 "login: \nKernel panic - not syncing: Attempted to kill init!\n"),
            Lines{"passed, 1 steps"});
}

TEST(CaseLogic, OrderIsKeptWhereCursorMotionsEndTheLines) {
  const Scenario scenario = scenario_of({expect("Shell>")});
  const std::string_view failure =
      "\x1b[5;1HBdsDxe: No bootable option or device was found.\x1b[6;1H";
  EXPECT_EQ(outcomes_however_cut(scenario, std::string(failure) + "Shell> \r\n"),
            Lines{"failed firmware.no-bootable-device, 0 steps"});
  EXPECT_EQ(outcomes_however_cut(scenario, "Shell> " + std::string(failure) + "\r\n"),
            Lines{"passed, 1 steps"});
}

TEST(CaseLogic, TextOnTheScreenBeforeAFailurePassesHoweverBytesAreCut) {
  // On the serial line another word stands between the two; on the screen they are neighbours.
  const std::string menu = "\x1b[5;8Hboot\x1b[7;1Hor\x1b[5;1HPlease \x1b[8;1H\r\n";
  const std::string failure = "\x1b[20;1HNo bootable device.\r\nend\r\n";
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("Please boot")}), menu + failure),
            Lines{"passed, 1 steps"});
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("Please boot")}), failure + menu),
            Lines{"failed firmware.no-bootable-device, 0 steps"});
}

}  // namespace
}  // namespace bootproof
