#include "harness/run/timeline_replay.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/case_evidence.h"
#include "harness/run/timeline.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""ms;
using testing::content_of;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

constexpr std::string_view kPanic =
    "[    1.000000] Kernel panic - not syncing: No working init found.";
constexpr std::string_view kLinux = "[    0.000000] Linux version 6.1\r\n";

/// A case's folder as a run leaves it: what is said goes to a timeline and to the logs.
class Folder {
 public:
  Folder() { timeline_->start(1, "7.2.22", {}); }

  Folder& serial(std::string_view bytes) {
    serial_ += bytes;
    timeline_->console(bytes, now());
    return *this;
  }
  Folder& firmware(std::string_view bytes) {
    firmware_ += bytes;
    timeline_->debug_port(bytes, now());
    return *this;
  }
  Folder& vga(std::string_view text) {
    timeline_->screen("vga", text, now());
    return *this;
  }
  Folder& reset() {
    boost::json::object data{{"guest", true}};
    timeline_->machine_event({"RESET", std::move(data)}, now());
    return *this;
  }
  Folder& after(std::chrono::milliseconds time) {
    age_ += time;
    return *this;
  }
  Folder& done() {
    timeline_->verdict({}, now());
    timeline_->close();
    put("serial.log", serial_);
    put("firmware.log", firmware_);
    return *this;
  }
  Folder& put(const fs::path& name, std::string_view bytes) {
    static_cast<void>(folder_.write(name, bytes));
    return *this;
  }
  Folder& without(const fs::path& name) {
    fs::remove(folder_.path() / name);
    return *this;
  }
  [[nodiscard]] fs::path file() const { return folder_.path() / "timeline.jsonl"; }

  [[nodiscard]] CaseDiagnosis diagnosed() const {
    return diagnose_case(folder_.path(), std::nullopt, nullptr);
  }
  [[nodiscard]] std::string verdict() const {
    const Verdict now = diagnosed().now;
    return now.stage + ": " + now.cause;
  }

 private:
  [[nodiscard]] Timeline::Time now() const { return Timeline::Time{} + age_; }

  TemporaryFolder folder_;
  std::unique_ptr<Timeline> timeline_ = std::make_unique<Timeline>(file());
  std::chrono::milliseconds age_{};
  std::string serial_;
  std::string firmware_;
};

constexpr std::string_view kInOrder = "in the order of timeline.jsonl";

TEST(TimelineReplay, WhatCameFirstDecidesWhateverStreamItCameOn) {
  Folder folder;
  folder.serial(kLinux).serial(std::string(kPanic) + "\r\n").after(100ms);
  folder.reset().firmware(
      "Booting from DVD/CD...\nBoot failed: Could not read from CDROM (code 0003)\n");
  folder.done();
  EXPECT_EQ(folder.verdict(), "kernel: kernel.panic.no-init");
  EXPECT_EQ(folder.diagnosed().order, kInOrder);
  // The streams one after the other tell no order; the panic is proved all the same.
  folder.without("timeline.jsonl");
  EXPECT_EQ(folder.diagnosed().order, "one stream after the other: there is no timeline.jsonl");
}

TEST(TimelineReplay, AResetAfterALossDoesNotTakeItsStageBack) {
  Folder folder;
  folder.serial(kLinux)
      .serial(std::string(kPanic) + "\r\n")
      .reset()
      .serial("SeaBIOS (version 1)\r\n");
  EXPECT_EQ(folder.done().verdict(), "kernel: kernel.panic.no-init");
}

TEST(TimelineReplay, WhatComesBehindALossAtOnceIsNotItsStage) {
  Folder folder;
  folder.serial(std::string(kLinux) + std::string(kPanic) +
                "\r\n[    1.500000] systemd[1]: Detected virtualization qemu.\r\nlogin: ");
  EXPECT_EQ(folder.done().verdict(), "kernel: kernel.panic.no-init");
}

TEST(TimelineReplay, SaysWhenEachBootCameToAStage) {
  Folder folder;
  folder.after(100ms).serial("SeaBIOS (version 1.16.2)\r\n").after(1000ms).serial(kLinux);
  folder.serial("console: on\r\n")
      .after(50ms)
      .reset()
      .after(10ms)
      .serial("SeaBIOS (version 1.16.2)\r\n")
      .done();
  EXPECT_EQ(folder.diagnosed().stages,
            (Lines{"firmware after 0.10 s", "kernel after 1.10 s", "firmware after 1.16 s"}));
}

TEST(TimelineReplay, APromptWithoutALineFeedIsSeen) {
  Folder folder;
  folder.serial("error: no such partition.\r\nEntering rescue mode...\r\ngrub rescue> ").done();
  EXPECT_EQ(folder.verdict(), "loader: loader.rescue-prompt");
  EXPECT_EQ(folder.diagnosed().problems, Lines{});
  // And by the timeline's own line too.
  folder.without("serial.log");
  EXPECT_EQ(folder.verdict(), "loader: loader.rescue-prompt");
}

