#include "harness/run/verdict_basis.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/run/logic_bench.h"

// How certain a verdict says it is, and what else it names.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using testing::expect;
using testing::LogicBench;
using testing::scenario_of;

std::string certainty_after(std::string_view said) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say(said);
  bench.pass_until_decided();
  return bench.certainty();
}

TEST(VerdictBasis, ALineThatOnlyALostBootPrintsIsCertain) {
  EXPECT_EQ(certainty_after("SeaBIOS (version 1.16.2)\r\nNo bootable device.\r\n"),
            "certain: a line that only a lost boot prints");
}

TEST(VerdictBasis, APromptThatWasSeenToWaitIsCertain) {
  EXPECT_EQ(certainty_after("Welcome to GRUB!\r\ngrub> "),
            "certain: a prompt or menu that waits, and nothing came after it");
}

TEST(VerdictBasis, AnEarlierLineIsLikelyTheReasonAndTheProofIsNamedToo) {
  EXPECT_EQ(certainty_after("error: can't find command `linux'.\r\ngrub> "),
            "likely: the last of these lines proves the loss; an earlier one explains it; or "
            "loader.command-prompt");
}

TEST(VerdictBasis, ALimitAloneIsOpen) {
  EXPECT_EQ(certainty_after("hello\r\n"), "open: a silence alone; no line proves a cause");
}

TEST(VerdictBasis, AnEarlierLineThatExplainsASilenceIsLikely) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.say(
      "[    1.000000] Waiting for root device /dev/sda1...\r\n"
      "a\r\nb\r\nc\r\nd\r\n");
  bench.pass_until_decided();
  EXPECT_EQ(bench.certainty(), "likely: no line proves the loss; an earlier line explains it");
}

TEST(VerdictBasis, ASilentConsoleIsLikelyAndItsCandidateASilentMachine) {
  EXPECT_EQ(certainty_after("EFI stub: Exiting boot services...\r\n"),
            "likely: the silence began where the kernel was started; nothing shows yet that it "
            "runs; or machine.silent");
}

TEST(VerdictBasis, APromptThatStandsWhenALimitEndsTheCaseIsItsCandidate) {
  Scenario scenario = scenario_of({expect("login:")});
  scenario.limits.cell = 500ms;
  LogicBench bench(scenario);
  bench.say("Welcome to GRUB!\r\ngrub> ");
  bench.pass_until_decided();
  EXPECT_EQ(bench.outcome(), "failed case.limit");
  EXPECT_EQ(bench.certainty(),
            "open: a limit alone; no line proves a cause; or loader.command-prompt");
}

TEST(VerdictBasis, WhatQemuReportsIsCertain) {
  LogicBench bench(scenario_of({expect("login:")}));
  bench.shut_down().exit(0);
  EXPECT_EQ(bench.certainty(),
            "certain: QEMU reported that the guest switched the machine off; why is open");
}

TEST(VerdictBasis, APromptAtTheEndOfALogIsLikely) {
  SignatureWatch watch;
  watch.add_text("Welcome to GRUB!\ngrub> ");
  const std::optional<Finding> finding = watch.settled({});
  ASSERT_TRUE(finding);
  const Verdict verdict = verdict_of(*finding, {}, Reading::kLog);
  EXPECT_EQ(verdict.certainty, Certainty::kLikely);
  EXPECT_EQ(verdict.basis, "a prompt or menu at the end of what was printed");
  EXPECT_EQ(verdict.message, finding->signature->sentence);
}

}  // namespace
}  // namespace bootproof
