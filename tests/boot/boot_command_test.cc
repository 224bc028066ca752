#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

// `bootproof boot` on the real media of the packages, without any configuration.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Lines = std::vector<std::string>;

constexpr const char* kGrubRescue = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";
constexpr const char* kMemtest = "/usr/lib/memtest86+/memtest86+x64.iso";
constexpr const char* kIpxe = "/usr/lib/ipxe/ipxe.iso";

class BootCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    for (const char* image : {kGrubRescue, kMemtest, kIpxe}) {
      if (!fs::exists(image)) {
        GTEST_SKIP() << image << " is missing: apt-get install grub-rescue-pc memtest86+ ipxe";
      }
    }
  }

  ProgramResult call(const char* command, std::vector<std::string> arguments) {
    ProgramCall call;
    call.arguments = {BOOTPROOF_PROGRAM, command, "--accel", "tcg", "-q", "--out", "run"};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    call.folder = folder_.path();
    call.environment = test_environment();
    call.limit = std::chrono::minutes(5);
    return value_or_throw(run_program(call));
  }
  ProgramResult boot(std::vector<std::string> arguments) {
    return call("boot", std::move(arguments));
  }

  /// "firmware device: outcome stage-or-cause, forecast agreement" of each case of the last run.
  [[nodiscard]] Lines cells() const {
    Lines lines;
    const json::value run = json::parse(content_of(folder_.path() / "run" / "run.json"));
    for (const json::value& one : run.at("cases").as_array()) {
      const json::object& properties = one.at("properties").as_object();
      const json::object& foretold = one.at("foretold").as_object();
      const std::string cause(one.at("cause").as_string());
      lines.push_back(fmt::format("{} {}: {} {}, {} {}",
                                  std::string(properties.at("firmware").as_string()),
                                  std::string(properties.at("device").as_string()),
                                  std::string(one.at("outcome").as_string()),
                                  cause.empty() ? std::string(one.at("stage").as_string()) : cause,
                                  std::string(foretold.at("forecast").as_string()),
                                  std::string(foretold.at("agreement").as_string())));
    }
    return lines;
  }

  TemporaryFolder folder_;
};

TEST_F(BootCommand, GrubsRescueMediumComesToItsPromptAsForetold) {
  const ProgramResult result = boot({kGrubRescue, "--quick"});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_THAT(cells(),
              ElementsAre("seabios ahci-cd: passed loader, doubtful doubtful",
                          "seabios usb-storage: passed loader, doubtful doubtful",
                          "ovmf ahci-cd: skipped case.foretold-not-to-boot, cannot boot unproved",
                          "ovmf usb-storage: skipped case.foretold-not-to-boot, cannot boot "
                          "unproved",
                          "ovmf-secure ahci-cd: skipped case.foretold-not-to-boot, cannot boot "
                          "unproved",
                          "ovmf-secure usb-storage: skipped case.foretold-not-to-boot, cannot "
                          "boot unproved"));
  EXPECT_THAT(result.output, HasSubstr("2 passed, 0 failed, 0 errors, 4 skipped, 0 flaky in "));
}

TEST_F(BootCommand, WhatIsForetoldNotToBootFailsSo) {
  const ProgramResult result = boot({kGrubRescue, "--quick", "--device", "ahci-cd", "--firmware",
                                     "ovmf,ovmf-secure", "--prove-impossible"});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_THAT(cells(), ElementsAre("ovmf ahci-cd: passed firmware.fell-to-shell, cannot boot held",
                                   "ovmf-secure ahci-cd: passed firmware.no-bootable-device, "
                                   "cannot boot held"));
}

TEST_F(BootCommand, IpxeComesToItsOwnEndAsForetold) {
  const ProgramResult result = boot({kIpxe, "--quick", "--firmware", "seabios,ovmf"});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_THAT(result.output, HasSubstr("4 passed, 0 failed, 0 errors, 0 skipped, 0 flaky in "));
  EXPECT_THAT(cells(), Each(::testing::Not(HasSubstr("contradicted"))));
}

TEST_F(BootCommand, MemtestRunsUnderEachFirmwareAsForetold) {
  const ProgramResult result = boot({kMemtest, "--device", "ahci-cd"});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_THAT(result.output, HasSubstr("2 passed, 0 failed, 0 errors, 1 skipped, 0 flaky in "));
  EXPECT_THAT(cells(), ElementsAre(HasSubstr("seabios ahci-cd: passed"),
                                   "ovmf ahci-cd: passed loader, boots held",
                                   "ovmf-secure ahci-cd: skipped case.foretold-not-to-boot, "
                                   "cannot boot unproved"));
}

TEST_F(BootCommand, RunGivesTheSameCellsOfWhatWasSaved) {
  const std::vector<std::string> request{kGrubRescue, "--device",  "ide-cd,usb-storage",
                                         "--save",    "boot.yaml", "--firmware",
                                         "seabios"};
  EXPECT_EQ(boot(request).exit_code, 0);
  const Lines booted = cells();
  EXPECT_EQ(booted.size(), 2U);
  EXPECT_EQ(call("run", {"boot.yaml"}).exit_code, 0);
  EXPECT_EQ(cells(), booted);
}

TEST_F(BootCommand, APatternThatIsExpectedHasToCome) {
  std::ignore = folder_.write("hello.img", printing_disk("hello"));
  const ProgramResult came = boot({"hello.img", "--firmware", "seabios", "--device", "ide-hd",
                                   "--memory", "64", "--expect", "hel+o"});
  EXPECT_EQ(came.exit_code, 0) << came.output << came.error_output;
  // GRUB's prompt says that nothing more will come.
  const ProgramResult did_not_come = boot(
      {kGrubRescue, "--firmware", "seabios", "--device", "ide-cd", "--expect", "good morning"});
  EXPECT_EQ(did_not_come.exit_code, 1) << did_not_come.output << did_not_come.error_output;
  EXPECT_THAT(did_not_come.output, HasSubstr("'good morning'"));
}

}  // namespace
}  // namespace bootproof::testing