TEST(TimelineReplay, ALineThatTheTimelineCutsIsWholeInTheLog) {
  Folder folder;
  folder.serial(kLinux).serial(std::string(2000, ' ') + std::string(kPanic) + "\r\n").done();
  EXPECT_EQ(content_of(folder.file()).find("Kernel panic"), std::string::npos);
  EXPECT_EQ(folder.verdict(), "kernel: kernel.panic.no-init");
}

TEST(TimelineReplay, WhatTheTimelineHasNoRoomForIsReadInTheLogs) {
  Folder folder;
  folder.serial(kLinux);
  const std::string flood = std::string(1000, 'x') + "\r\n";
  for (int i = 0; i < 5'000; ++i) {
    folder.serial(flood);
  }
  folder.serial(std::string(kPanic) + "\r\n").done();
  EXPECT_EQ(content_of(folder.file()).find("Kernel panic"), std::string::npos);
  EXPECT_EQ(folder.verdict(), "kernel: kernel.panic.no-init");
}

TEST(TimelineReplay, AScreenThatIsGoneAgainCounts) {
  Folder folder;
  folder.vga("No bootable device.\nnext line\n").after(10ms).vga("something else\n").done();
  folder.put("vga.txt", "something else\n");
  EXPECT_EQ(folder.diagnosed().now.cause, "firmware.no-bootable-device");
}

TEST(TimelineReplay, AMachinesOwnScreenIsNoNewsBesideTheSerialLine) {
  Folder folder;
  folder.vga("grub rescue> ").after(10ms).serial("hello\r\n").done();
  EXPECT_EQ(folder.diagnosed().now.cause, "");
}

TEST(TimelineReplay, ATimelineWithoutPositionsIsHeardByItsOwnLines) {
  Folder folder;
  folder.done().put("serial.log", "nothing that is known\r\n");
  folder.put("timeline.jsonl",
             "{\"at_ms\":0,\"event\":\"started\",\"format\":\"bootproof-timeline\",\"version\":1}\n"
             "{\"at_ms\":9,\"event\":\"serial\",\"text\":\"No bootable device.\"}\n");
  const CaseDiagnosis diagnosis = folder.diagnosed();
  EXPECT_EQ(diagnosis.now.cause, "firmware.no-bootable-device");
  EXPECT_EQ(diagnosis.problems, Lines{"timeline.jsonl: it does not say how far serial.log had "
                                      "come: its own lines count, cut as they are"});
}

TEST(TimelineReplay, PositionsThatAreWrongAreToldAndNoByteIsHeardTwice) {
  Folder folder;
  folder.done().put("serial.log", "No bootable device.\r\n");
  folder.put("timeline.jsonl",
             "{\"at_ms\":0,\"event\":\"started\",\"format\":\"bootproof-timeline\",\"version\":1}\n"
             "{\"at_ms\":9,\"event\":\"x\",\"serial_at\":18446744073709551615}\n"
             "{\"at_ms\":9,\"event\":\"x\",\"serial_at\":3}\n");
  const CaseDiagnosis diagnosis = folder.diagnosed();
  EXPECT_EQ(diagnosis.now.cause, "firmware.no-bootable-device");
  EXPECT_EQ(diagnosis.problems,
            (Lines{"serial.log: it holds 21 bytes, and by timeline.jsonl more have come",
                   "timeline.jsonl: its positions in serial.log go back; no byte counts twice"}));
}

TEST(TimelineReplay, AFileThatIsNoTimelineLeavesTheStreams) {
  Folder folder;
  folder.serial("No bootable device.\r\n").done().put("timeline.jsonl", "\x1b[2Jnonsense\n");
  const CaseDiagnosis diagnosis = folder.diagnosed();
  EXPECT_EQ(diagnosis.now.cause, "firmware.no-bootable-device");
  EXPECT_EQ(diagnosis.order,
            "one stream after the other: timeline.jsonl is none: its first line is no event: it "
            "is no JSON: syntax error");
}

TEST(TimelineReplay, ReadsNoMoreOfALargeTimelineThanItsBound) {
  Folder folder;
  folder.serial("No bootable device.\r\n").done();
  std::string lines = content_of(folder.file());
  const std::string line = "{\"at_ms\":1,\"event\":\"" + std::string(100'000, 'x') + "\"}\n";
  while (lines.size() < kLongestTimeline) {
    lines += line;
  }
  folder.put("timeline.jsonl", lines);
  const CaseDiagnosis diagnosis = folder.diagnosed();
  EXPECT_EQ(diagnosis.now.cause, "firmware.no-bootable-device");
  ASSERT_FALSE(diagnosis.problems.empty());
  EXPECT_EQ(diagnosis.problems[0], "timeline.jsonl: 16 MiB, of which the first 16 count");
}

TEST(TimelineReplay, FollowsNoLink) {
  Folder folder;
  folder.serial("No bootable device.\r\n").done();
  const TemporaryFolder other;
  fs::rename(folder.file(), other.path() / "elsewhere");
  fs::create_symlink(other.path() / "elsewhere", folder.file());
  EXPECT_EQ(folder.diagnosed().order, "one stream after the other: there is no timeline.jsonl");
  EXPECT_NE(folder.verdict(), "kernel: kernel.panic.no-init");
}

}  // namespace
}  // namespace bootproof
