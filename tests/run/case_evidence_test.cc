#include "harness/run/case_evidence.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

CaseResult failed_for(std::string cause, std::string stage = "firmware") {
  CaseResult result;
  result.suite = "s";
  result.id = "a.seabios.ide-cd";
  result.properties = {{"machine", "pc"}};
  Attempt attempt;
  attempt.folder = "s/a.seabios.ide-cd";
  attempt.verdict.outcome = Outcome::kFailed;
  attempt.verdict.stage = std::move(stage);
  attempt.verdict.cause = std::move(cause);
  attempt.verdict.message = "as it was said";
  attempt.verdict.rest_on(Certainty::kOpen, "then");
  result.attempts.push_back(attempt);
  return result;
}

class CaseEvidence : public ::testing::Test {
 protected:
  void put(const fs::path& name, std::string_view bytes) {
    static_cast<void>(folder_.write(name, bytes));
  }
  [[nodiscard]] CaseDiagnosis diagnosed(const std::optional<CaseResult>& result) const {
    return diagnose_case(folder_.path(), result, nullptr);
  }
  TemporaryFolder folder_;
};

TEST_F(CaseEvidence, ASilenceOfThenHasTheCauseThatALineProvesNow) {
  put("serial.log",
      "[    0.000000] Linux version 6.1\r\n"
      "[    1.000000] Kernel panic - not syncing: No working init found.\r\n");
  const CaseDiagnosis diagnosis = diagnosed(failed_for("machine.silent"));
  EXPECT_TRUE(diagnosis.differs());
  EXPECT_EQ(diagnosis.now.cause, "kernel.panic.no-init");
  EXPECT_EQ(diagnosis.now.stage, "kernel");
  EXPECT_EQ(diagnosis.now.certainty, Certainty::kCertain);
}

TEST_F(CaseEvidence, ACauseThatIsFoundAgainStaysAsItWasSaid) {
  put("serial.log", "No bootable device.\r\n");
  const CaseDiagnosis diagnosis = diagnosed(failed_for("firmware.no-bootable-device"));
  EXPECT_FALSE(diagnosis.differs());
  EXPECT_EQ(diagnosis.now.message, "as it was said");
  EXPECT_EQ(diagnosis.note, "");
}

TEST_F(CaseEvidence, TheDebugPortAndTheScreenCount) {
  put("firmware.log", "Booting from DVD/CD...\nNo bootable device.\n");
  EXPECT_EQ(diagnosed(failed_for("machine.silent")).now.cause, "firmware.no-bootable-device");
  fs::remove(folder_.path() / "firmware.log");
  put("vga.txt", "SeaBIOS\nNo bootable device.\n");
  EXPECT_EQ(diagnosed(failed_for("machine.silent")).now.cause, "firmware.no-bootable-device");
}

TEST_F(CaseEvidence, TheKernelsLogInMemoryCountsWhereTheConsoleIsSilent) {
  put("serial.log", "Booting from ROM...\r\n");
  put("kernel-log.txt",
      "# the log of Linux 6.1: 2 records\n"
      "[    0.000000] Linux version 6.1\n"
      "[    1.000000] Kernel panic - not syncing: No working init found.\n");
  const CaseDiagnosis diagnosis = diagnosed(failed_for("machine.silent"));
  EXPECT_EQ(diagnosis.now.cause, "kernel.panic.no-init");
  EXPECT_EQ(diagnosis.now.evidence,
            Lines{"(guest memory) [    1.000000] Kernel panic - not syncing: No working init "
                  "found."});
}

TEST_F(CaseEvidence, WhatTheInspectionToldTheRunStays) {
  put("serial.log", "No bootable device.\r\n");
  CaseResult result = failed_for("firmware.no-boot-catalog", "boot-device");
  result.attempts[0].verdict.evidence = {"No bootable device.",
                                         "(inspection) El Torito boot record: there is none"};
  const CaseDiagnosis diagnosis = diagnosed(result);
  EXPECT_EQ(diagnosis.now.cause, "firmware.no-boot-catalog");
  EXPECT_FALSE(diagnosis.differs());
  // Not of a loss that the inspection does not explain.
  put("serial.log", "[    1.000000] Kernel panic - not syncing: No working init found.\r\n");
  EXPECT_EQ(diagnosed(result).now.cause, "kernel.panic.no-init");
}

TEST_F(CaseEvidence, TheLogInMemoryDoesNotCountTwice) {
  put("kernel-log.txt", "[    1.000000] Kernel panic - not syncing: No working init found.\n");
  EXPECT_EQ(diagnosed(failed_for("machine.shutdown")).now.cause, "machine.shutdown");
  EXPECT_EQ(diagnosed(failed_for("machine.reset-loop")).now.cause, "kernel.panic.no-init");
  CaseResult result = failed_for("kernel.silent-console");
  result.attempts[0].verdict.evidence = {"(guest memory) [    1.000000] Run /init"};
  EXPECT_EQ(diagnosed(result).now.cause, "kernel.silent-console");
}

