#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/run/logic_bench.h"

// Negative controls: cases that pass only when they fail for one cause.

namespace bootproof {
namespace {

using std::chrono_literals::operator""s;
using testing::expect;
using testing::failing_scenario;
using testing::LogicBench;
using testing::outcomes_however_cut;
using Lines = std::vector<std::string>;

constexpr std::string_view kPanic =
    "[    1.020000] Kernel panic - not syncing: VFS: Unable to mount root fs on "
    "unknown-block(0,0)\r\n";

TEST(ExpectedFailure, PassesForItsCause) {
  LogicBench bench(failing_scenario("firmware.no-bootable-device"));
  bench.say("SeaBIOS (version 1.16.2)\r\nNo bootable device.\r\n");
  EXPECT_EQ(bench.verdict(),
            "passed at 'firmware' for 'firmware.no-bootable-device'\n"
            "failed as it should: the firmware found nothing on the medium that it can boot\n"
            "> No bootable device.\n");
}

TEST(ExpectedFailure, PassesForASettledCause) {
  LogicBench bench(failing_scenario("firmware.fell-to-shell"));
  bench.say("UEFI Interactive Shell v2.2\r\nShell> ");
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.pass(1s);
  EXPECT_EQ(bench.outcome(), "passed firmware.fell-to-shell");
}

TEST(ExpectedFailure, FailsForAnotherCauseAndSaysBoth) {
  LogicBench bench(failing_scenario("firmware.no-bootable-device"));
  bench.say("GRUB loading.\r\ngrub rescue> ").pass(1s);
  EXPECT_EQ(bench.verdict(),
            "failed at 'loader' for 'loader.rescue-prompt'\n"
            "the case was to fail for firmware.no-bootable-device, but failed for "
            "loader.rescue-prompt: GRUB did not find its own files and stopped at the rescue "
            "prompt; expected the failure firmware.no-bootable-device\n"
            "> grub rescue>\n"
            "GRUB's core image looks for its prefix folder on a disk that is not there: embed a "
            "configuration that searches by file or label, or install it for this kind of device");
}

TEST(ExpectedFailure, FailsAtOnceWhenTheKernelStarts) {
  LogicBench bench(failing_scenario("firmware.no-bootable-device"));
  bench.say("Loading Linux 6.1 ...\r\n");
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("[    0.000000] Linux version 6.1.0\r\n");
  EXPECT_EQ(bench.verdict(),
            "failed at 'kernel' for 'case.did-not-fail'\n"
            "the medium was to fail for firmware.no-bootable-device, but its kernel started\n"
            "> Loading Linux 6.1 ...\n"
            "> [    0.000000] Linux version 6.1.0\n"
            "the medium boots here: correct the scenario or the medium");
}

TEST(ExpectedFailure, TheKernelMayStartWhereItIsToFailInTheKernel) {
  LogicBench bench(failing_scenario("kernel.panic.no-root"));
  bench.say("[    0.000000] Linux version 6.1.0\r\n");
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say(kPanic);
  EXPECT_EQ(bench.outcome(), "passed kernel.panic.no-root");
}

TEST(ExpectedFailure, CountsOnlyAfterItsSteps) {
  const Scenario scenario = failing_scenario("kernel.panic.no-root", {expect("md: raid")});
  LogicBench too_early(scenario);
  too_early.say(kPanic);
  EXPECT_EQ(too_early.verdict(),
            "failed at 'kernel' for 'kernel.panic.no-root'\n"
            "the kernel found no root file system: neither an initramfs with /init nor the device "
            "that root= names; step 1 of 1 was waiting for 'md: raid'\n"
            "> [    1.020000] Kernel panic - not syncing: VFS: Unable to mount root fs on "
            "unknown-block(0,0)\n"
            "give the kernel an initrd that it can unpack and that has an executable /init, or a "
            "root= with the driver built in");
  LogicBench after(scenario);
  after.say("[    0.9] md: raid0\r\n").say(kPanic);
  EXPECT_EQ(after.outcome(), "passed kernel.panic.no-root");
}

TEST(ExpectedFailure, AStepMayLookAtTheFailuresOwnLine) {
  for (const std::string_view pattern : {"Kernel panic", "Unable to mount root", "0,0\\)"}) {
    EXPECT_EQ(outcomes_however_cut(
                  failing_scenario("kernel.panic.no-root", {expect(std::string(pattern))}), kPanic),
              Lines{"passed kernel.panic.no-root, 1 steps"})
        << pattern;
  }
}

TEST(ExpectedFailure, DoesNotPassWhenItsStepsDo) {
  LogicBench bench(failing_scenario("kernel.panic.no-root", {expect("login:")}));
  bench.say("login: ");
  EXPECT_EQ(bench.outcome(), "undecided");
  EXPECT_EQ(bench.pass_until_decided(), 30s);
  EXPECT_EQ(bench.verdict(),
            "failed at 'prompt' for 'case.did-not-fail'\n"
            "the medium was to fail for kernel.panic.no-root, but its steps passed and nothing had "
            "failed 30.0 s after the last output\n"
            "> login: \n"
            "the medium boots here: correct the scenario or the medium");
}

TEST(ExpectedFailure, ResetsAndShutdownsCanBeExpectedToo) {
  LogicBench resetting(failing_scenario("machine.reset-loop"));
  resetting.reset().pass(1s).reset().pass(1s).reset();
  EXPECT_EQ(resetting.outcome(), "passed machine.reset-loop");
  LogicBench ending(failing_scenario("machine.shutdown"));
  ending.shut_down().exit(0);
  EXPECT_EQ(ending.outcome(), "passed machine.shutdown");
}

/// A scenario that passes for any of these causes.
Scenario failing_for(Lines causes) {
  Scenario scenario = failing_scenario("");
  scenario.expect_failure->causes = std::move(causes);
  return scenario;
}

TEST(ExpectedFailure, PassesForEachOfSeveralCauses) {
  const Scenario scenario = failing_for({"firmware.no-bootable-device", "loader.*"});
  LogicBench first(scenario);
  first.say("SeaBIOS (version 1.16.2)\r\nNo bootable device.\r\n");
  EXPECT_EQ(first.outcome(), "passed firmware.no-bootable-device");
  LogicBench second(scenario);
  second.say("GRUB loading.\r\ngrub rescue> ").pass(1s);
  EXPECT_EQ(second.outcome(), "passed loader.rescue-prompt");
}

TEST(ExpectedFailure, ForACauseBesideTheGlobsFailsAndNamesAll) {
  LogicBench bench(failing_for({"firmware.no-bootable-device", "loader.*"}));
  bench.say("UEFI Interactive Shell v2.2\r\nShell> ").pass(1s);
  EXPECT_EQ(bench.outcome(), "failed firmware.fell-to-shell");
  EXPECT_EQ(bench.logic().verdict()->message.substr(0, 110),
            "the case was to fail for firmware.no-bootable-device or loader.*, but failed for "
            "firmware.fell-to-shell: the f");
}

TEST(ExpectedFailure, FailsWhenTheKernelStartsOnlyIfNoneOfTheCausesIsTheKernels) {
  constexpr std::string_view kKernel = "[    0.000000] Linux version 6.1.0\r\n";
  struct Row {
    Lines causes;
    const char* outcome;
  };
  for (const Row& row : {Row{{"firmware.*", "loader.rescue-prompt"}, "failed case.did-not-fail"},
                         Row{{"firmware.*", "kernel.*"}, "undecided"},
                         Row{{"firmware.*", "initramfs.*"}, "undecided"},
                         Row{{"firmware.*", "machine.*"}, "undecided"}, Row{{"*"}, "undecided"}}) {
    LogicBench bench(failing_for(row.causes));
    bench.say(kKernel);
    EXPECT_EQ(bench.outcome(), row.outcome) << row.causes.back();
  }
}

TEST(ExpectedFailure, AWatchdogsCauseCanBeMeantByAGlob) {
  LogicBench bench(failing_for({"machine.*"}));
  bench.reset().pass(1s).reset().pass(1s).reset();
  EXPECT_EQ(bench.outcome(), "passed machine.reset-loop");
  LogicBench silent(failing_for({"machine.s*"}));
  silent.pass_until_decided();
  EXPECT_EQ(silent.outcome(), "passed machine.silent");
}

TEST(ExpectedFailure, AnErrorOfTheHostIsNoPass) {
  LogicBench bench(failing_scenario("machine.qemu-exited"));
  bench.exit(1, "qemu: boom");
  EXPECT_EQ(bench.outcome(), "error machine.qemu-exited");
}

}  // namespace
}  // namespace bootproof
