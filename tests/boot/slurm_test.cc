#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/text.h"
#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"
#include "tests/boot/slurm_cluster.h"

// A run as an array job of a real Slurm, joined afterwards.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

constexpr std::string_view kFourCells = R"(version: 1
media: {hello: {path: hello.img}}
scenarios:
  - name: says-hello
    media: hello
    firmware: seabios
    device: [ide-hd, virtio-blk, nvme, usb-storage]
    memory: 64M
    steps: [expect: hello]
)";

/// A boot needs a Slurm and a QEMU; a run folder for both.
class Slurm : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& why : {why_no_qemu(), why_no_slurm()}) {
      if (!why.empty()) {
        GTEST_SKIP() << why;
      }
    }
  }

  /// `bootproof run` on boot.yaml, as a job's command.
  static std::string run_command() {
    return quote_for_shell(BOOTPROOF_PROGRAM) + " run boot.yaml --accel tcg -q -j 1";
  }

  ProgramResult merge(const std::vector<std::string>& parts) {
    ProgramCall call;
    call.arguments = {BOOTPROOF_PROGRAM, "merge"};
    call.arguments.insert(call.arguments.end(), parts.begin(), parts.end());
    call.folder = folder_.path();
    call.environment = test_environment();
    return value_or_throw(run_program(call));
  }

  [[nodiscard]] std::vector<std::string> ids_in(const fs::path& run) const {
    std::vector<std::string> ids;
    const json::value read = json::parse(content_of(folder_.path() / run / "run.json"));
    for (const json::value& one : read.at("cases").as_array()) {
      ids.emplace_back(one.at("id").as_string());
    }
    return ids;
  }

  TemporaryFolder folder_;
};

TEST_F(Slurm, AnArrayOfTasksMakesOneWholeReport) {
  std::ignore = folder_.write("boot.yaml", kFourCells);
  std::ignore = folder_.write("hello.img", printing_disk("hello"));
  {
    SlurmCluster slurm;
    const ProgramResult array = slurm.run_array("1-3", run_command(), folder_.path());
    EXPECT_EQ(array.exit_code, 0) << array.output << array.error_output
                                  << content_of(folder_.path() / "slurm-1.txt") << slurm.logs();
  }
  EXPECT_TRUE(processes_with("slurm.conf").empty()) << "no daemon is left";

  const ProgramResult whole =
      merge({"out/boot.shard-1-of-3", "out/boot.shard-2-of-3", "out/boot.shard-3-of-3"});
  EXPECT_EQ(whole.exit_code, 0) << whole.error_output;
  EXPECT_THAT(whole.output, HasSubstr("\n4 passed, 0 failed, 0 errors, 0 skipped, 0 flaky in "));
  EXPECT_THAT(ids_in("out/merged"),
              UnorderedElementsAre("hello.seabios.ide-hd", "hello.seabios.virtio-blk",
                                   "hello.seabios.nvme", "hello.seabios.usb-storage"));
  EXPECT_EQ(junit_counts(folder_.path() / "out/merged/junit.xml"),
            "tests=4 failures=0 errors=0 skipped=0");

  const ProgramResult part = merge({"out/boot.shard-1-of-3", "out/boot.shard-3-of-3"});
  EXPECT_EQ(part.exit_code, 3);
  EXPECT_EQ(part.error_output,
            "bootproof: shard 2/3 is missing\n"
            "  the report is not whole: run what is missing, then merge all parts\n");
}

TEST_F(Slurm, AnArrayMayBeginAnywhereAndHaveSteps) {
  std::ignore = folder_.write(
      "boot.yaml",
      std::string(kFourCells).replace(kFourCells.find("expect: hello"), 13, "reach: loader"));
  std::ignore = folder_.write("hello.img", std::string(100'000, '\0'));  // No cell is booted.
  SlurmCluster slurm;
  const ProgramResult array = slurm.run_array("10-14:2", run_command(), folder_.path());
  EXPECT_EQ(array.exit_code, 0) << array.error_output << slurm.logs();
  const ProgramResult whole =
      merge({"out/boot.shard-1-of-3", "out/boot.shard-2-of-3", "out/boot.shard-3-of-3"});
  EXPECT_EQ(whole.exit_code, 0) << whole.error_output;
  EXPECT_THAT(ids_in("out/merged"), SizeIs(4));
}

TEST_F(Slurm, AnArrayWithHolesIsRefusedByEachTask) {
  std::ignore = folder_.write("boot.yaml", kFourCells);
  std::ignore = folder_.write("hello.img", printing_disk("hello"));
  SlurmCluster slurm;
  const ProgramResult array = slurm.run_array("1,2,9", run_command(), folder_.path());
  EXPECT_EQ(array.exit_code, 2) << array.error_output << slurm.logs();
  EXPECT_THAT(content_of(folder_.path() / "slurm-9.txt"), HasSubstr("part 9 of 3"));
}

}  // namespace
}  // namespace bootproof::testing
