#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <fstream>
#include <string>

#include "harness/core/spawn.h"
#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

namespace bootproof::testing {
namespace {

constexpr std::string_view kNeverEnds = R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: endless
    media: [disk]
    firmware: [seabios]
    device: [virtio-blk, nvme, scsi-hd]
    memory: 64M
    cell_limit: 600s
    silence_limit: 600s
    steps: [{expect: 'never', within: 600s}]
)";

/// The program at work on machines that never end, stopped from outside.
class Endings : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    run_.add_image("disk.img", waiting_disk("waiting\r\n"));
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    talk_ = UniqueFd(ends[0]);
    const UniqueFd write_end(ends[1]);
    SpawnOptions options;
    options.arguments = run_.command(kNeverEnds, {"-j", "2"});
    options.environment = test_environment();
    options.standard_error = write_end.get();
    child_ = value_or_throw(spawn(options));
  }
  void TearDown() override {
    if (child_.pid > 0) {
      ::kill(child_.pid, SIGKILL);
      reap(child_);
    }
  }

  /// Waits until two machines are there (the program says "started" on stderr, then spawns QEMU).
  void wait_for_machines() {
    const std::string image = (run_.folder() / "disk.img").string();
    for (int i = 0; i < 600 && machines().size() < 2; ++i) {
      pollfd talk{talk_.get(), POLLIN, 0};
      ::poll(&talk, 1, 100);
    }
    ASSERT_EQ(machines().size(), 2U);
  }
  /// Waits until the guests have printed, so that there is evidence.
  void wait_for_evidence() {
    for (int i = 0; i < 600; ++i) {
      if (run_.evidence("endless/disk.seabios.virtio-blk", "serial.log").find("waiting") !=
          std::string::npos) {
        return;
      }
      ::poll(nullptr, 0, 100);
    }
    FAIL() << "the guest printed nothing";
  }
  [[nodiscard]] std::vector<int> machines() const {
    std::vector<int> found;
    for (const int pid : processes_with("\"" + (run_.folder() / "disk.img").string() + "\"")) {
      found.push_back(pid);
    }
    return found;
  }
  [[nodiscard]] bool machines_are_gone() const {
    for (int i = 0; i < 100 && !machines().empty(); ++i) {
      ::poll(nullptr, 0, 100);
    }
    return machines().empty();
  }
  int end_with(int signal_number) {
    ::kill(child_.pid, signal_number);
    const int code = reap(child_);
    child_.pid = -1;
    return code;
  }

  BootRun run_;
  UniqueFd talk_;
  SpawnedChild child_;
};

TEST_F(Endings, SigtermEndsAllMachinesAndStillWritesEvidenceAndReports) {
  wait_for_machines();
  wait_for_evidence();
  EXPECT_EQ(end_with(SIGTERM), 143);
  EXPECT_TRUE(machines_are_gone());
  EXPECT_EQ(junit_counts(run_.out() / "junit.xml"), "tests=3 failures=0 errors=2 skipped=1");
  const std::string cell = "endless/disk.seabios.virtio-blk";
  EXPECT_NE(run_.evidence(cell, "verdict.json").find("host.interrupted"), std::string::npos);
  EXPECT_NE(run_.evidence(cell, "screen.txt").find("waiting"), std::string::npos);
  EXPECT_EQ(run_.evidence(cell, "screen.png").substr(1, 3), "PNG");
}

TEST_F(Endings, SigintIsToldInTheExitCode) {
  wait_for_machines();
  EXPECT_EQ(end_with(SIGINT), 130);
  EXPECT_TRUE(machines_are_gone());
  EXPECT_EQ(junit_counts(run_.out() / "junit.xml"), "tests=3 failures=0 errors=2 skipped=1");
}

TEST_F(Endings, SighupIsTakenLikeSigterm) {
  wait_for_machines();
  EXPECT_EQ(end_with(SIGHUP), 129);
  EXPECT_TRUE(machines_are_gone());
  EXPECT_EQ(junit_counts(run_.out() / "junit.xml"), "tests=3 failures=0 errors=2 skipped=1");
}

TEST_F(Endings, TheSameRequestTwiceStillLeavesReports) {
  wait_for_machines();
  ::kill(child_.pid, SIGINT);
  EXPECT_EQ(end_with(SIGINT), 130);
  EXPECT_EQ(junit_counts(run_.out() / "junit.xml"), "tests=3 failures=0 errors=2 skipped=1");
}

TEST_F(Endings, AFolderInUseIsRefusedAndItsEvidenceStays) {
  wait_for_machines();
  wait_for_evidence();
  const ProgramResult second = run_.run(kNeverEnds);
  EXPECT_EQ(second.exit_code, 2);
  EXPECT_NE(second.error_output.find("is in use by another run"), std::string::npos)
      << second.error_output;
  EXPECT_NE(run_.evidence("endless/disk.seabios.virtio-blk", "serial.log").find("waiting"),
            std::string::npos);
}

