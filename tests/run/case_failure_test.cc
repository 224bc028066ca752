#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"

// What ends a case as lost: signatures that are certain, and prompts that stay.

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

constexpr std::string_view kPanic =
    "[    1.020000] Kernel panic - not syncing: VFS: Unable to mount root fs on "
    "unknown-block(0,0)\r\n";

TEST(CaseFailure, ACertainSignatureEndsTheCaseAtOnceWithItsEvidence) {
  LogicBench bench(scenario_of({expect("SeaBIOS"), expect("login:")}));
  bench.say("SeaBIOS (version 1.16.2)\r\n").pass(1s).say("No bootable device.\r\n");
  EXPECT_EQ(bench.verdict(),
            "failed at 'firmware' for 'firmware.no-bootable-device'\n"
            "the firmware found nothing on the medium that it can boot; step 2 of 2 was waiting "
            "for 'login:'\n"
            "> No bootable device.\n"
            "for a CD: an El Torito entry with platform ID 0 and a boot image; for a disk or "
            "stick: boot code and the signature 0xAA55 in the first sector");
  EXPECT_EQ(bench.logic().decided_at(), bench.now());
}

TEST(CaseFailure, AFailureIsFoundOnTheDebugPort) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say_on_debug_port("Booting from DVD/CD...\n").say_on_debug_port("No bootable device.\n");
  bench.pass(200ms);
  EXPECT_EQ(bench.outcome(), "failed firmware.no-bootable-device");
}

TEST(CaseFailure, AFailureIsFoundOnTheMachinesScreen) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.show("SeaBIOS (version 1.16.2)\nNo bootable device.\n").pass(100ms);
  EXPECT_EQ(bench.outcome(), "failed firmware.no-bootable-device");
}

TEST(CaseFailure, ALineThatStaysOpenIsNoLessCertain) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("No bootable device.");
  bench.pass(200ms);
  EXPECT_EQ(bench.outcome(), "failed firmware.no-bootable-device");
}

TEST(CaseFailure, WhatAStepExpectsIsNoFailureHoweverBytesAreCut) {
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("Kernel panic")}), kPanic),
            Lines{"passed, 1 steps"});
  EXPECT_EQ(outcomes_however_cut(scenario_of({expect("Unable to mount root")}), kPanic),
            Lines{"passed, 1 steps"});
  EXPECT_EQ(
      outcomes_however_cut(scenario_of({expect("root fs on unknown-block\\(0,0\\)")}), kPanic),
      Lines{"passed, 1 steps"});
}

TEST(CaseFailure, WhatAStepHasMatchedIsNoFailureOfTheStepsAfterIt) {
  const std::string text = std::string(kPanic) + "[    1.03] ---[ end Kernel panic ]---\r\n";
  for (const std::string_view pattern :
       {"Kernel panic", "Unable to mount root", "\\(0,0\\)", "Kernel panic - .*"}) {
    const Scenario scenario =
        scenario_of({expect(std::string(pattern)), expect("end Kernel"), expect("login:")});
    EXPECT_EQ(outcomes_however_cut(scenario, text), Lines{"undecided, 2 steps"}) << pattern;
  }
}

TEST(CaseFailure, WhatAStepHasMatchedIsNoFailureOnTheScreenEither) {
  LogicBench bench(scenario_of({expect("No bootable"), expect("Retrying")}));
  bench.say("No bootable device.\r\n").show("No bootable device.\n");
  bench.say_on_debug_port("No bootable device.\n").pass(1s);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("Retrying in 60 seconds.\r\n");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseFailure, WhatAStepExpectsIsNoFailureWhenTheDebugPortSaysItFirst) {
  LogicBench bench(scenario_of({expect("No bootable device")}));
  bench.say_on_debug_port("No bootable device.\n").pass(10ms).say("No bootable device.\r\n");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseFailure, AnotherFailureThanTheMatchedOneStillEndsTheCase) {
  LogicBench bench(scenario_of({expect("No bootable"), expect("login:")}));
  bench.say("No bootable device.\r\n").say("GRUB loading.\r\n").say(kPanic);
  EXPECT_EQ(bench.outcome(), "failed kernel.panic.no-root");
}

TEST(CaseFailure, AStepThatMatchedElsewhereToleratesNothing) {
  LogicBench bench(scenario_of({expect("Linux"), expect("login:")}));
  bench.say("Linux version 6.1\r\n").say(kPanic);
  EXPECT_EQ(bench.outcome(), "failed kernel.panic.no-root");
}

TEST(CaseFailure, ToleratedCausesDoNotEndTheCase) {
  Scenario scenario = scenario_of({expect("login:")});
  scenario.tolerate = {"firmware.no-bootable-device", "loader.command-prompt"};
  LogicBench bench(std::move(scenario));
  bench.say("No bootable device.\r\ngrub>").pass(20s);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("\r\nlogin: ");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseFailure, APromptIsAFailureOnlyAfterQuiet) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("grub>").pass(700ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say(" ").pass(700ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass_until_decided(), 100ms);
  EXPECT_EQ(bench.verdict(),
            "failed at 'loader' for 'loader.command-prompt'\n"
            "GRUB found no menu and waits at its command prompt; step 1 of 1 was waiting for "
            "'login:'\n"
            "> grub>\n"
            "put grub.cfg where GRUB looks for it: `set` at this prompt shows `prefix`");
}

TEST(CaseFailure, APromptThatGoesOnIsNoFailure) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("grub>").pass(700ms).say(" linux\r\nLinux version 6.1\r\n").pass(20s);
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseFailure, APromptIsNoFailureWhileAStepDoesNotAwaitOutput) {
  LogicBench bench(scenario_of({expect("grub>"), wait_quiet(5s), expect("login:")}));
  bench.say("grub>").pass(4999ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass_until_decided(), 801ms);
  EXPECT_EQ(bench.outcome(), "failed loader.command-prompt");
}

TEST(CaseFailure, AnAnswerToAPromptGetsTheTimeToShow) {
  LogicBench bench(scenario_of({expect("grub>"), wait_quiet(5s), send("boot\n"), expect("Linux")}));
  bench.say("grub>").pass(5s);
  EXPECT_EQ(bench.actions(), Lines{"send 'boot\\x0d'"});
  bench.pass(500ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("boot\r\nLinux version 6.1\r\n");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseFailure, AnAnswerThatLeavesThePromptStandingIsAFailureAfterItsTime) {
  LogicBench bench(scenario_of({expect("grub>"), wait_quiet(5s), key("esc"), expect("Linux")}));
  bench.say("grub>").pass(5s);
  EXPECT_EQ(bench.pass_until_decided(), 800ms);
  EXPECT_EQ(bench.outcome(), "failed loader.command-prompt");
}

TEST(CaseFailure, SlownessStretchesTheQuiet) {
  LogicBench bench(scenario_of({expect("login:")}), {.slowness = 4.0});
  bench.say("grub>");
  EXPECT_EQ(bench.pass_until_decided(), 3200ms);
}

TEST(CaseFailure, HostileBytesStayInTheVerdictAsTheyAre) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("\xff\x1b]0;title\x07\xfe[    1.0] Kernel panic - not syncing: \xc0\x80 x\r\n");
  EXPECT_EQ(bench.outcome(), "failed kernel.panic");
}

}  // namespace
}  // namespace bootproof
