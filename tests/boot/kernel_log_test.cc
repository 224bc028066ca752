#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

/// Kernels whose console is not the machine's serial line.
constexpr std::string_view kSilent = R"(version: 1
recipes: [{}/scenarios/payload-recipes.yaml]
media:
  x86_64:
    kernel: {{package: linux-image-amd64, file: '/boot/vmlinuz-*'}}
    initrd: {{build: shell-x86_64}}
    append: console=tty1 quiet
  panics:
    kernel: {{package: linux-image-amd64, file: '/boot/vmlinuz-*'}}
    initrd: {{build: shell-x86_64}}
    append: console=tty1 quiet log_buf_len=4M rdinit=/nowhere
  aarch64:
    kernel: {{package: linux-image-arm64, architecture: arm64, file: '/boot/vmlinuz-*'}}
    initrd: {{build: shell-aarch64}}
    append: console=tty1 quiet
    architecture: aarch64
scenarios:
  - name: silent
    media: [x86_64, panics, aarch64]
    firmware: [kernel]
    memory: 512M
    steps: [{{expect: 'never to be seen', on: serial, within: 12s}}]
)";

/// One run of all of them; the kernels come from the user's cache, which `quickstart test` has
/// filled.
class SilentKernel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    why_not_ = why_no_qemu().empty() ? why_no_packages() : why_no_qemu();
    if (!why_not_.empty()) {
      return;
    }
    folder_ = new TemporaryFolder;
    ProgramCall call;
    call.arguments = {
        BOOTPROOF_PROGRAM,
        "run",
        folder_->write("boot.yaml", fmt::format(kSilent, BOOTPROOF_SOURCE_DIR)).string(),
        "--accel",
        "tcg",
        "--out",
        (folder_->path() / "run").string()};
    call.limit = std::chrono::minutes(5);
    said_ = value_or_throw(run_program(call)).error_output;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  void SetUp() override {
    if (!why_not_.empty()) {
      GTEST_SKIP() << why_not_;
    }
  }

  static fs::path case_folder(std::string_view medium) {
    return folder_->path() / "run/silent" / fmt::format("{}.kernel", medium);
  }
  static std::string log_of(std::string_view medium) {
    return content_of(case_folder(medium) / "kernel-log.txt");
  }
  static json::object verdict_of(std::string_view medium) {
    const std::string text = content_of(case_folder(medium) / "verdict.json");
    EXPECT_FALSE(text.empty()) << said_;
    return text.empty() ? json::object() : json::parse(text).as_object();
  }
  static void expect_nothing_left(std::string_view medium) {
    for (const fs::directory_entry& entry : fs::directory_iterator(case_folder(medium))) {
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
    }
  }

  static std::string why_not_;
  static std::string said_;
  static TemporaryFolder* folder_;
};

std::string SilentKernel::why_not_;
std::string SilentKernel::said_;
TemporaryFolder* SilentKernel::folder_ = nullptr;

void expect_silent_console(const json::object& verdict, const std::string& port) {
  EXPECT_EQ(verdict.at("outcome"), "failed");
  EXPECT_EQ(verdict.at("cause"), "kernel.silent-console");
  EXPECT_EQ(verdict.at("stage"), "initramfs");
  EXPECT_EQ(std::string(verdict.at("hint").as_string()),
            fmt::format("the command line says console=tty1, this machine's serial port is {0}: "
                        "put console={0} last; the kernel's log (kernel-log.txt) shows that it "
                        "started /init",
                        port));
}

TEST_F(SilentKernel, LeavesItsLogOnX86) {
  EXPECT_THAT(log_of("x86_64"), HasSubstr("] Linux version 6."));
  EXPECT_THAT(log_of("x86_64"), HasSubstr("] Kernel command line: console=tty1 quiet"));
  EXPECT_THAT(log_of("x86_64"), HasSubstr("] Run /init as init process"));
  expect_silent_console(verdict_of("x86_64"), "ttyS0");
  expect_nothing_left("x86_64");
}

TEST_F(SilentKernel, LeavesItsLogOnAarch64) {
  EXPECT_THAT(log_of("aarch64"), HasSubstr("] Linux version 6."));
  EXPECT_THAT(log_of("aarch64"), HasSubstr("] Kernel command line: console=tty1 quiet"));
  EXPECT_THAT(log_of("aarch64"), HasSubstr("] Run /init as init process"));
  expect_silent_console(verdict_of("aarch64"), "ttyAMA0");
  expect_nothing_left("aarch64");
}

/// The log stands in memory of its own, which only the page tables lead to.
TEST_F(SilentKernel, TellsThatItPanicked) {
  const json::object verdict = verdict_of("panics");
  EXPECT_EQ(verdict.at("cause"), "kernel.panic.no-root");
  EXPECT_EQ(verdict.at("stage"), "kernel");
  EXPECT_THAT(std::string(verdict.at("evidence").as_array().back().as_string()),
              HasSubstr("(guest memory) "));
  EXPECT_THAT(std::string(verdict.at("hint").as_string()), HasSubstr("put console=ttyS0 last"));
}

}  // namespace
}  // namespace bootproof::testing
