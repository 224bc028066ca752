#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "tests/run/logic_bench.h"

// Steps that look at what a screen shows: the serial terminal's, and the machine's own.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::key;
using testing::LogicBench;
using testing::scenario_of;
using testing::send;
using testing::wait_quiet;

/// "Boot menu" drawn from its end, as no reader of the stream alone would find it.
constexpr std::string_view kMenuFromItsEnd = "\x1b[3;9Hu\x1b[3;6Hmen\x1b[3;1HBoot \x1b[9;1H";

TEST(CaseScreen, TextDrawnByCursorMotionsMatches) {
  LogicBench bench(scenario_of({expect("Boot menu")}));
  bench.say_cut(kMenuFromItsEnd, 1);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseScreen, TheSerialStreamAloneDoesNotShowIt) {
  LogicBench bench(scenario_of({expect("Boot menu", MatchOn::kSerial)}));
  bench.say(kMenuFromItsEnd);
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseScreen, TextThatIsGoneFromTheScreenIsStillInTheStream) {
  LogicBench on_screen(scenario_of({expect("gone", MatchOn::kScreen)}));
  on_screen.say("gone\x1b[2J\x1b[H");
  EXPECT_EQ(on_screen.outcome(), "undecided");
  LogicBench anywhere(scenario_of({expect("gone")}));
  anywhere.say("gone\x1b[2J\x1b[H");
  EXPECT_EQ(anywhere.outcome(), "passed");
}

TEST(CaseScreen, TextThatStaysOnTheScreenDoesNotSatisfyTheNextStep) {
  LogicBench bench(scenario_of({expect("Boot menu"), expect("Boot menu")}));
  bench.say(kMenuFromItsEnd).say(kMenuFromItsEnd).pass(1s);
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.say("\x1b[2J").say(kMenuFromItsEnd);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseScreen, TextMatchedInTheStreamDoesNotMatchAgainOnTheScreen) {
  LogicBench bench(
      scenario_of({expect("grub>", MatchOn::kSerial), expect("grub>", MatchOn::kScreen)}));
  bench.say("grub>").pass(100ms);
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.say("\r\ngrub>");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseScreen, WhatIsDrawnAfterAMatchInOneReadIsNew) {
  LogicBench bench(scenario_of({expect("GNU GRUB"), expect("Debian", MatchOn::kScreen)}));
  bench.say("\x1b[1;1HGNU GRUB\x1b[3;1HDebian\x1b[9;1H");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseScreen, AStepLooksAtTheMachinesOwnScreenWhenItIsToldTo) {
  LogicBench bench(scenario_of({expect("login:"), expect("Memtest86", MatchOn::kVga)}));
  EXPECT_FALSE(bench.logic().wants_vga());
  bench.say("Memtest86 login:");
  EXPECT_TRUE(bench.logic().wants_vga());
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.say("Memtest86\r\n").pass(1s);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.show("Memtest86+ v6.10\n");
  EXPECT_EQ(bench.outcome(), "passed");
  EXPECT_FALSE(bench.logic().wants_vga());
  EXPECT_EQ(bench.logic().vga_screen(), "Memtest86+ v6.10\n");
}

TEST(CaseScreen, TheMachinesOwnScreenDoesNotSatisfyAStepOnTheSerialLine) {
  LogicBench bench(scenario_of({expect("Memtest86", MatchOn::kSerial)}));
  bench.show("Memtest86+ v6.10\n").pass(1s);
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseScreen, TextThatStaysOnTheMachinesScreenDoesNotSatisfyTheNextStep) {
  LogicBench bench(
      scenario_of({expect("Pass: [0-9]", MatchOn::kVga), expect("Pass: [0-9]", MatchOn::kVga)}));
  bench.show("Pass: 1\n").show("Pass: 1\nTest 2\n").pass(1s);
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.show("Pass: 2\nTest 2\n");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseScreen, AMachinesScreenThatChangesIsOutput) {
  LogicBench bench(scenario_of({testing::within(300s, expect("done", MatchOn::kVga))}));
  bench.pass(29s).show("a").pass(29s).show("b").pass(29s);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.show("b").pass(1s);
  EXPECT_EQ(bench.outcome(), "failed machine.silent");
}

TEST(CaseOwnScreen, IsLookedAtWhenTheSerialLineHasBeenSilent) {
  LogicBench bench(scenario_of({expect("GNU GRUB"), expect("x", MatchOn::kSerial)}));
  EXPECT_EQ(bench.logic().vga_due(), bench.now() + 2s);
  bench.pass(1s).say("BdsDxe: starting\r\n");
  EXPECT_EQ(bench.logic().vga_due(), bench.now() + 2s);
  bench.pass(2s).show("GNU GRUB  version 2.06");
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  EXPECT_EQ(bench.logic().vga_due(), std::nullopt);
}

TEST(CaseOwnScreen, IsAnsweredOnTheKeyboardWhereTheTextStandsThereAlone) {
  LogicBench bench(scenario_of({expect("GNU GRUB"), key("down"), expect("# $", MatchOn::kScreen),
                                send("l S\n"), expect("y")}));
  bench.pass(2s).show("GNU GRUB");
  EXPECT_EQ(bench.actions(), (std::vector<std::string>{"press down"}));
  bench.show("sh# ");
  EXPECT_EQ(bench.actions(),
            (std::vector<std::string>{"press l", "press spc", "press shift-s", "press ret"}));
}

TEST(CaseOwnScreen, IsLeftForTheSerialLineThatSpeaksAgain) {
  LogicBench bench(
      scenario_of({expect("GNU GRUB"), expect("login:"), send("root\n"), expect("y")}));
  bench.pass(2s).show("GNU GRUB").say("login: ");
  EXPECT_EQ(bench.actions(), (std::vector<std::string>{"send 'root\\x0d'"}));
}

TEST(CaseOwnScreen, DoesNotRepeatWhatTheSerialLineHasSaid) {
  LogicBench bench(scenario_of({expect("ready"), expect("ready")}));
  bench.say("ready").pass(2s).show("ready");
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.show("ready\nready");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseOwnScreen, OfBeforeProvesNothingWhileTheSerialLineSpeaks) {
  LogicBench bench(scenario_of({expect("never")}));
  bench.pass(2s).show("grub> ").say("[    0.000000] Linux version 6.1.0\r\n");
  bench.pass(20s);
  EXPECT_EQ(bench.outcome(), "undecided");
}

TEST(CaseScreen, TheScreenIsGivenForTheEvidence) {
  LogicBench bench(scenario_of({expect("x")}));
  bench.say("\x1b[1;3Habc\r\n");
  EXPECT_EQ(bench.logic().screen_text(), "  abc");
  EXPECT_EQ(bench.logic().last_lines(1), "abc");
}

TEST(CaseQuiet, WaitsFromTheLastOutputOn) {
  LogicBench bench(scenario_of({wait_quiet(2s)}));
  bench.pass(1s).say("x").pass(1s).say("y").pass(1999ms);
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass_until_decided(), 1ms);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseQuiet, CountsOnlyFromTheStepsBeginning) {
  LogicBench bench(scenario_of({expect("menu", MatchOn::kVga), wait_quiet(2s), send("x")}));
  bench.say("text").pass(10s).show("menu");
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  bench.pass(1999ms);
  EXPECT_EQ(bench.logic().steps_passed(), 1U);
  EXPECT_EQ(bench.pass_until_decided(), 1ms);
  EXPECT_EQ(bench.outcome(), "passed");
}

}  // namespace
}  // namespace bootproof
