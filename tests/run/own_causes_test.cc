#include "harness/run/own_causes.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "harness/run/case_logic.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"
#include "tests/run/logic_bench.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::scenario_of;
using Lines = std::vector<std::string>;

constexpr std::chrono::sys_days kDay = std::chrono::year(2027) / 1 / 31;

OwnCause cause_of(std::string id, std::string pattern) {
  OwnCause cause;
  cause.id = std::move(id);
  cause.stage = "kernel";
  cause.patterns = {std::move(pattern)};
  cause.sentence = "the card is dead";
  cause.hint = "replace it";
  cause.link = "https://tracker.example/1";
  cause.mark = {"boot.yaml", 3, 5};
  return cause;
}

OwnCause ignored_until(std::chrono::sys_days day) {
  OwnCause cause = cause_of("site.known", "No bootable device");
  cause.ignore = true;
  cause.expires = day;
  return cause;
}

/// The verdict of a case that waits for `login:` after `said`.
Verdict verdict_after(const std::vector<OwnCause>& causes, std::string_view said,
                      Scenario scenario = scenario_of({expect("login:")})) {
  CaseLogic::Time now;
  CaseLogic logic(scenario, 1.0, false, now, own_signatures_of(causes, kDay));
  logic.on_console(said, now);
  for (int i = 0; i < 1000 && !logic.verdict(); ++i) {
    now = std::max(now, logic.next_deadline());
    logic.tick(now);
  }
  EXPECT_TRUE(logic.verdict());
  return logic.verdict().value_or(Verdict{});
}

TEST(OwnCauses, ALineOfTheUsersEndsTheCaseWithItsLink) {
  const Verdict verdict =
      verdict_after({cause_of("site.nic", "nic0: dead")}, "[    1.000000] nic0: dead\r\n");
  EXPECT_EQ(verdict.stage, "kernel");
  EXPECT_EQ(verdict.cause, "site.nic");
  EXPECT_EQ(verdict.message, "the card is dead; step 1 of 1 was waiting for 'login:'");
  EXPECT_EQ(verdict.hint, "replace it");
  EXPECT_EQ(verdict.link, "https://tracker.example/1");
  EXPECT_EQ(verdict.certainty, Certainty::kCertain);
}

TEST(OwnCauses, OneOfSeveralPatternsIsEnough) {
  OwnCause cause = cause_of("site.nic", "nic0: dead");
  cause.patterns.emplace_back("nic1: dead");
  EXPECT_EQ(verdict_after({cause}, "nic1: dead\r\n").cause, "site.nic");
}

TEST(OwnCauses, OneThatExplainsGivesALimitItsCause) {
  OwnCause cause = cause_of("site.nic", "nic0: dead");
  cause.proof = OwnProof::kExplains;
  cause.explains = {"machine.*", "step.no-match"};
  const Verdict verdict = verdict_after({cause}, "nic0: dead\r\n");
  EXPECT_EQ(verdict.cause, "site.nic");
  EXPECT_EQ(verdict.certainty, Certainty::kLikely);
}

TEST(OwnCauses, APromptOfTheUsersEndsTheCaseAfterItsTime) {
  OwnCause cause = cause_of("site.prompt", "^vendor>$");
  cause.proof = OwnProof::kSettled;
  cause.settle = 2s;
  const Verdict verdict = verdict_after({cause}, "vendor> ");
  EXPECT_EQ(verdict.cause, "site.prompt");
}

TEST(OwnCauses, ANegativeControlPassesForOne) {
  const Verdict verdict = verdict_after({cause_of("site.nic", "nic0: dead")}, "nic0: dead\r\n",
                                        testing::failing_scenario("site.nic"));
  EXPECT_EQ(verdict.outcome, Outcome::kPassed);
  EXPECT_TRUE(verdict.message.starts_with("failed as it should: the card is dead"))
      << verdict.message;
}

TEST(OwnCauses, AnIgnoredFailureIsNoneUpToItsLastDay) {
  const Verdict verdict = verdict_after({ignored_until(kDay)}, "No bootable device.\r\nlogin: ");
  EXPECT_EQ(verdict.outcome, Outcome::kPassed);
  EXPECT_TRUE(expired_ignores(std::vector{ignored_until(kDay)}, kDay).empty());
}

TEST(OwnCauses, AnIgnoredFailureCountsAfterItsLastDayAndAWarningIsGiven) {
  const OwnCause cause = ignored_until(kDay - std::chrono::days(1));
  const Verdict verdict = verdict_after({cause}, "No bootable device.\r\nlogin: ");
  EXPECT_EQ(verdict.outcome, Outcome::kFailed);
  EXPECT_EQ(verdict.cause, "site.known");
  EXPECT_EQ(verdict.hint,
            "replace it; it was ignored until 2027-01-30: mend it, or give it a later day");
  EXPECT_EQ(expired_ignores(std::vector{cause}, kDay),
            Lines{"boot.yaml:3:5: 'site.known' was to be ignored until 2027-01-30: it counts as a "
                  "failure again"});
}

TEST(OwnCauses, AreReadBackFromTheFileThatARunKeeps) {
  OwnCause prompt = cause_of("site.prompt", "^vendor> \\S+ \"x\" \\\\ /$");
  prompt.proof = OwnProof::kSettled;
  prompt.settle = 1500ms;
  OwnCause reason = cause_of("site.reason", "a");
  reason.patterns.emplace_back("b: {c}");
  reason.proof = OwnProof::kExplains;
  reason.explains = {"machine.*", "step.no-match"};
  reason.hint.clear();
  reason.link.clear();
  const std::vector<OwnCause> causes{prompt, reason, ignored_until(kDay)};
  const testing::TemporaryFolder folder;
  const auto file = folder.write(kRunCausesFile, own_causes_file(causes));
  const std::vector<OwnCause> read = load_own_causes(file, Vocabulary{});
  EXPECT_EQ(own_causes_file(read), own_causes_file(causes));
  ASSERT_EQ(read.size(), 3U);
  EXPECT_EQ(read[0].patterns, prompt.patterns);
  EXPECT_EQ(read[0].settle, 1500ms);
  EXPECT_EQ(read[1].explains, reason.explains);
  EXPECT_EQ(read[2].expires, kDay);
}

TEST(OwnCauses, NoneIsNothing) { EXPECT_EQ(own_signatures_of({}, kDay), nullptr); }

TEST(OwnCauses, HaveTheStagesOfTheDiagnosis) {
  for (std::size_t i = 0; i < kStageWords.size(); ++i) {
    EXPECT_EQ(kStageWords.at(i), name_of(static_cast<Stage>(i + 1)));
  }
}

}  // namespace
}  // namespace bootproof
