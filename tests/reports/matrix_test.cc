#include "reports/matrix.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/reports/samples.h"
#include "tests/support/golden.h"

namespace bootproof {
namespace {

using testing::case_of;
using testing::matches_golden;

/// A case of this medium, firmware and device that passed.
CaseResult passed_case(const std::string& medium, const std::string& firmware,
                       const std::string& device) {
  CaseResult result = case_of(medium + "." + firmware + "." + device, {testing::passed_attempt()});
  result.properties = {{"medium", medium}, {"firmware", firmware}, {"device", device}};
  return result;
}

TEST(MatrixTable, IsAsTheGoldenFilesHaveIt) {
  const RunResult run = testing::foretold_run();
  EXPECT_TRUE(matches_golden(matrix_table(run, {}), "reports/matrix.txt"));
  EXPECT_TRUE(
      matches_golden(matrix_table(run, {.width = 0, .colour = true}), "reports/matrix-colour.txt"));
}

TEST(MatrixTable, HasADashWhereNoCellIs) {
  RunResult run;
  run.cases = {passed_case("a", "seabios", "ide-cd"), passed_case("a", "ovmf", "scsi-cd")};
  EXPECT_EQ(matrix_table(run, {}),
            "a          ide-cd           scsi-cd\n"
            "  seabios  ok prompt 12.3s  -\n"
            "  ovmf     -                ok prompt 12.3s\n");
}

TEST(MatrixTable, IsEmptyWithoutCellsOfAMediumAndFirmware) {
  EXPECT_EQ(matrix_table({}, {}), "");
  EXPECT_EQ(matrix_table(testing::sample_run(), {}), "") << "they name no medium";
}

TEST(MatrixTable, TellsASkippedCellFromAnImpossibleOne) {
  RunResult run;
  CaseResult skipped = passed_case("a", "aavmf", "scsi-cd");
  skipped.attempts = {testing::skipped_attempt()};
  CaseResult not_run = passed_case("a", "ovmf", "scsi-cd");
  not_run.attempts = {testing::skipped_attempt()};
  not_run.attempts.back().verdict.cause = "case.not-run";
  CaseResult impossible = passed_case("a", "seabios", "scsi-cd");
  impossible.attempts = {testing::skipped_attempt()};
  impossible.attempts.back().verdict.cause = "case.impossible";
  impossible.attempts.back().verdict.message = "they do not go together";
  run.cases = {skipped, not_run, impossible};
  EXPECT_EQ(matrix_table(run, {}),
            "a          scsi-cd\n"
            "  aavmf    skipped [1]\n"
            "  ovmf     skipped [1]\n"
            "  seabios  impossible [2]\n"
            "  [1] this host has no firmware aavmf; to do: apt-get install qemu-efi-aarch64\n"
            "  [2] they do not go together; to do: apt-get install qemu-efi-aarch64\n");
}

TEST(MatrixTable, ShowsEachOfTwoCellsThatStandAtTheSamePlace) {
  RunResult run;
  run.cases = {passed_case("a", "seabios", "scsi-cd"), passed_case("a", "seabios", "scsi-cd")};
  run.cases[0].suite = "one";
  run.cases[1].suite = "two";
  run.cases[1].attempts = {testing::failed_attempt()};
  const std::string table = matrix_table(run, {});
  EXPECT_NE(table.find("FAILED"), std::string::npos) << table;
  EXPECT_NE(table.find("ok prompt"), std::string::npos) << table;
}

TEST(MatrixTable, HasNoControlCharacterOfTheGuest) {
  RunResult run = testing::foretold_run();
  for (CaseResult& result : run.cases) {
    for (auto& [name, value] : result.properties) {
      value += testing::hostile_bytes();
    }
    result.attempts.back().verdict.cause += testing::hostile_bytes();
    result.attempts.back().verdict.stage += testing::hostile_bytes();
    result.attempts.back().verdict.message += testing::hostile_bytes();
  }
  for (const char c : matrix_table(run, {})) {
    EXPECT_FALSE((static_cast<unsigned char>(c) < ' ' && c != '\n') || c == '\x7f')
        << static_cast<int>(c);
  }
}

}  // namespace
}  // namespace bootproof
