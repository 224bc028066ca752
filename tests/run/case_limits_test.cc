#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::LogicBench;
using testing::scenario_of;
using testing::send;
using testing::wait_quiet;
using testing::within;
using Lines = std::vector<std::string>;

Scenario limited(milliseconds step, milliseconds cell, milliseconds silence,
                 std::vector<Step> steps) {
  Scenario scenario = scenario_of(std::move(steps));
  scenario.limits = {step, cell, silence};
  return scenario;
}

TEST(CaseLimits, AStepHasItsOwnLimit) {
  LogicBench bench(scenario_of({expect("SeaBIOS"), within(5s, expect("login:"))}));
  bench.pass(1s).say("SeaBIOS (version 1.16.2)\r\nmore\r\n");
  EXPECT_EQ(bench.pass_until_decided(), 5s);
  EXPECT_EQ(bench.verdict(),
            "failed at 'firmware' for 'step.no-match'\n"
            "what a step expected did not come within its limit; step 2 of 2 was waiting for "
            "'login:', 5.0 s after the step began\n"
            "> SeaBIOS (version 1.16.2)\n"
            "> more\n"
            "serial.log holds what was printed");
}

TEST(CaseLimits, AStepWithoutOneHasTheScenarios) {
  LogicBench bench(limited(10s, 300s, 30s, {expect("login:")}));
  EXPECT_EQ(bench.pass_until_decided(), 10s);
  EXPECT_EQ(bench.outcome(), "failed step.no-match");
}

TEST(CaseLimits, AStepsLimitBeginsWithTheStep) {
  LogicBench bench(limited(10s, 300s, 30s, {expect("a"), expect("b"), expect("c")}));
  bench.pass(9s).say("a").pass(9s).say("b").pass(9s).say("c");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLimits, WhatComesAtTheLimitItselfStillCounts) {
  LogicBench bench(limited(10s, 300s, 30s, {expect("login:")}));
  bench.pass(9999ms);
  bench.logic().on_console("login:", bench.now() + 1ms);
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseLimits, TheCellsLimitCutsAStepsOff) {
  LogicBench bench(limited(60s, 20s, 30s, {expect("a"), expect("b")}));
  bench.pass(5s).say("a\r\n");
  EXPECT_EQ(bench.pass_until_decided(), 15s);
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'case.limit'\n"
            "the case took longer than its limit; step 2 of 2 was waiting for 'b', 20.0 s after "
            "the start\n"
            "> a\n"
            "serial.log holds what was printed");
}

TEST(CaseLimits, SilenceEndsACaseBeforeItsStepsLimit) {
  LogicBench bench(limited(60s, 300s, 10s, {expect("login:")}));
  bench.pass(5s).say("x\r\n");
  EXPECT_EQ(bench.pass_until_decided(), 10s);
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'machine.silent'\n"
            "nothing came on any console for as long as the silence limit; step 1 of 1 was "
            "waiting for 'login:', 10.0 s after the last output\n"
            "> x\n"
            "screen.png shows what the machine's own screen says");
}

TEST(CaseLimits, SilenceFromTheBeginningIsNamedAsSuch) {
  LogicBench bench(scenario_of({expect("login:")}));
  EXPECT_EQ(bench.pass_until_decided(), 30s);
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'machine.silent'\n"
            "nothing came on any console for as long as the silence limit; step 1 of 1 was "
            "waiting for 'login:', 30.0 s after the last output\n"
            "> (nothing came on the serial line)\n"
            "screen.png shows what the machine's own screen says");
}

TEST(CaseLimits, SilenceAfterTheKernelWasLoadedIsASilentConsole) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("GRUB loading.\r\nLoading Linux 6.1 ...\r\nLoading initial ramdisk ...\r\n");
  EXPECT_EQ(bench.pass_until_decided(), 30s);
  EXPECT_EQ(bench.verdict(),
            "failed at 'kernel-load' for 'kernel.silent-console'\n"
            "nothing more came on the serial line after the loader or EFI stub handed over to the "
            "kernel; step 1 of 1 was waiting for 'login:', 30.0 s after the last output\n"
            "> GRUB loading.\n"
            "> Loading Linux 6.1 ...\n"
            "> Loading initial ramdisk ...\n"
            "name this machine's serial port on the kernel's command line: console=ttyS0 on "
            "x86_64, console=ttyAMA0 on aarch64");
}

TEST(CaseLimits, SilenceIsExplainedByWhatWasRemembered) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say("[    0.000000] Linux version 6.1\r\n");
  bench.say("[    1.000000] Initramfs unpacking failed: write error\r\nother\r\n");
  bench.pass_until_decided();
  EXPECT_EQ(bench.verdict(),
            "failed at 'kernel' for 'initramfs.does-not-fit'\n"
            "the unpacked initramfs does not fit into the machine's memory; step 1 of 1 was "
            "waiting for 'login:', 30.0 s after the last output\n"
            "> [    1.000000] Initramfs unpacking failed: write error\n"
            "give the machine more memory, or make the initramfs smaller");
}

