#include "harness/run/inspection_verdict.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bootproof {
namespace {

Verdict lost_for(std::string cause) {
  Verdict verdict;
  verdict.outcome = Outcome::kFailed;
  verdict.stage = "firmware";
  verdict.cause = std::move(cause);
  verdict.message = "the firmware fell into its EFI shell; step 1 of 1 was waiting for 'x'";
  verdict.evidence = {"Shell>"};
  verdict.hint = "look";
  return verdict;
}

Foretold without_loader() {
  Foretold foretold;
  foretold.forecast = "cannot boot";
  foretold.links = {{"entry", "FAT", "boots", "", 1048576},
                    {"entry", "/EFI/BOOT/BOOTX64.EFI", "cannot boot", "it is not there", 1048576}};
  return foretold;
}

TEST(InspectionVerdict, NamesTheLinkThatBreaks) {
  const Verdict verdict =
      judge_by_inspection(lost_for("firmware.fell-to-shell"), without_loader(), {}, Scenario{});
  EXPECT_EQ(verdict.outcome, Outcome::kFailed);
  EXPECT_EQ(verdict.stage, "boot-device");
  EXPECT_EQ(verdict.cause, "firmware.no-loader");
  EXPECT_EQ(verdict.message,
            "the EFI System Partition has no loader where the firmware looks for one; the firmware "
            "fell into its EFI shell; step 1 of 1 was waiting for 'x'");
  EXPECT_EQ(
      verdict.evidence,
      (std::vector<std::string>{
          "Shell>", "(inspection) /EFI/BOOT/BOOTX64.EFI: it is not there, at offset 1048576"}));
  EXPECT_NE(verdict.hint.find("\\EFI\\BOOT\\BOOTX64.EFI"), std::string::npos);
}

void expect_unchanged(const Verdict& before, const Foretold& foretold, const Scenario& scenario) {
  const Verdict after = judge_by_inspection(before, foretold, {}, scenario);
  EXPECT_EQ(after.stage + after.cause + after.message + after.hint,
            before.stage + before.cause + before.message + before.hint);
  EXPECT_EQ(after.evidence, before.evidence);
}

TEST(InspectionVerdict, NamesAnImageThatIsCutBeforeWhatIsLostWithIt) {
  const Verdict verdict =
      judge_by_inspection(lost_for("firmware.no-bootable-device"), without_loader(),
                          "found an image of 600 bytes; expected at least 1000", Scenario{});
  EXPECT_EQ(verdict.cause, "medium.cut");
  EXPECT_EQ(verdict.evidence.back(),
            "(inspection) the image: it is cut: found an image of 600 bytes; expected at least "
            "1000");
}

TEST(InspectionVerdict, LeavesWhatTheMachineProved) {
  expect_unchanged(lost_for("kernel.panic.no-root"), without_loader(), Scenario{});
}

TEST(InspectionVerdict, ShowsTheLinkBesideWhatTheMachineProvedOfIt) {
  Foretold foretold = without_loader();
  foretold.agreement = Agreement::kHeld;
  const Verdict verdict =
      judge_by_inspection(lost_for("loader.file-not-found"), foretold, {}, Scenario{});
  EXPECT_EQ(verdict.cause, "loader.file-not-found");
  EXPECT_EQ(verdict.stage, "firmware");
  EXPECT_EQ(verdict.evidence.back(),
            "(inspection) /EFI/BOOT/BOOTX64.EFI: it is not there, at offset 1048576");
}

TEST(InspectionVerdict, LeavesAPassAndAnError) {
  for (const Outcome outcome : {Outcome::kPassed, Outcome::kError, Outcome::kSkipped}) {
    Verdict verdict = lost_for("firmware.fell-to-shell");
    verdict.outcome = outcome;
    expect_unchanged(verdict, without_loader(), Scenario{});
  }
}

TEST(InspectionVerdict, LeavesABootThatWasForetoldToSucceed) {
  Foretold foretold = without_loader();
  foretold.forecast = "boots";
  expect_unchanged(lost_for("firmware.fell-to-shell"), foretold, Scenario{});
  expect_unchanged(lost_for("firmware.fell-to-shell"), Foretold{}, Scenario{});
}

TEST(InspectionVerdict, LeavesWhatIsExpectedAndDoesNotNameWhatIsTolerated) {
  Scenario expecting;
  expecting.expect_failure = ExpectedFailure{{"firmware.fell-to-shell"}, {}};
  expect_unchanged(lost_for("firmware.fell-to-shell"), without_loader(), expecting);
  Scenario tolerating;
  tolerating.tolerate = {"firmware.no-loader"};
  expect_unchanged(lost_for("firmware.fell-to-shell"), without_loader(), tolerating);
}

}  // namespace
}  // namespace bootproof