TEST_F(CaseEvidence, AVerdictWithoutAnyLineStays) {
  put("serial.log", "hello\r\n");
  const CaseDiagnosis diagnosis = diagnosed(failed_for("machine.reset-loop"));
  EXPECT_FALSE(diagnosis.differs());
  EXPECT_EQ(diagnosis.note, "");
}

TEST_F(CaseEvidence, ACauseThatNoLineProvesAnyMoreIsTold) {
  put("serial.log", "hello\r\n");
  const CaseDiagnosis diagnosis = diagnosed(failed_for("kernel.panic.no-init"));
  EXPECT_EQ(diagnosis.now.cause, "kernel.panic.no-init");
  EXPECT_EQ(diagnosis.note,
            "no line that was kept proves a cause by today's rules; this is what was said then");
}

TEST_F(CaseEvidence, ToleratedCausesStayTolerated) {
  put("serial.log", "No bootable device.\r\n");
  CaseResult result = failed_for("step.no-match");
  result.properties.emplace_back("tolerated", "loader.rescue-prompt firmware.no-bootable-device");
  EXPECT_EQ(diagnosed(result).now.cause, "step.no-match");
}

TEST_F(CaseEvidence, APassedCaseIsLeftAlone) {
  put("serial.log", "No bootable device.\r\n");
  CaseResult result = failed_for("");
  result.attempts[0].verdict.outcome = Outcome::kPassed;
  EXPECT_EQ(diagnosed(result).now.outcome, Outcome::kPassed);
}

TEST_F(CaseEvidence, AFolderWithoutAVerdictIsDiagnosedToo) {
  put("serial.log", "No bootable device.\r\n");
  const CaseDiagnosis lost = diagnosed(std::nullopt);
  EXPECT_FALSE(lost.was_judged);
  EXPECT_EQ(lost.now.cause, "firmware.no-bootable-device");
  put("serial.log", "hello\r\n");
  const CaseDiagnosis unknown = diagnosed(std::nullopt);
  EXPECT_EQ(unknown.now.cause, "");
  EXPECT_EQ(unknown.now.message, "no cause that is known");
}

TEST_F(CaseEvidence, TellsWhatTheFolderHoldsAndLacks) {
  put("serial.log", std::string(3000, 'x'));
  put("repro.sh", "#!/bin/sh\n");
  CaseResult result = failed_for("machine.silent", "kernel");
  result.properties.emplace_back("screen", "not recorded: QEMU had ended");
  const FolderContents contents = contents_of(folder_.path(), result);
  EXPECT_EQ(contents.files, (Lines{"repro.sh (10 bytes)", "serial.log (2 KiB)"}));
  EXPECT_EQ(contents.missing,
            (Lines{"firmware.log", "screen.txt", "screen.png (not recorded: QEMU had ended)",
                   "vga.txt (not recorded: QEMU had ended)", "kernel-log.txt", "timeline.jsonl",
                   "qmp.log", "verdict.json"}));
}

TEST_F(CaseEvidence, AMachineWithoutADisplayLacksNoScreenshot) {
  CaseResult result = failed_for("machine.silent");
  result.properties = {{"machine", "virt"}};
  const Lines missing = contents_of(folder_.path(), result).missing;
  EXPECT_EQ(std::count(missing.begin(), missing.end(), "screen.png"), 0);
  EXPECT_EQ(std::count(missing.begin(), missing.end(), "serial.log"), 1);
}

TEST_F(CaseEvidence, FollowsNoLinkAndWaitsForNoPipe) {
  const TemporaryFolder other;
  const fs::path secret = other.write("secret", "No bootable device.\n");
  fs::create_symlink(secret, folder_.path() / "serial.log");
  fs::create_directory(folder_.path() / "vga.txt");
  const CaseDiagnosis diagnosis = diagnosed(failed_for("machine.silent"));
  EXPECT_EQ(diagnosis.now.cause, "machine.silent");
  EXPECT_TRUE(diagnosis.files.empty());
}

TEST_F(CaseEvidence, AnyBytesAreEvidence) {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) {
    bytes += static_cast<char>(i * 7 % 256);
  }
  for (const char* name : {"serial.log", "firmware.log", "vga.txt", "kernel-log.txt"}) {
    put(name, bytes);
  }
  EXPECT_EQ(diagnosed(failed_for("machine.silent")).now.cause, "machine.silent");
}

TEST_F(CaseEvidence, AFolderOfARunIsWithinIt) {
  const TemporaryFolder other;
  fs::create_directories(folder_.path() / "s/a");
  fs::create_directory_symlink(other.path(), folder_.path() / "out");
  EXPECT_EQ(folder_within(folder_.path(), "s/a"), folder_.path() / "s/a");
  for (const std::string& relative :
       {std::string(), std::string("../x"), std::string("s/../../x"), std::string("/etc"),
        std::string("out"), std::string("none")}) {
    EXPECT_EQ(folder_within(folder_.path(), relative), std::nullopt) << relative;
  }
}

}  // namespace
}  // namespace bootproof
