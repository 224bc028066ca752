#include "harness/run/cpu_verdict.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "harness/run/kernel_prod.h"

namespace bootproof {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Verdict failed(const std::string& cause, const std::string& stage = "loader") {
  Verdict verdict;
  verdict.outcome = Outcome::kFailed;
  verdict.stage = stage;
  verdict.cause = cause;
  verdict.message = "silence; step 1 of 1 was waiting for 'x', 30.0 s after the last output";
  verdict.evidence = {"last words"};
  return verdict;
}

CpuFindings one(CpuActivity activity, std::uint64_t address, CpuMode mode = CpuMode::kReal) {
  CpuHistory cpu;
  cpu.activity = activity;
  cpu.last.address = address;
  cpu.last.counter = address;
  cpu.last.mode = mode;
  cpu.lowest = address;
  cpu.highest = address;
  CpuFindings findings;
  findings.cpus = {cpu};
  return findings;
}

TEST(CpuVerdict, ASilenceOfProcessorsThatAreHaltedForGoodIsMachineHalted) {
  const Verdict judged = judge_by_cpus(failed("step.no-match"),
                                       one(CpuActivity::kHaltedForGood, 0x7C02), Scenario(), false);
  EXPECT_EQ(judged.cause, "machine.halted");
  EXPECT_EQ(judged.stage, "loader");
  EXPECT_THAT(judged.message, HasSubstr("step 1 of 1 was waiting for 'x'"));
  EXPECT_THAT(judged.evidence,
              ElementsAre("last words",
                          "CPU 0 halted with interrupts off at 0x7c02 (boot sector), real mode: "
                          "nothing can wake it"));
}

TEST(CpuVerdict, OnlyALongSilenceMakesAProcessorInOnePlaceTheCause) {
  const CpuFindings spins = one(CpuActivity::kSpins, 0x7C00);
  EXPECT_EQ(judge_by_cpus(failed("machine.silent"), spins, Scenario(), false).cause,
            "machine.spins");
  EXPECT_EQ(judge_by_cpus(failed("step.no-match"), spins, Scenario(), false).cause,
            "step.no-match");
}

TEST(CpuVerdict, AKernelThatSpinsHangsAndItsFunctionIsNamed) {
  CpuFindings findings = one(CpuActivity::kSpins, 0xFFFFFFFF8103A2B4, CpuMode::kLong);
  findings.symbols = {"calibrate_delay+0x4"};
  const Verdict judged =
      judge_by_cpus(failed("machine.silent", "kernel"), findings, Scenario(), false);
  EXPECT_EQ(judged.cause, "kernel.hangs");
  EXPECT_EQ(judged.evidence.back(),
            "CPU 0 spins at 0xffffffff8103a2b4 calibrate_delay+0x4 (kernel), long mode: it stood "
            "there each time, interrupts off");
}

TEST(CpuVerdict, AKernelThatIsIdleKeepsItsCause) {
  const Verdict judged =
      judge_by_cpus(failed("machine.silent", "initramfs"),
                    one(CpuActivity::kIdle, 0xFFFFFFFF8103A2B4, CpuMode::kLong), Scenario(), false);
  EXPECT_EQ(judged.cause, "machine.silent");
  EXPECT_EQ(judged.evidence.size(), 2U);
}

TEST(CpuVerdict, WhatALineProvedAndWhatIsExpectedStays) {
  const CpuFindings halted = one(CpuActivity::kHaltedForGood, 0x7C02);
  const Verdict proved = judge_by_cpus(failed("kernel.panic.no-root"), halted, Scenario(), false);
  EXPECT_EQ(proved.cause, "kernel.panic.no-root");
  EXPECT_THAT(proved.evidence, ElementsAre("last words"));
  Scenario scenario;
  scenario.expect_failure.emplace();
  scenario.expect_failure->causes = {"machine.silent"};
  EXPECT_EQ(judge_by_cpus(failed("machine.silent"), halted, scenario, false).cause,
            "machine.silent");
}

TEST(CpuVerdict, ALoopOfTripleFaultsIsNamed) {
  CpuState cpu;
  cpu.address = 0x7C09;
  cpu.counter = 0x7C09;
  CpuFindings findings;
  findings.resets = {{true, {cpu}}, {true, {cpu}}};
  const Verdict named =
      judge_by_cpus(failed("machine.reset-loop", ""), findings, Scenario(), false);
  EXPECT_EQ(named.cause, "machine.triple-fault");
  EXPECT_EQ(named.stage, "boot-device");
  findings.resets = {{false, {cpu}}, {false, {cpu}}};
  const Verdict judged = judge_by_cpus(failed("machine.reset-loop"), findings, Scenario(), false);
  EXPECT_EQ(judged.cause, "machine.reset-loop");
  EXPECT_EQ(judged.evidence.back(), "CPU 0 was reset at 0x7c09 (boot sector), real mode");
}

TEST(KernelProd, NamesBlockedTasksAndTheFirstProcessWithWhereTheyWait) {
  EXPECT_THAT(
      prod_evidence("[    5.6] sysrq: Show Blocked State\r\n"
                    "[    5.7] task:kworker/0:1     state:D stack:0     pid:9     ppid:2\r\n"
                    "[    5.7] Call Trace:\r\n[    5.7]  <TASK>\r\n"
                    "[    5.7]  __schedule+0x34d/0xa00\r\n"
                    "[    5.7]  ? mas_store_prealloc+0x6b/0xe0\r\n"
                    "[    5.7]  blk_mq_freeze+0x1/0x2\r\n[    5.7]  </TASK>\r\n"
                    "[    5.8] task:kthreadd        state:S stack:0     pid:2     ppid:0\r\n"
                    "[    5.8]  kthreadd+0x1/0x2\r\n"
                    "[    5.8] task:sleep           state:S stack:0     pid:1     ppid:0\r\n"
                    "[    5.8]  do_nanosleep+0x7b/0x140\r\n"),
      ElementsAre("SysRq: task kworker/0:1 (pid 9) is blocked, in __schedule, blk_mq_freeze",
                  "SysRq: task sleep (pid 1) is waiting, in do_nanosleep"));
}

TEST(KernelProd, ReadsTheColumnsOfOlderKernels) {
  EXPECT_THAT(
      prod_evidence("[    5.8] task:kthreadd        state:S stack:    0 pid:    2 ppid:     0\r\n"
                    "[    5.8]  kthreadd+0x1/0x2\r\n"
                    "[    5.8] task:sleep           state:S stack:    0 pid:    1 ppid:     0\r\n"
                    "[    5.8]  do_nanosleep+0x7b/0x140\r\n"
                    "[    5.9] task:mount           state:D stack:    0 pid:  345 ppid:     1\r\n"
                    "[    5.9]  io_schedule+0x1/0x2\r\n"),
      ElementsAre("SysRq: task sleep (pid 1) is waiting, in do_nanosleep",
                  "SysRq: task mount (pid 345) is blocked, in io_schedule"));
}

TEST(KernelProd, TellsThatTheMaskForbidsDumps) {
  EXPECT_THAT(prod_evidence("[    5.0] sysrq: This sysrq operation is disabled.\r\n"),
              ElementsAre(HasSubstr("sysrq_always_enabled")));
  EXPECT_THAT(prod_evidence("x\x1b[2J\n"), IsEmpty());
}

TEST(KernelProd, OnlyAKernelThatWasSeenRunningIsProdded) {
  EXPECT_TRUE(wants_prodding(failed("step.no-match", "initramfs")));
  EXPECT_TRUE(wants_prodding(failed("machine.silent", "kernel")));
  EXPECT_FALSE(wants_prodding(failed("machine.silent", "loader")));
  EXPECT_FALSE(wants_prodding(failed("kernel.panic.no-init", "kernel")));
  Verdict passed = failed("", "userspace");
  passed.outcome = Outcome::kPassed;
  EXPECT_FALSE(wants_prodding(passed));
}

}  // namespace
}  // namespace bootproof
