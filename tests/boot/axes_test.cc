#include <gtest/gtest.h>

#include <string>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"
#include "tests/boot/boot_sectors.h"

// What a machine can be besides firmware and device: controllers, presentation, TPM, firmware of
// one's own, further disks.

namespace bootproof::testing {
namespace {

class Axes : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
  }

  /// Runs it and demands so many cases, all of which pass.
  static void expect_passes(BootRun& run, std::string_view scenarios, int cases) {
    const ProgramResult result = run.run(scenarios);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
    EXPECT_EQ(junit_counts(run.out() / "junit.xml"),
              "tests=" + std::to_string(cases) + " failures=0 errors=0 skipped=0");
  }
};

TEST_F(Axes, SeaBiosBootsByEveryControllerThatItIsSaidTo) {
  BootRun run;
  run.add_image("disk.img", writing_disk());
  const std::string before = *sha256_of_file(run.folder() / "disk.img");
  expect_passes(run, R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: usb
    media: [disk]
    firmware: [seabios]
    machine: [pc, q35]
    device: [usb-storage]
    controller: [ehci, xhci, nec-xhci]
    memory: 64M
    steps: [{expect: 'WROTE', within: 30s}]
  - {name: uas, extends: usb, device: usb-uas, controller: ehci}
  - name: card
    media: [disk]
    firmware: [seabios]
    machine: [pc, q35]
    device: [sd-card]
    memory: 64M
    steps: [{expect: 'WROTE', within: 30s}]
  - {name: scsi, extends: usb, device: scsi-hd, controller: [virtio-scsi, lsi53c895a, megasas]}
)",
                16);
  EXPECT_EQ(*sha256_of_file(run.folder() / "disk.img"), before);
}

TEST_F(Axes, AReadOnlyDiskRefusesWrites) {
  BootRun run;
  run.add_image("disk.img", writing_disk());
  expect_passes(run, R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: read-only
    media: [disk]
    firmware: [seabios]
    device: [usb-storage, virtio-blk, scsi-hd, nvme]
    read_only: true
    memory: 64M
    steps: [{expect: 'REFUSED', within: 30s}]
)",
                4);
}

TEST_F(Axes, ADiscWithoutItsBootCatalogIsNotStarted) {
  BootRun run;
  expect_passes(run, R"(version: 1
media: {ipxe: {package: ipxe, file: /usr/lib/ipxe/ipxe.iso}}
scenarios:
  - name: hidden
    media: [ipxe]
    firmware: [seabios]
    device: [ide-cd, usb-cd]
    hide: el-torito
    memory: 64M
    expect_failure: {cause: firmware.no-bootable-device}
  - name: stick
    media: [ipxe]
    firmware: [seabios]
    device: [usb-storage]
    hide: el-torito
    memory: 64M
    steps: [expect: 'iPXE initialising devices']
)",
                3);
}

TEST_F(Axes, UefiBootsByEveryControllerThatItIsSaidTo) {
  BootRun run;
  expect_passes(run, R"(version: 1
firmware:
  by-path: {like: ovmf, code: /usr/share/OVMF/OVMF_CODE_4M.fd, vars: /usr/share/OVMF/OVMF_VARS_4M.fd}
media:
  ipxe: {package: ipxe, file: /usr/lib/ipxe/ipxe.iso}
  memtest: {package: memtest86+, file: /usr/lib/memtest86+/memtest86+ia32.iso}
scenarios:
  - name: usb
    media: [ipxe]
    firmware: [ovmf]
    device: [usb-storage]
    controller: [uhci, ehci, nec-xhci]
    steps: &ipxe
      - {expect: 'iPXE initialising devices', within: 60s}
  - name: presented
    media: [ipxe]
    firmware: [by-path]
    device: [usb-storage]
    removable: false
    larger: 64M
    steps: *ipxe
  - name: ia32
    media: [memtest]
    firmware: [ovmf-ia32]
    device: [scsi-cd]
    steps: [expect: 'BdsDxe: starting Boot0001']
)",
                5);
}

TEST_F(Axes, ALinuxSeesTheMachineAsItWasAskedFor) {
  if (const std::string why = why_no_packages(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun run;
  run.add_image("one.img", printing_disk("one"));
  const std::string text = R"(version: 1
recipes: [)" BOOTPROOF_SOURCE_DIR R"(/scenarios/payload-recipes.yaml]
media:
  disc: {build: mdev-usb-disc}
  one: {path: one.img}
scenarios:
  - name: machine
    media: [disc]
    firmware: [seabios]
    device: [usb-storage]
    controller: nec-xhci
    removable: false
    larger: 64M
    tpm: true
    disks: [{size: 16M, device: usb-storage}]
    steps:
      - {expect: 'bootproof# ', within: 120s}
      - send: "until [ -b /dev/sda -a -b /dev/sdb ]; do sleep 1; done; echo both-$((1+1))\n"
      - expect: 'both-2'
      - send: "echo tpm-$(cat /sys/class/tpm/tpm0/tpm_version_major)\n"
      - expect: 'tpm-2'
      - send: "cat /sys/block/sd?/removable /sys/block/sd?/size | sort -n | tr '\\n' ' '; echo end-$((1+1))\n"
      - expect: '0 1 32768 ([0-9]+) end-2'
      # Plugged in late, as a user does; the init says what mdev hears of.
      - plug: one
      - expect: 'block device sdc'
      - unplug: one
      - send: "until [ ! -b /dev/sdc ]; do sleep 1; done; echo gone-$((1+1))\n"
      - expect: 'gone-2'
)";
  ProgramCall call;  // With the user's cache, which has the kernels.
  call.arguments = run.command(text);
  call.limit = std::chrono::minutes(5);
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(run.out() / "junit.xml"), "tests=1 failures=0 errors=0 skipped=0");
}

}  // namespace
}  // namespace bootproof::testing
