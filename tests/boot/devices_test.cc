#include <gtest/gtest.h>

#include <string>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

namespace bootproof::testing {
namespace {

class Devices : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }
};

constexpr std::string_view kEveryDisk = R"(version: 1
media:
  disk: {path: disk.img}
scenarios:
  - name: every-disk
    media: [disk]
    firmware: [seabios]
    machine: [pc, q35]
    device: [usb-storage, virtio-blk, scsi-hd, nvme, ahci-hd, ide-hd]
    exclude: [{device: ide-hd, machine: q35}]
    memory: 64M
    steps:
      - {expect: 'WROTE', within: 20s}
)";

TEST_F(Devices, EveryDiskBootsAndAGuestThatWritesLeavesTheImageAsItWas) {
  BootRun run;
  run.add_image("disk.img", writing_disk());
  const std::string before = *sha256_of_file(run.folder() / "disk.img");
  const ProgramResult result = run.run(kEveryDisk);
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(run.out() / "junit.xml"), "tests=11 failures=0 errors=0 skipped=0");
  EXPECT_EQ(*sha256_of_file(run.folder() / "disk.img"), before);
}

constexpr std::string_view kEveryFirmware = R"(version: 1
media:
  disk: {path: disk.img}
scenarios:
  - name: uefi-reads-it
    media: [disk]
    firmware: [ovmf, aavmf]
    device: [virtio-blk, nvme]
    expect_failure: {cause: firmware.fell-to-shell}
)";

TEST_F(Devices, ABiosDiskUnderUefiFallsToTheShell) {
  BootRun run;
  run.add_image("disk.img", printing_disk("hello"));
  const ProgramResult result = run.run(kEveryFirmware);
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(run.out() / "junit.xml"), "tests=4 failures=0 errors=0 skipped=0");
}

TEST_F(Devices, AnImpossibleCombinationIsSkippedWithItsReasonAndNoMachineStarts) {
  BootRun run;
  run.add_image("disk.img", printing_disk("hello"));
  const ProgramResult result = run.run(R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: some
    media: [disk]
    firmware: [seabios]
    machine: [q35]
    device: [ide-hd, virtio-blk]
    steps: [{expect: hello, within: 20s}]
)");
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(run.out() / "junit.xml"), "tests=2 failures=0 errors=0 skipped=1");
  EXPECT_FALSE(std::filesystem::exists(run.out() / "some/disk.seabios.ide-hd.q35"));
}

}  // namespace
}  // namespace bootproof::testing
