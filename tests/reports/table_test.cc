#include "reports/table.h"

#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

#include "reports/terminal_width.h"
#include "tests/reports/samples.h"
#include "tests/support/golden.h"

namespace bootproof {
namespace {

using testing::case_of;
using testing::matches_golden;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

void expect_no_control(const std::string& text) {
  for (const char c : text) {
    EXPECT_FALSE((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f')
        << static_cast<int>(c);
  }
}

TEST(ClosingText, IsAsTheGoldenFilesHaveIt) {
  const RunResult run = testing::sample_run();
  EXPECT_TRUE(matches_golden(closing_text(run, "out/quickstart", {.width = 100}),
                             "reports/closing-100.txt"));
  EXPECT_TRUE(
      matches_golden(closing_text(run, "out/quickstart", {.width = 64}), "reports/closing-64.txt"));
  EXPECT_TRUE(matches_golden(closing_text(run, "", {.width = 0, .colour = true}),
                             "reports/closing-colour.txt"));
}

TEST(ClosingText, OfARunWithForecastsIsAsTheGoldenFilesHaveIt) {
  const RunResult run = testing::foretold_run();
  EXPECT_TRUE(matches_golden(closing_text(run, "out/rescue", {.width = 120}),
                             "reports/closing-foretold.txt"));
  EXPECT_TRUE(matches_golden(closing_text(run, "out/rescue", {.width = 0, .colour = true}),
                             "reports/closing-foretold-colour.txt"));
}

TEST(CaseTable, HasNoForecastColumnWhereNothingWasForetold) {
  EXPECT_EQ(case_table(testing::sample_run(), {}).find("forecast"), std::string::npos);
  EXPECT_NE(case_table(testing::foretold_run(), {}).find("forecast"), std::string::npos);
}

TEST(ClosingText, OfAnEmptyRunIsTheTotals) {
  EXPECT_EQ(closing_text({}, "", {}), "0 passed, 0 failed, 0 errors, 0 skipped, 0 flaky in 0.0s\n");
}

TEST(ClosingText, HasNoControlCharacterOfTheGuest) {
  expect_no_control(closing_text(testing::hostile_run(), testing::hostile_bytes(), {.width = 80}));
  expect_no_control(closing_text(testing::hostile_run(), testing::hostile_bytes(), {.width = 0}));
}

TEST(CaseTable, IsNoWiderThanTheTerminal) {
  for (const RunResult& run :
       {testing::sample_run(), testing::foretold_run(), testing::hostile_run()}) {
    for (const std::size_t width : {72U, 80U, 100U, 132U, 200U}) {
      for (const std::string& line : lines_of(case_table(run, {.width = width}))) {
        if (line.starts_with(' ')) {
          EXPECT_LE(columns_of(line), width) << line;
        }
      }
    }
  }
}

TEST(CaseTable, HasEachRowOfTheSameWidth) {
  const std::vector<std::string> lines = lines_of(case_table(testing::sample_run(), {}));
  const std::size_t width = columns_of(lines.front());
  for (const std::string& line : lines) {
    if (line.starts_with(' ')) {
      EXPECT_EQ(columns_of(line), width) << line;
    }
  }
}

TEST(CaseTable, PutsTheCasesOfAScenarioTogether) {
  std::vector<std::string> headings;
  for (const std::string& line : lines_of(case_table(testing::sample_run(), {}))) {
    if (!line.starts_with(' ')) {
      headings.push_back(line);
    }
  }
  EXPECT_EQ(headings, (std::vector<std::string>{"reaches-a-shell", "refuses-unsigned-loader"}));
}

TEST(FailureText, SaysWhereAndWhyAndWhatToDo) {
  const CaseResult result = case_of("rescue.seabios.ide-cd", {testing::failed_attempt()});
  EXPECT_EQ(failure_text(result, "out/r", {}),
            "reaches-a-shell/rescue.seabios.ide-cd: FAILED  boot-device: "
            "firmware.no-bootable-device: the firmware found no device that it can boot\n"
            "  likely: an earlier line explains the last one\n"
            "    Boot failed: not a bootable disk\n"
            "    No bootable device.\n"
            "  or: loader.not-found: the loader is missing\n"
            "  what to do: put a boot sector on the medium, or try another firmware\n"
            "  see: https://tracker.example/42\n"
            "  evidence in: out/r/reaches-a-shell/rescue.seabios.ide-cd/1\n");
}

TEST(FailureText, QuotesTheConsoleWhereThereIsNoEvidence) {
  CaseResult result = case_of("a", {testing::failed_attempt()});
  result.attempts.front().verdict = {.outcome = Outcome::kFailed,
                                     .stage = "kernel",
                                     .cause = "machine.silent",
                                     .message = "no output for 30s",
                                     .evidence = {},
                                     .hint = {}};
  result.attempts.front().folder.clear();
  result.console_tail = "one\r\n\r\n  two\x1b[1m  \r\n\r\n";
  EXPECT_EQ(failure_text(result, "out", {}),
            "reaches-a-shell/a: FAILED  kernel: machine.silent: no output for 30s\n"
            "  last on the console:\n"
            "    one\n"
            "      two\\x1b[1m\n");
}

TEST(FailureText, IsEmptyForWhatDidNotFail) {
  EXPECT_EQ(failure_text(case_of("a", {testing::passed_attempt()}), "", {}), "");
  EXPECT_EQ(failure_text(case_of("a", {testing::skipped_attempt()}), "", {}), "");
}

TEST(FailureText, IsBoundedHoweverMuchEvidenceThereIs) {
  CaseResult result = case_of("a", {testing::failed_attempt()});
  result.attempts.front().verdict.evidence.assign(1'000, std::string(16U << 10U, 'x'));
  EXPECT_LT(failure_text(result, "", {}).size(), 256U << 10U);
  result.attempts.front().verdict.evidence.clear();
  result.console_tail.assign(10U << 20U, '\n');
  EXPECT_LT(failure_text(result, "", {}).size(), 1024U);
}

TEST(TotalsLine, CountsAndNamesAnInterruption) {
  RunResult run = testing::sample_run();
  EXPECT_EQ(totals_line(run, {}), "3 passed, 2 failed, 1 error, 1 skipped, 1 flaky in 3m12s\n");
  run.interrupted = true;
  run.cases.clear();
  EXPECT_EQ(totals_line(run, {}),
            "interrupted: 0 passed, 0 failed, 0 errors, 0 skipped, 0 flaky in 3m12s\n");
}

TEST(ClosingText, GivesASharedReasonForSkippingOnce) {
  RunResult run;
  run.cases = {case_of("a", {testing::skipped_attempt()}),
               case_of("b", {testing::skipped_attempt()})};
  const std::string text = closing_text(run, "", {});
  EXPECT_NE(text.find("\n2 cases skipped  this host has no firmware aavmf\n"
                      "  what to do: apt-get install qemu-efi-aarch64\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace bootproof
