#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;

/// Guests that can't go on, and such that only seem so.
class HangingGuest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }

  /// The verdict of a disk under SeaBIOS with these limits.
  json::object boot(std::string_view disk, const std::string& lines, unsigned cpus = 1) {
    run_.add_image("disk.img", disk);
    const ProgramResult result = run_.run(fmt::format(R"(version: 1
media: {{disk: {{path: disk.img}}}}
scenarios:
  - name: guest
    media: [disk]
    firmware: [seabios]
    device: [virtio-blk]
    memory: 64M
    cpus: {}
{})",
                                                      cpus, lines));
    const std::string text = evidence("verdict.json");
    EXPECT_FALSE(text.empty()) << result.output << result.error_output;
    return text.empty() ? json::object() : json::parse(text).as_object();
  }
  [[nodiscard]] std::string evidence(const std::string& file) const {
    return run_.evidence("guest/disk.seabios.virtio-blk", file);
  }

  BootRun run_;
};

/// Longer than any test may take: what ends sooner was not ended by a limit.
constexpr const char* kPatient = R"(    silence_limit: 300s
    steps: [{expect: 'never', within: 300s}]
)";

std::string lines_of(const json::object& verdict) {
  return json::serialize(verdict.at("evidence"));
}

TEST_F(HangingGuest, OneThatHaltsWithInterruptsOffIsLostAtOnce) {
  const json::object verdict = boot(halting_disk(), kPatient, 2);
  EXPECT_EQ(verdict.at("cause"), "machine.halted");
  EXPECT_THAT(lines_of(verdict),
              HasSubstr("CPU 0 halted with interrupts off at 0x7c02 (boot sector), real mode: "
                        "nothing can wake it"));
  EXPECT_THAT(evidence("cpu.txt"), HasSubstr("'boot sector' 'real mode' 0 off yes"));
}

TEST_F(HangingGuest, OneThatSpinsInItsBootSectorIsLostAtOnce) {
  const json::object verdict = boot(spinning_disk(), kPatient);
  EXPECT_EQ(verdict.at("cause"), "machine.spins");
  EXPECT_THAT(lines_of(verdict), HasSubstr("CPU 0 spins at 0x7c00 (boot sector), real mode"));
}

TEST_F(HangingGuest, OneThatHaltsInALoopWithoutHandlersOfItsOwnIsLostAtOnce) {
  EXPECT_EQ(boot(printing_disk("No system\r\n"), kPatient).at("cause"), "machine.halted");
}

TEST_F(HangingGuest, OneThatWaitsForItsOwnTimerIsGivenItsTime) {
  const json::object verdict = boot(ticking_disk(), R"(    silence_limit: 4s
    steps: [{expect: 'never', within: 60s}]
)");
  EXPECT_EQ(verdict.at("cause"), "machine.spins");
  EXPECT_THAT(std::string(verdict.at("message").as_string()),
              HasSubstr(" s after the last output"));
}

TEST_F(HangingGuest, OneThatGoesOnAfterAPauseOfItsOwnPasses) {
  const json::object verdict =
      boot(delaying_disk("first\r\n", "second\r\n"),
           "    steps: [{expect: 'first', within: 30s}, {expect: 'second', within: 30s}]\n");
  EXPECT_EQ(verdict.at("outcome"), "passed");
}

TEST_F(HangingGuest, ALoopOfTripleFaultsIsNamedWithItsPlace) {
  const json::object verdict = boot(triple_faulting_disk(), kPatient);
  EXPECT_EQ(verdict.at("cause"), "machine.triple-fault");
  EXPECT_THAT(lines_of(verdict), HasSubstr("CPU 0 was reset at 0x7c09 (boot sector), real mode, "
                                           "by a triple fault"));
}

TEST_F(HangingGuest, ALoopOfOtherResetsIsNone) {
  EXPECT_EQ(boot(resetting_disk(), kPatient).at("cause"), "machine.reset-loop");
}

