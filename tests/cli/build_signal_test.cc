#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/spawn.h"
#include "harness/core/unique_fd.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder, code)) {
    if (!entry.is_directory()) {
      names.push_back(entry.path().filename().string());
    }
  }
  return names;
}

struct Interruption {
  std::string command;
  int signal;
};

/// `bootproof build` and `bootproof run` of an initramfs whose compression takes much longer than a
/// signal does.
class BuildSignal : public ::testing::TestWithParam<Interruption> {
 protected:
  BuildSignal() {
    std::string noise(64U << 20U, '\0');
    unsigned state = 1;
    for (char& c : noise) {
      state = state * 1664525U + 1013904223U;
      c = static_cast<char>(state >> 24U);
    }
    static_cast<void>(folder_.write("noise", noise));
    static_cast<void>(folder_.write(
        "r.yaml",
        "version: 1\nrecipes:\n  a: {initramfs: {busybox: {package: busybox-static, file: "
        "/bin/busybox}, architecture: x86_64, compression: xz, files: {/noise: noise}}}\n"));
    static_cast<void>(folder_.write(
        "boot.yaml",
        "version: 1\nrecipes: r.yaml\nmedia: {tiny: {kernel: r.yaml, initrd: {build: a}, "
        "architecture: x86_64}}\nscenarios: [{name: boots, media: [tiny], firmware: [kernel], "
        "steps: [{expect: x}]}]\n"));
    fs::create_directories(work_);
  }

  [[nodiscard]] SpawnedChild start() const {
    SpawnOptions options;
    const std::string out = (folder_.path() / "out").string();
    const std::string file = (folder_.path() / "r.yaml").string();
    const std::string scenario = (folder_.path() / "boot.yaml").string();
    if (GetParam().command == "build") {
      options.arguments = {BOOTPROOF_PROGRAM, "build", file, "-o", out};
    } else {
      options.arguments = {BOOTPROOF_PROGRAM, "run", scenario, "--out", out,
                           "--accel",         "tcg", "--quiet"};
    }
    options.environment = {{"BOOTPROOF_CACHE", (folder_.path() / "cache").string()}};
    return value_or_throw(spawn(options));
  }

  TemporaryFolder folder_;
  fs::path work_ = folder_.path() / "cache/work";
};

TEST_P(BuildSignal, LeavesNothingAndEndsAsThatSignalDoes) {
  if (!fs::exists("/bin/busybox")) {
    GTEST_SKIP() << "the package busybox-static is missing";
  }
  const UniqueFd watch(::inotify_init1(IN_CLOEXEC));
  ASSERT_GE(::inotify_add_watch(watch.get(), work_.c_str(), IN_CREATE), 0);
  SpawnedChild child = start();
  pollfd created{watch.get(), POLLIN, 0};
  constexpr int kLimitMs = 60'000;
  ASSERT_EQ(::poll(&created, 1, kLimitMs), 1) << "the work folder was never made";
  ASSERT_EQ(::kill(child.pid, GetParam().signal), 0);
  EXPECT_EQ(reap(child), 128 + GetParam().signal);
  EXPECT_TRUE(fs::is_empty(work_));
  EXPECT_THAT(names_in(folder_.path() / "out"), ::testing::IsEmpty());
  EXPECT_THAT(names_in(folder_.path() / "cache/built"), ::testing::IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Each, BuildSignal,
                         ::testing::Values(Interruption{"build", SIGINT},
                                           Interruption{"build", SIGTERM},
                                           Interruption{"build", SIGHUP},
                                           Interruption{"run", SIGTERM}),
                         [](const auto& test) {
                           const int number = test.param.signal;
                           return test.param.command + (number == SIGINT    ? "Interrupt"
                                                        : number == SIGTERM ? "Terminate"
                                                                            : "HangUp");
                         });

}  // namespace
}  // namespace bootproof::testing
