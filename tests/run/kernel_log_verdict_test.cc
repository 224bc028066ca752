#include "harness/run/kernel_log_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/run/logic_bench.h"

namespace bootproof {
namespace {

using testing::failing_scenario;
using Lines = std::vector<std::string>;

KernelLog log_of(const Lines& lines) {
  KernelLog log;
  log.release = "6.1.0";
  for (const std::string& line : lines) {
    KernelLogRecord record;
    record.text = line;
    log.records.push_back(record);
  }
  return log;
}

Verdict silent_at(std::string stage, std::string cause = "machine.silent") {
  Verdict verdict;
  verdict.outcome = Outcome::kFailed;
  verdict.stage = std::move(stage);
  verdict.message =
      "nothing came on any console for as long as the silence limit; step 1 of 1 was "
      "waiting for 'x', 5.0 s after the start";
  if (cause != "machine.silent") {
    verdict.message = "step 1 of 1 was waiting for 'x'";
  }
  verdict.cause = std::move(cause);
  verdict.hint = "look";
  verdict.evidence = {"Booting from ROM..."};
  return verdict;
}

const Lines kSilent{"Linux version 6.1.0", "Kernel command line: console=tty1 quiet",
                    "Run /init as init process", "input: a mouse"};

TEST(KernelLogVerdict, NamesTheSilentConsole) {
  const Verdict verdict = judge_by_kernel_log(silent_at("boot-device"), log_of(kSilent), Scenario{},
                                              {}, "ttyS0", false);
  EXPECT_EQ(verdict.outcome, Outcome::kFailed);
  EXPECT_EQ(verdict.stage, "initramfs");
  EXPECT_EQ(verdict.cause, "kernel.silent-console");
  EXPECT_EQ(verdict.message,
            "the kernel runs and printed nothing on the serial line: its log, read from the "
            "guest's memory, shows that it started /init; step 1 of 1 was waiting for 'x', 5.0 s "
            "after the start");
  EXPECT_EQ(verdict.hint,
            "the command line says console=tty1, this machine's serial port is ttyS0: put "
            "console=ttyS0 last; the kernel's log (kernel-log.txt) shows that it started /init");
  EXPECT_EQ(verdict.evidence,
            (Lines{"Booting from ROM...",
                   "(guest memory) [    0.000000] Kernel command line: console=tty1 quiet",
                   "(guest memory) [    0.000000] Run /init as init process",
                   "(guest memory) [    0.000000] input: a mouse"}));
}

TEST(KernelLogVerdict, GivesTheCauseThatTheLogProves) {
  Lines lines = kSilent;
  lines.emplace_back("Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000100");
  const Verdict verdict =
      judge_by_kernel_log(silent_at("kernel-load"), log_of(lines), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(verdict.cause, "kernel.panic.init-died");
  EXPECT_EQ(verdict.message,
            "the first process ended; step 1 of 1 was waiting for 'x', 5.0 s after the start");
  EXPECT_EQ(verdict.evidence, Lines{"(guest memory) [    0.000000] Kernel panic - not syncing: "
                                    "Attempted to kill init! exitcode=0x00000100"});
  EXPECT_TRUE(verdict.hint.ends_with("put console=ttyS0 last")) << verdict.hint;
}

TEST(KernelLogVerdict, GivesACauseThoughTheKernelWasHeard) {
  const Lines lines{"Linux version 6.1.0", "Waiting for root device /dev/sda..."};
  const Verdict verdict = judge_by_kernel_log(silent_at("kernel", "step.no-match"), log_of(lines),
                                              Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(verdict.cause, "kernel.waits-for-root");
}

TEST(KernelLogVerdict, TakesASilentConsoleForASilence) {
  const Lines lines{"Linux version 6.1.0", "Waiting for root device /dev/sda...",
                    "usb 1-1: new device"};
  const Verdict verdict = judge_by_kernel_log(silent_at("kernel-load", "kernel.silent-console"),
                                              log_of(lines), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(verdict.cause, "kernel.waits-for-root");
}

TEST(KernelLogVerdict, StaysWhereTheKernelWasHeardAndTheLogProvesNothing) {
  const Verdict before = silent_at("initramfs", "step.no-match");
  const Verdict after =
      judge_by_kernel_log(before, log_of(kSilent), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(after.cause, before.cause);
  EXPECT_EQ(after.message, before.message);
  EXPECT_EQ(after.evidence, before.evidence);
}

TEST(KernelLogVerdict, StaysWhereTheConsoleProvedACause) {
  Lines lines{"Linux version 6.1.0", "Kernel panic - not syncing: Attempted to kill init!"};
  const Verdict after = judge_by_kernel_log(silent_at("kernel", "kernel.panic.no-root"),
                                            log_of(lines), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(after.cause, "kernel.panic.no-root");
}

TEST(KernelLogVerdict, StaysWhereItIsTheExpectedOne) {
  const Scenario scenario = failing_scenario("machine.silent");
  const Verdict after =
      judge_by_kernel_log(silent_at("boot-device"), log_of(kSilent), scenario, {}, "ttyS0", false);
  EXPECT_EQ(after.cause, "machine.silent");
}

TEST(KernelLogVerdict, PassesAControlThatExpectsWhatTheLogProves) {
  const Scenario scenario = failing_scenario("kernel.silent-console");
  const Verdict after =
      judge_by_kernel_log(silent_at("boot-device"), log_of(kSilent), scenario, {}, "ttyS0", true);
  EXPECT_EQ(after.outcome, Outcome::kPassed);
  EXPECT_EQ(after.cause, "kernel.silent-console");
}

TEST(KernelLogVerdict, PassesOverWhatTheScenarioTolerates) {
  const Lines tolerated{"kernel.panic.init-died"};
  Lines lines = kSilent;
  lines.emplace_back("Kernel panic - not syncing: Attempted to kill init!");
  EXPECT_EQ(judge_by_kernel_log(silent_at("kernel-load"), log_of(lines), Scenario{}, tolerated,
                                "ttyS0", false)
                .cause,
            "kernel.panic");
}

TEST(KernelLogVerdict, DoesNotBlameTheConsoleForQuiet) {
  Lines lines = kSilent;
  lines[1] = "Kernel command line: console=tty0 console=ttyS0,115200 quiet";
  const Verdict after =
      judge_by_kernel_log(silent_at("boot-device"), log_of(lines), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(after.cause, "machine.silent");
  EXPECT_EQ(after.hint,
            "the command line says console=tty0 console=ttyS0,115200, which is this machine's "
            "serial port, and `quiet`, which holds the kernel's messages back: take `quiet` away "
            "to see them; the kernel's log (kernel-log.txt) shows that it started /init");
}

TEST(KernelLogVerdict, SaysWhyAGuestIsResetAgainAndAgain) {
  Verdict loop = silent_at("kernel", "machine.reset-loop");
  loop.message = "the guest was reset 3 times without getting any further";
  Lines lines = kSilent;
  EXPECT_EQ(judge_by_kernel_log(loop, log_of(lines), Scenario{}, {}, "ttyS0", false).cause,
            "machine.reset-loop");
  lines.emplace_back(
      "Kernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)");
  const Verdict judged = judge_by_kernel_log(loop, log_of(lines), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(judged.cause, "kernel.panic.no-root");
  EXPECT_THAT(judged.message, ::testing::EndsWith(loop.message));
  EXPECT_EQ(judged.certainty, Certainty::kLikely);
  EXPECT_THAT(judged.basis, ::testing::EndsWith("left from before a reset"));
}

TEST(KernelLogVerdict, LeavesWhatTheProcessorsProvedAsCertainAsItIs) {
  Verdict halted = silent_at("boot-device", "machine.halted");
  halted.rest_on(Certainty::kCertain, "the state of all processors");
  const Verdict after =
      judge_by_kernel_log(halted, log_of(kSilent), Scenario{}, {}, "ttyS0", false);
  EXPECT_EQ(after.cause, "machine.halted");
  EXPECT_EQ(after.certainty, Certainty::kCertain);
  EXPECT_EQ(after.basis, "the state of all processors");
  EXPECT_THAT(after.evidence, ::testing::Contains(::testing::HasSubstr("Run /init as init")));
}

TEST(ConsoleHint, ComparesTheCommandLineWithTheMachine) {
  EXPECT_EQ(console_hint("root=/dev/sda", "ttyAMA0"),
            "the command line has no console=, this machine's serial port is ttyAMA0: add "
            "console=ttyAMA0");
  EXPECT_EQ(console_hint("", "ttyS0"),
            "this machine's serial port is ttyS0: name it on the kernel's command line, last: "
            "console=ttyS0");
  EXPECT_EQ(console_hint("console=ttyS0 console=tty1", "ttyS0"),
            "the command line says console=ttyS0 console=tty1: what /init prints goes to the last "
            "one, this machine's serial port is ttyS0: put console=ttyS0 last");
  EXPECT_EQ(console_hint("console=ttyS0,9600", "ttyS0"),
            "the command line says console=ttyS0,9600, which is this machine's serial port: the "
            "kernel may lack its driver");
}

TEST(KernelLogVerdict, IsWantedWhereTheKernelMayHaveMoreToSay) {
  EXPECT_TRUE(wants_kernel_log(silent_at("")));
  EXPECT_TRUE(wants_kernel_log(silent_at("kernel", "kernel.panic")));
  EXPECT_FALSE(wants_kernel_log(silent_at("loader", "loader.rescue-prompt")));
  Verdict passed = silent_at("kernel");
  passed.outcome = Outcome::kPassed;
  EXPECT_FALSE(wants_kernel_log(passed));
}

/// A shell whose console is a port that the machine lacks reads nothing and ends.
TEST(KernelLogVerdict, BlamesAConsoleThatIsNotThereForTheEndOfInit) {
  const auto judged = [](const std::string& console) {
    const Lines lines{"Linux version 6.1.0", "Kernel command line: console=" + console,
                      "Run /init as init process",
                      "Kernel panic - not syncing: Attempted to kill init! exitcode=0x00000000"};
    return judge_by_kernel_log(silent_at("kernel-load"), log_of(lines), Scenario{}, {}, "ttyS0",
                               false);
  };
  EXPECT_EQ(judged("ttyS1,115200").cause, "kernel.silent-console");
  EXPECT_EQ(judged("ttyS1,115200").stage, "initramfs");
  EXPECT_EQ(judged("tty0").cause, "kernel.panic.init-died");
  EXPECT_EQ(judged("ttyS0").cause, "kernel.panic.init-died");
}

}  // namespace
}  // namespace bootproof