TEST(CaseLimits, AWantedSilenceIsNotHeldAgainstTheNextStep) {
  LogicBench bench(scenario_of({expect("menu"), wait_quiet(40s), send("x"), expect("y")}));
  bench.say("menu\r\n").pass(40s);
  EXPECT_EQ(bench.logic().steps_passed(), 3U);
  bench.pass(29s);
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass_until_decided(), 1s);
  EXPECT_EQ(bench.outcome(), "failed machine.silent");
}

TEST(CaseLimits, QuietThatNeverComesRunsIntoTheStepsLimit) {
  LogicBench bench(limited(5s, 300s, 30s, {wait_quiet(2s)}));
  for (int i = 0; i < 4; ++i) {
    bench.pass(1s).say(".");
  }
  EXPECT_EQ(bench.pass_until_decided(), 1s);
  EXPECT_EQ(bench.verdict(),
            "failed at '' for 'step.no-match'\n"
            "what a step expected did not come within its limit; step 1 of 1 was waiting for "
            "quiet, 5.0 s after the step began\n"
            "> ....\n"
            "serial.log holds what was printed");
}

TEST(CaseLimits, SlownessStretchesEveryLimitAndIsSaid) {
  LogicBench step(limited(10s, 300s, 30s, {expect("a")}), {.slowness = 2.5});
  EXPECT_EQ(step.pass_until_decided(), 25s);
  EXPECT_EQ(step.verdict(),
            "failed at '' for 'step.no-match'\n"
            "what a step expected did not come within its limit; step 1 of 1 was waiting for 'a', "
            "25.0 s after the step began\n"
            "> (nothing came on the serial line)\n"
            "serial.log holds what was printed; limits were multiplied by 2.5 for this host");
  LogicBench cell(limited(60s, 20s, 30s, {expect("a")}), {.slowness = 2.5});
  EXPECT_EQ(cell.pass_until_decided(), 50s);
  EXPECT_EQ(cell.outcome(), "failed case.limit");
  LogicBench silence(limited(60s, 300s, 10s, {expect("a")}), {.slowness = 2.5});
  EXPECT_EQ(silence.pass_until_decided(), 25s);
  EXPECT_EQ(silence.outcome(), "failed machine.silent");
}

TEST(CaseLimits, TheEvidenceIsTheLastLinesOfTheConsole) {
  LogicBench bench(scenario_of({within(1s, expect("login:"))}));
  for (int i = 0; i < 100; ++i) {
    bench.say("line " + std::to_string(i) + "\r\n\r\n");
  }
  bench.pass_until_decided();
  EXPECT_EQ(bench.logic().verdict()->evidence, (Lines{"line 92", "line 93", "line 94", "line 95",
                                                      "line 96", "line 97", "line 98", "line 99"}));
}

TEST(CaseLimits, ALineOfAFloodIsShortenedWhereItIsShown) {
  LogicBench bench(scenario_of({within(1s, expect("never"))}));
  bench.say("a" + std::string(198, 'x') + "\xC3\xA9" + std::string(700, 'x')).pass(2s);
  const std::optional<Verdict>& verdict = bench.logic().verdict();
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->evidence,
            std::vector<std::string>{"a" + std::string(198, 'x') + " [and 702 bytes more]"});
}

TEST(CaseLimits, NewReadsOfTheMediumPutOffTheEndOfASilence) {
  LogicBench bench(limited(300s, 300s, 10s, {expect("login:")}));
  bench.pass(9s);
  bench.logic().on_new_read(bench.now());
  EXPECT_EQ(bench.pass_until_decided(), 10s);
  EXPECT_EQ(bench.outcome(), "failed machine.silent");
}

TEST(CaseLimits, ReadsForEverDoNot) {
  LogicBench bench(limited(300s, 300s, 10s, {expect("login:")}));
  for (int i = 0; i < 39; ++i) {
    bench.pass(1s);
    bench.logic().on_new_read(bench.now());
  }
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass_until_decided(), 1s);
  EXPECT_EQ(bench.outcome(), "failed machine.silent");
}

TEST(CaseLimits, SayWhatWasReadOfTheMedium) {
  LogicBench bench(limited(10s, 300s, 30s, {expect("login:")}));
  MediumReads reads;
  reads.set_map(std::make_shared<const MediumMap>(
      std::vector<NamedRange>{{0, 100U << 10U, "/boot/initrd", "ISO 9660"}}));
  bench.logic().watch_reads(&reads);
  reads.add({0, 61U << 10U}, bench.now());
  bench.pass_until_decided();
  EXPECT_EQ(bench.logic().verdict()->message,
            "what a step expected did not come within its limit; step 1 of 1 was waiting for "
            "'login:', 10.0 s after the step began; reading /boot/initrd 61 % (of 100.0 KiB), no "
            "new reads for 10.0 s");
}

}  // namespace
}  // namespace bootproof
