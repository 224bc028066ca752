#include <gtest/gtest.h>

#include <string>

#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

// Steps that are done to the machine.

namespace bootproof::testing {
namespace {

class MachineSteps : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }
};

constexpr std::string_view kBoots = R"(version: 1
media:
  halts: {path: halts.img}
  switches-off: {path: off.img}
  awaits-button: {path: button.img}
  grub: {package: grub-rescue-pc, file: /usr/lib/grub-rescue/grub-rescue-cdrom.iso}
  ipxe: {package: ipxe, file: /usr/lib/ipxe/ipxe.iso}
scenarios:
  - name: boots
    media: [halts]
    firmware: [seabios]
    device: [virtio-blk, usb-storage]
    memory: 64M
    steps:
      - expect: 'boot 1'
      - reset
      - expect: 'boot 2'
      - cold_boot
      - expect: 'boot 3'
  - name: switches-itself-off
    extends: boots
    media: switches-off
    steps:
      - expect: 'boot 1'
      - power_down: guest
      - cold_boot
      - expect: 'boot 2'
      - power_down: guest
        within: 5s
  - name: obeys-the-button
    extends: boots
    media: awaits-button
    steps:
      - expect: 'boot 1'
      - power_down
      - cold_boot
      - expect: 'boot 2'
  - name: discs
    media: [grub]
    firmware: [seabios]
    device: [ide-cd, ahci-cd, scsi-cd]
    memory: 64M
    tolerate: [firmware.no-bootable-device]
    steps:
      - expect: 'GNU GRUB +version'
      - insert: ipxe
      - reset
      - expect: 'iPXE initialising devices'
      - eject
      - reset
      - expect: 'No bootable device'
)";

TEST_F(MachineSteps, OneCaseSeesManyBootsOfOneDiskAndOfManyDiscs) {
  BootRun run;
  run.add_image("halts.img", counting_disk(AfterCount::kHalt));
  run.add_image("off.img", counting_disk(AfterCount::kSwitchOff));
  run.add_image("button.img", counting_disk(AfterCount::kAwaitButton));
  const ProgramResult result = run.run(kBoots);
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(run.out() / "junit.xml"), "tests=9 failures=0 errors=0 skipped=0");
  EXPECT_NE(run.evidence("boots/halts.seabios.virtio-blk", "boot-2/qmp.log"), "");
}

TEST_F(MachineSteps, AGuestThatIgnoresTheButtonFails) {
  BootRun run;
  run.add_image("disk.img", printing_disk("on"));
  const ProgramResult result = run.run(R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: stays-on
    media: [disk]
    firmware: [seabios]
    device: [virtio-blk]
    memory: 64M
    steps: [{expect: 'on'}, {power_down: button, within: 1s}]
)");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("waiting for the guest to switch the machine off"),
            std::string::npos)
      << result.output;
}

}  // namespace
}  // namespace bootproof::testing