TEST_F(Endings, NoMachineSurvivesSigkill) {
  wait_for_machines();
  EXPECT_EQ(end_with(SIGKILL), 128 + SIGKILL);
  EXPECT_TRUE(machines_are_gone());
}

TEST_F(Endings, AnImageThatChangesDuringTheRunMakesItsCasesErrors) {
  wait_for_machines();
  std::ofstream(run_.folder() / "disk.img", std::ios::in | std::ios::out | std::ios::binary)
      << "changed";
  EXPECT_EQ(end_with(SIGTERM), 143);
  EXPECT_NE(content_of(run_.out() / "junit.xml").find("host.image-changed"), std::string::npos);
}

TEST(Runs, WhatAGuestSaidWhileTheHarnessWasStoppedCounts) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("disk.img", delaying_disk("first\r\n", "second\r\n"));
  constexpr std::string_view kScenario = R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: two
    media: [disk]
    firmware: [seabios]
    device: [virtio-blk]
    memory: 64M
    steps: [{expect: first}, {expect: second, within: 3s}]
)";
  SpawnOptions options;
  options.arguments = run.command(kScenario);
  options.environment = test_environment();
  const SpawnedChild child = value_or_throw(spawn(options));
  for (int i = 0;
       i < 600 &&
       run.evidence("two/disk.seabios.virtio-blk", "serial.log").find("first") == std::string::npos;
       ++i) {
    ::poll(nullptr, 0, 100);
  }
  // Longer than the step may take even where limits are multiplied for a slow host.
  ::kill(child.pid, SIGSTOP);
  ::poll(nullptr, 0, 8'000);
  ::kill(child.pid, SIGCONT);
  EXPECT_EQ(reap(child), 0) << content_of(run.out() / "junit.xml");
  EXPECT_NE(content_of(run.out() / "junit.xml").find("time-not-counted"), std::string::npos);
}

TEST(Runs, FailFastEndsTheOthersAndRetriesAreAllReported) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("bad.img", disk_with(""));
  run.add_image("good.img", waiting_disk("hello"));
  constexpr std::string_view kScenario = R"(version: 1
media: {bad: {path: bad.img}, good: {path: good.img}}
scenarios:
  - {name: one, media: [bad], firmware: [seabios], device: [virtio-blk], memory: 64M, steps: [{expect: hello, within: 5s}]}
  - {name: two, media: [good], firmware: [seabios], device: [virtio-blk], memory: 64M, steps: [{expect: never, within: 60s}]}
)";
  const ProgramResult result =
      run.run(kScenario, {"--fail-fast", "--retries", "1", "-j", "1", "--filter", "one*"});
  EXPECT_EQ(result.exit_code, 1) << result.output;
  EXPECT_TRUE(std::filesystem::exists(run.out() / "one/bad.seabios.virtio-blk.2/verdict.json"));
  EXPECT_NE(content_of(run.out() / "junit.xml").find("rerunFailure"), std::string::npos);
  const ProgramResult both = run.run(kScenario, {"--fail-fast", "-j", "2"});
  EXPECT_EQ(both.exit_code, 3)
      << both.output;  // The other case was ended: an error, not a failure.
  EXPECT_NE(both.output.find("--fail-fast"), std::string::npos) << both.output;
}

TEST(Console, ShowsTheSerialLineAndLeavesByItsKey) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("disk.img", printing_disk("hello from the guest\r\n"));
  const std::vector<std::string> words = run.command(R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - {name: one, media: [disk], firmware: [seabios], device: [virtio-blk], memory: 64M, steps: [{expect: hello}]}
)");
  ProgramCall call;
  call.environment = test_environment();
  // Ctrl-] is octal 035; the pipe stays open until the program has left by it.
  call.arguments = {"sh", "-c",
                    "(sleep 3; printf '\\035'; sleep 5) | timeout 60 \"$0\" console \"$1\" "
                    "one/disk.seabios.virtio-blk --accel tcg",
                    words[0], words[2]};
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_NE(result.output.find("hello from the guest"), std::string::npos) << result.output;
  EXPECT_TRUE(processes_with((run.folder() / "disk.img").string()).empty());
}

TEST(Runs, QemuThatDoesNotStartIsAnErrorThatQuotesIt) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("disk.img", printing_disk("hello"));
  const ProgramResult result = run.run(R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - {name: one, media: [disk], firmware: [seabios], device: [virtio-blk], cpu_model: no-such-cpu, steps: [{expect: hello}]}
)");
  EXPECT_EQ(result.exit_code, 3) << result.output;
  EXPECT_NE(result.output.find("QEMU did not start"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("no-such-cpu"), std::string::npos) << result.output;
  EXPECT_EQ(junit_counts(run.out() / "junit.xml"), "tests=1 failures=0 errors=1 skipped=0");
}

}  // namespace
}  // namespace bootproof::testing
