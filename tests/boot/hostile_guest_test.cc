#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

namespace bootproof::testing {
namespace {

class HostileGuest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }

  /// Boots the disk as virtio-blk under SeaBIOS with these further lines in the scenario.
  ProgramResult boot(std::string_view disk, const std::string& lines) {
    run_.add_image("disk.img", disk);
    return run_.run(R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: guest
    media: [disk]
    firmware: [seabios]
    device: [virtio-blk]
    memory: 64M
)" + lines);
  }
  [[nodiscard]] std::string evidence(const std::string& file) const {
    return run_.evidence("guest/disk.seabios.virtio-blk", file);
  }

  BootRun run_;
};

TEST_F(HostileGuest, AResetLoopIsRecognised) {
  const ProgramResult result = boot(resetting_disk(), R"(    steps: [{expect: 'never', within: 60s}]
)");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_NE(result.output.find("machine.reset-loop"), std::string::npos) << result.output;
  EXPECT_NE(evidence("verdict.json").find("\"cause\":\"machine.reset-loop\""), std::string::npos);
}

TEST_F(HostileGuest, ASilentOneIsNamedByWhatItDoesAndIsNotCalledTimeout) {
  const ProgramResult result = boot(spinning_disk(), R"(    silence_limit: 1s
    steps: [{expect: 'never', within: 60s}]
)");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_NE(result.output.find("machine.spins"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("Booting from Hard Disk"), std::string::npos) << result.output;
}

TEST_F(HostileGuest, AFloodIsBoundedOnDiskAndEndsAtTheStepLimit) {
  const ProgramResult result = boot(flooding_disk(), R"(    steps: [{expect: 'never', within: 3s}]
)");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_NE(result.output.find("step.no-match"), std::string::npos) << result.output;
  EXPECT_GT(evidence("serial.log").size(), 1000U);
  EXPECT_LT(evidence("serial.log").size(), 6U << 20U);
  EXPECT_LT(result.output.size(), 64U << 10U);
}

TEST_F(HostileGuest, EscapeSequencesReachNeitherTerminalNorReportRaw) {
  const ProgramResult result = boot(serial_disk("\x1b]0;owned\x07\x1b[2J]]>&<x/>\xff\xfe\x01\r\n"),
                                    R"(    steps: [{expect: 'never', within: 2s}]
)");
  EXPECT_EQ(result.exit_code, 1);
  for (const std::string& text : {result.output, result.error_output}) {
    EXPECT_EQ(text.find('\x1b'), std::string::npos) << text;
    EXPECT_EQ(text.find('\x07'), std::string::npos) << text;
  }
  EXPECT_EQ(junit_counts(run_.out() / "junit.xml"), "tests=1 failures=1 errors=0 skipped=0");
}

TEST_F(HostileGuest, ExpectedTextThatIsSplitByCursorMotionsIsFoundOnTheScreen) {
  const ProgramResult result = boot(serial_disk("\x1b[5;1HGN\x1b[5;3HU GR\x1b[5;7HUB\r\n"),
                                    R"(    steps: [{expect: 'GNU GRUB', within: 10s}]
)");
  EXPECT_EQ(result.exit_code, 0) << result.output;
}

TEST_F(HostileGuest, AllEvidenceOfAFailedCaseIsInItsFolder) {
  const ProgramResult result =
      boot(printing_disk("here I stand\r\n"), R"(    steps: [{expect: 'never', within: 2s}]
)");
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_NE(evidence("serial.log").find("here I stand"), std::string::npos);
  EXPECT_NE(evidence("screen.txt").find("here I stand"), std::string::npos);
  EXPECT_NE(evidence("vga.txt").find("here I stand"), std::string::npos);
  EXPECT_EQ(evidence("screen.png").substr(1, 3), "PNG");
  EXPECT_NE(evidence("qmp.log").find("qmp_capabilities"), std::string::npos);
  EXPECT_NE(evidence("firmware.log").find("Booting from"), std::string::npos);
  EXPECT_NE(evidence("repro.sh").find("qemu-system-x86_64"), std::string::npos);
  EXPECT_NE(result.output.find("here I stand"), std::string::npos) << result.output;
}

TEST_F(HostileGuest, ReproStartsTheSameMachine) {
  boot(printing_disk("here I stand\r\n"), R"(    steps: [{expect: 'here I stand', within: 10s}]
)");
  ProgramCall call;
  // Ctrl-A x leaves as soon as the text has come.
  call.arguments = {"sh", "-c",
                    "(sleep 4; printf '\\001x') | timeout 30 sh '" +
                        (run_.out() / "guest/disk.seabios.virtio-blk/repro.sh").string() + "'"};
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_NE(result.output.find("here I stand"), std::string::npos)
      << result.output << result.error_output;
}

}  // namespace
}  // namespace bootproof::testing
