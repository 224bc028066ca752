#include "reports/result.h"

#include <gtest/gtest.h>

#include "tests/reports/samples.h"

namespace bootproof {
namespace {

TEST(Outcome, HasANameForEach) {
  EXPECT_STREQ(name_of(Outcome::kPassed), "passed");
  EXPECT_STREQ(name_of(Outcome::kFailed), "failed");
  EXPECT_STREQ(name_of(Outcome::kError), "error");
  EXPECT_STREQ(name_of(Outcome::kSkipped), "skipped");
}

TEST(SummaryOf, JoinsStageCauseAndMessageOnOneLine) {
  EXPECT_EQ(
      summary_of(testing::failed_attempt().verdict),
      "boot-device: firmware.no-bootable-device: the firmware found no device that it can boot");
  Verdict verdict;
  EXPECT_EQ(summary_of(verdict), "");
  verdict.message = "  two\r\n\r\n lines\n";
  EXPECT_EQ(summary_of(verdict), "two lines");
  verdict.stage = "kernel";
  EXPECT_EQ(summary_of(verdict), "kernel: two lines");
}

TEST(CaseResult, WithoutAnyAttemptIsAnErrorThatSaysSo) {
  const CaseResult result = testing::case_of("a", {});
  EXPECT_EQ(result.verdict().outcome, Outcome::kError);
  EXPECT_EQ(result.verdict().message, "no attempt was recorded for this case");
  EXPECT_FALSE(result.flaky());
  EXPECT_EQ(result.duration().count(), 0);
}

TEST(CaseResult, IsFlakyWhenItPassedAfterAFailureOnly) {
  using testing::case_of;
  EXPECT_FALSE(case_of("a", {testing::passed_attempt()}).flaky());
  EXPECT_TRUE(case_of("a", {testing::failed_attempt(), testing::passed_attempt()}).flaky());
  EXPECT_FALSE(case_of("a", {testing::failed_attempt(), testing::failed_attempt()}).flaky());
}

TEST(CaseResult, LastsAsLongAsAllItsAttempts) {
  const CaseResult result =
      testing::case_of("a", {testing::failed_attempt(), testing::passed_attempt()});
  EXPECT_EQ(result.duration(), std::chrono::milliseconds(17'545));
}

TEST(Totals, CountEachCaseOnce) {
  const Totals totals = totals_of(testing::sample_run());
  EXPECT_EQ(totals.passed, 3U);
  EXPECT_EQ(totals.failed, 2U);
  EXPECT_EQ(totals.errors, 1U);
  EXPECT_EQ(totals.skipped, 1U);
  EXPECT_EQ(totals.flaky, 1U);
  EXPECT_EQ(totals.cases(), 7U);
}

}  // namespace
}  // namespace bootproof
