#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

// What a failed boot leaves: a folder that can be diagnosed again, and a script that attaches a
// person or a debugger to the same machine.

namespace bootproof::testing {
namespace {

constexpr const char* kCase = "guest/disk.seabios.virtio-blk";

class FailedBoot : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }

  /// Boots a disk that prints `said` and waits for what never comes. `head` stands before the
  /// scenarios.
  ProgramResult boot(std::string_view said, const std::string& head = {},
                     std::vector<std::string> options = {}) {
    run_.add_image("disk.img", printing_disk(said));
    return run_.run("version: 1\nmedia: {disk: {path: disk.img}}\n" + head + R"(scenarios:
  - name: guest
    media: [disk]
    firmware: [seabios]
    device: [virtio-blk]
    memory: 64M
    steps: [{expect: 'never', within: 2s}]
)",
                    std::move(options));
  }
  [[nodiscard]] ProgramResult diagnose(const std::vector<std::string>& arguments) const {
    ProgramCall call;
    call.arguments = {BOOTPROOF_PROGRAM, "diagnose"};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    call.environment = test_environment();
    return value_or_throw(run_program(call));
  }
  /// Runs the case's repro.sh with this on its serial line and monitor.
  [[nodiscard]] ProgramResult repro(const std::string& typed, const std::string& option) const {
    ProgramCall call;
    call.arguments = {"sh", "-c",
                      "printf '" + typed + "' | timeout 60 sh '" +
                          (run_.out() / kCase / "repro.sh").string() + "' " + option};
    return value_or_throw(run_program(call));
  }
  [[nodiscard]] static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  BootRun run_;
};

TEST_F(FailedBoot, LeavesAFolderThatLacksNothing) {
  const ProgramResult booted = boot("here I stand\r\n", {}, {"--diagnose"});
  EXPECT_EQ(booted.exit_code, 1) << booted.output;
  EXPECT_TRUE(has(booted.output, "  the folder holds: ")) << booted.output;
  EXPECT_FALSE(has(booted.output, "it lacks")) << booted.output;
  EXPECT_TRUE(has(booted.output, "  certain: the state of all processors\n"));
  const ProgramResult again = diagnose({run_.out().string()});
  EXPECT_EQ(again.exit_code, 1) << again.error_output;
  EXPECT_TRUE(has(again.output, "boot-device: machine.halted: ")) << again.output;
  EXPECT_TRUE(has(again.output, "    here I stand\n")) << again.output;
  EXPECT_FALSE(has(again.output, "it lacks")) << again.output;
  EXPECT_FALSE(has(again.output, "then said")) << again.output;
  EXPECT_EQ(diagnose({(run_.out() / kCase).string()}).output, again.output);
}

TEST_F(FailedBoot, HasTheCauseThatItsUserWrote) {
  const std::string causes =
      "causes:\n  - {id: site.dead, stage: firmware, pattern: 'vendor: dead', sentence: the card "
      "is dead, link: 'https://tracker.example/1'}\n";
  const ProgramResult booted = boot("vendor: dead\r\n", causes);
  EXPECT_TRUE(has(booted.output, "site.dead: the card is dead")) << booted.output;
  EXPECT_TRUE(has(booted.output, "  see: https://tracker.example/1\n")) << booted.output;
  EXPECT_TRUE(has(content_of(run_.out() / "junit.xml"), "see: https://tracker.example/1"));
  // The run kept the causes: they count when it is diagnosed again.
  const ProgramResult again = diagnose({run_.out().string()});
  EXPECT_TRUE(has(again.output, "site.dead: the card is dead")) << again.output;
  EXPECT_EQ(again.error_output, "");
}

TEST_F(FailedBoot, CanBeAttachedToByAPerson) {
  boot("here I stand\r\n");
  const ProgramResult result = repro("\\001cinfo status\\nquit\\n", "--interactive");
  EXPECT_TRUE(has(result.output, "VM status: running")) << result.output << result.error_output;
  EXPECT_TRUE(has(result.error_output, "Ctrl-A X ends the machine")) << result.error_output;
}

TEST_F(FailedBoot, CanBeStartedUnderGdb) {
  boot("here I stand\r\n");
  const ProgramResult result = repro("\\001cinfo status\\ninfo chardev\\nquit\\n", "--gdb");
  EXPECT_TRUE(has(result.output, "VM status: paused (prelaunch)"))
      << result.output << result.error_output;
  EXPECT_TRUE(has(result.output, "unix:gdb.socket,server=on")) << result.output;
  EXPECT_TRUE(has(result.error_output, "  gdb -cd '/")) << result.error_output;
}

}  // namespace
}  // namespace bootproof::testing