/// Kernels whose init sleeps for ever.
constexpr std::string_view kSleeping = R"(version: 1
recipes: [recipes.yaml]
media:
  x86_64:
    kernel: {package: linux-image-amd64, file: '/boot/vmlinuz-*'}
    initrd: {build: sleeping-x86_64}
    append: console=ttyS0 sysrq_always_enabled
  masked:
    kernel: {package: linux-image-amd64, file: '/boot/vmlinuz-*'}
    initrd: {build: sleeping-x86_64}
    append: console=ttyS0
  silent:
    kernel: {package: linux-image-amd64, file: '/boot/vmlinuz-*'}
    initrd: {build: sleeping-x86_64}
    append: console=tty1 quiet
  aarch64:
    kernel: {package: linux-image-arm64, architecture: arm64, file: '/boot/vmlinuz-*'}
    initrd: {build: sleeping-aarch64}
    append: console=ttyAMA0 sysrq_always_enabled
    architecture: aarch64
scenarios:
  - name: sleeps
    media: [x86_64, masked, silent, aarch64]
    firmware: [kernel]
    memory: 512M
    steps: [{expect: 'never to be seen', within: 12s}]
)";
constexpr std::string_view kSleepers = R"(version: 1
recipes:
  sleeping-x86_64:
    initramfs:
      busybox: {package: busybox-static, file: /bin/busybox}
      architecture: x86_64
      init: &init |
        #!/bin/busybox sh
        exec /bin/busybox sleep 100000
  sleeping-aarch64:
    initramfs:
      busybox: {package: busybox-static, architecture: arm64, file: /bin/busybox}
      architecture: aarch64
      init: *init
)";

TEST(HangingKernel, IsAskedWhatItDoesAndItsPlaceIsNamed) {
  const std::string why = why_no_qemu().empty() ? why_no_packages() : why_no_qemu();
  if (!why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("recipes.yaml", kSleepers);
  const ProgramResult result = run.run(kSleeping);
  const auto verdict = [&](const std::string& medium) {
    const std::string text = run.evidence(fmt::format("sleeps/{}.kernel", medium), "verdict.json");
    EXPECT_FALSE(text.empty()) << result.output << result.error_output;
    return text.empty() ? json::object() : json::parse(text).as_object();
  };
  for (const char* medium : {"x86_64", "aarch64"}) {
    const json::object told = verdict(medium);
    EXPECT_EQ(told.at("cause"), "step.no-match") << medium;
    EXPECT_THAT(lines_of(told), HasSubstr("(pid 1) is waiting, in __s")) << medium;
    EXPECT_THAT(lines_of(told), HasSubstr("CPU 0 waits for an interrupt at 0xffff")) << medium;
    EXPECT_THAT(run.evidence(fmt::format("sleeps/{}.kernel", medium), "serial.log"),
                HasSubstr("sysrq: Show State"))
        << medium;
  }
  EXPECT_THAT(lines_of(verdict("x86_64")), HasSubstr("+0x"));  // A function by its name.
  EXPECT_THAT(lines_of(verdict("x86_64")), HasSubstr("nanosleep"));
  EXPECT_THAT(lines_of(verdict("masked")), HasSubstr("sysrq_always_enabled on its command line"));
  const json::object silent = verdict("silent");
  EXPECT_EQ(silent.at("cause"), "kernel.silent-console");
  EXPECT_THAT(lines_of(silent), HasSubstr("CPU 0 waits for an interrupt at 0xffffffff"));
}

TEST(HangingKernel, IsLeftAloneWhereItIsToBe) {
  const std::string why = why_no_qemu().empty() ? why_no_packages() : why_no_qemu();
  if (!why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("recipes.yaml", kSleepers);
  run.run(kSleeping, {"--no-prod", "--filter", "*masked*"});
  EXPECT_THAT(run.evidence("sleeps/masked.kernel", "serial.log"), HasSubstr("as init process"));
  EXPECT_EQ(run.evidence("sleeps/masked.kernel", "serial.log").find("sysrq operation"),
            std::string::npos);
  EXPECT_EQ(run.evidence("sleeps/masked.kernel", "verdict.json").find("SysRq"), std::string::npos);
}

}  // namespace
}  // namespace bootproof::testing
