#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnosis/signature.h"

namespace bootproof {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kMenu =
    "                       GNU GRUB  version 2.06\n"
    " │*GNU/Linux                     │\n"
    "      Use the ↑ and ↓ keys to select which entry is highlighted.\n"
    "      Press enter to boot the selected OS, `e' to edit the commands\n"
    "      before booting or `c' for a command-line.";

std::string certain_cause(const SignatureWatch& watch, const Lines& tolerated = {}) {
  const auto finding = watch.certain(tolerated);
  return finding ? std::string(finding->signature->cause) : "none";
}

std::string settled_cause(const SignatureWatch& watch, const Lines& tolerated = {}) {
  const auto finding = watch.settled(tolerated);
  return finding ? std::string(finding->signature->cause) : "none";
}

TEST(SignatureWatch, FindsNothingInNothing) {
  const SignatureWatch watch;
  EXPECT_EQ(certain_cause(watch), "none");
  EXPECT_EQ(settled_cause(watch), "none");
  EXPECT_EQ(watch.stage(), Stage::kNone);
  EXPECT_EQ(watch.countdown(), nullptr);
}

TEST(SignatureWatch, TheFirstCertainFindingStays) {
  SignatureWatch watch;
  watch.add_text("GRUB Geom Error\nKernel panic - not syncing: Attempted to kill init!\n");
  EXPECT_EQ(certain_cause(watch), "loader.read-error");
}

TEST(SignatureWatch, ToleratedCausesArePassedOver) {
  SignatureWatch watch;
  watch.add_text(
      "No bootable device.\n[    1.2] Kernel panic - not syncing: Attempted to kill init!\n");
  EXPECT_EQ(certain_cause(watch, {"firmware.no-bootable-device"}), "kernel.panic.init-died");
  EXPECT_EQ(certain_cause(watch, {"firmware.no-bootable-device", "kernel.panic.init-died"}),
            "kernel.panic");
  EXPECT_EQ(certain_cause(
                watch, {"firmware.no-bootable-device", "kernel.panic.init-died", "kernel.panic"}),
            "none");
}

TEST(SignatureWatch, AnExplanationCarriesAllItsLines) {
  SignatureWatch watch;
  watch.add_text(
      "BdsDxe: failed to load Boot0001 \"UEFI QEMU DVD-ROM QM00001 \" from PciRoot(0x0): Access "
      "Denied\n"
      "BdsDxe: failed to start Boot0002 \"EFI Internal Shell\" from Fv(7CB8): Security Violation\n"
      "BdsDxe: No bootable option or device was found.\n");
  const auto finding = watch.certain({});
  ASSERT_TRUE(finding);
  EXPECT_EQ(finding->signature->cause, "firmware.secure-boot-denied");
  EXPECT_EQ(finding->proof->cause, "firmware.no-bootable-device");
  EXPECT_EQ(finding->line, "BdsDxe: No bootable option or device was found.");
  EXPECT_EQ(finding->evidence,
            (Lines{"BdsDxe: failed to load Boot0001 \"UEFI QEMU DVD-ROM QM00001 \" from "
                   "PciRoot(0x0): Access Denied",
                   "BdsDxe: No bootable option or device was found."}));
}

TEST(SignatureWatch, AnExplanationThatIsToleratedExplainsNothing) {
  SignatureWatch watch;
  watch.add_text(
      "BdsDxe: failed to load Boot0001 \"x\" from PciRoot(0x0): Access Denied\n"
      "BdsDxe: No bootable option or device was found.\n");
  EXPECT_EQ(certain_cause(watch, {"firmware.secure-boot-denied"}), "firmware.no-bootable-device");
}

TEST(SignatureWatch, WhatComesAfterALossDoesNotExplainIt) {
  SignatureWatch watch;
  watch.add_text(
      "[    1.0] Kernel panic - not syncing: No working init found.\n"
      "[    2.0] Failed to execute /init (error -8)\n");
  EXPECT_EQ(certain_cause(watch), "kernel.panic.no-init");
}

TEST(SignatureWatch, ARefusedShellIsNotARefusedMedium) {
  SignatureWatch watch;
  watch.add_text(
      "BdsDxe: failed to load Boot0001 \"UEFI QEMU DVD-ROM QM00001 \" from PciRoot(0x0): Not "
      "Found\n"
      "BdsDxe: failed to start Boot0002 \"EFI Internal Shell\" from Fv(7CB8): Security Violation\n"
      "BdsDxe: No bootable option or device was found.\n");
  EXPECT_EQ(certain_cause(watch), "firmware.no-bootable-device");
}

TEST(SignatureWatch, OneBootOptionThatFailsProvesNothing) {
  SignatureWatch watch;
  watch.add_text(
      "Boot failed: could not read the boot disk\n"
      "BdsDxe: failed to load Boot0001 \"x\" from PciRoot(0x0)/Pci(0x2,0x0): Not Found\n"
      "BdsDxe: failed to load Boot0002 \"y\" from PciRoot(0x0)/Pci(0x3,0x0): Access Denied\n"
      "BdsDxe: loading Boot0003 \"z\" from PciRoot(0x0)/Pci(0x4,0x0)\n"
      "BdsDxe: starting Boot0003 \"z\" from PciRoot(0x0)/Pci(0x4,0x0)\n");
  EXPECT_EQ(certain_cause(watch), "none");
  EXPECT_EQ(settled_cause(watch), "none");
  EXPECT_EQ(watch.stage(), Stage::kLoader);
}

TEST(SignatureWatch, AGeneralPatternWaitsForTheEndOfItsLine) {
  SignatureWatch watch;
  watch.add_text("[    1.0] Kernel panic - not syncing: ");
  EXPECT_EQ(certain_cause(watch), "none");
  watch.add_text("VFS: Unable to mount root fs on unknown-block(0,0)");
  EXPECT_EQ(certain_cause(watch), "kernel.panic.no-root");
  watch.add_text("\n");
  EXPECT_EQ(certain_cause(watch), "kernel.panic.no-root");
}

TEST(SignatureWatch, TheEvidenceGrowsWithItsLine) {
  SignatureWatch watch;
  watch.add_text("isolinux: Disk error 01");
  EXPECT_EQ(watch.certain({})->line, "isolinux: Disk error 01");
  watch.add_text(", AX = 4280\n");
  EXPECT_EQ(watch.certain({})->line, "isolinux: Disk error 01, AX = 4280");
}

TEST(SignatureWatch, APromptSettlesOnlyAtTheEnd) {
  SignatureWatch watch;
  watch.add_text("grub> ");
  EXPECT_EQ(settled_cause(watch), "loader.command-prompt");
  EXPECT_EQ(settled_cause(watch, {"loader.command-prompt"}), "none");
  watch.add_text("ls");
  EXPECT_EQ(settled_cause(watch), "none");
  watch.add_text("\n(hd0)\n");
  EXPECT_EQ(settled_cause(watch), "none");
  watch.add_text("grub> ");
  EXPECT_EQ(settled_cause(watch), "loader.command-prompt");
}

TEST(SignatureWatch, KernelMessagesAfterAPromptArePassedOver) {
  SignatureWatch watch;
  watch.add_text("(initramfs) [    6.123456] tsc: Refined TSC clocksource calibration\n");
  EXPECT_EQ(settled_cause(watch), "initramfs.emergency-shell");
  watch.add_text("[    6.345678] clocksource: Switched to clocksource tsc\n");
  EXPECT_EQ(settled_cause(watch), "initramfs.emergency-shell");
  watch.add_text("something else\n");
  EXPECT_EQ(settled_cause(watch), "none");
}

TEST(SignatureWatch, AMenuSettlesOnTheScreenUnlessItCountsDown) {
  SignatureWatch watch;
  watch.show_screen(kMenu);
  EXPECT_EQ(settled_cause(watch), "loader.waits-for-input");
  EXPECT_EQ(watch.countdown(), nullptr);
  watch.show_screen(std::string(kMenu) +
                    "\n   The highlighted entry will be executed automatically in 30s.");
  EXPECT_EQ(settled_cause(watch), "none");
  ASSERT_NE(watch.countdown(), nullptr);
  EXPECT_EQ(watch.countdown()->loader, "GRUB");
  EXPECT_EQ(watch.countdown()->key, "enter");
  watch.show_screen("  Booting `GNU/Linux'");
  EXPECT_EQ(watch.countdown(), nullptr);
  EXPECT_EQ(settled_cause(watch), "none");
  EXPECT_EQ(watch.stage(), Stage::kKernelLoad);
}

TEST(SignatureWatch, AMenuOfAHundredColumnsIsAMenuToo) {
  SignatureWatch watch;
  watch.show_screen(
      "      Use the ^ and v keys to select which entry is highlighted.\n"
      "      Press enter to boot the selected OS, `e' to edit the commands before booting or `c' "
      "for\n"
      "      a command-line. ESC to return previous menu.");
  EXPECT_EQ(settled_cause(watch), "loader.waits-for-input");
}

TEST(SignatureWatch, EachScreenHasAnEndOfItsOwn) {
  SignatureWatch watch;
  watch.show_screen("Booting from Hard Disk...", ScreenKind::kTerminal);
  watch.show_screen("grub rescue>", ScreenKind::kVga);
  watch.show_screen("Booting from Hard Disk..", ScreenKind::kTerminal);
  EXPECT_EQ(settled_cause(watch), "loader.rescue-prompt");
}

TEST(SignatureWatch, TheEfiShellsCountdownEndsAtItsPrompt) {
  SignatureWatch watch;
  watch.show_screen("UEFI Interactive Shell v2.2\nPress ESC in 1 seconds to skip startup.nsh");
  ASSERT_NE(watch.countdown(), nullptr);
  EXPECT_EQ(watch.countdown()->loader, "EFI shell");
  EXPECT_EQ(settled_cause(watch), "none");
  watch.show_screen(
      "UEFI Interactive Shell v2.2\nPress ESC in 1 seconds to skip startup.nsh\nShell>");
  EXPECT_EQ(watch.countdown(), nullptr);
  EXPECT_EQ(settled_cause(watch), "firmware.fell-to-shell");
}

TEST(SignatureWatch, ALoadersPromptLeftOnAScreenIsNothingOnceTheKernelRuns) {
  SignatureWatch watch;
  watch.show_screen("boot:", ScreenKind::kVga);
  EXPECT_EQ(settled_cause(watch), "loader.waits-for-input");
  watch.add_text("[    0.000000] Linux version 6.1.0-18-amd64\n");
  EXPECT_EQ(settled_cause(watch), "none");
}

TEST(SignatureWatch, StagesGoForwardUntilAReset) {
  SignatureWatch watch;
  watch.add_text("SeaBIOS (version 1.16.2-debian-1.16.2-1)\n");
  EXPECT_EQ(watch.stage(), Stage::kFirmware);
  watch.add_text("Booting from DVD/CD...\nWelcome to GRUB!\n");
  EXPECT_EQ(watch.stage(), Stage::kLoader);
  watch.add_text("  Booting `d-i text'\n");
  EXPECT_EQ(watch.stage(), Stage::kKernelLoad);
  watch.add_text("[    0.000000] Linux version 6.1.0\nBooting from Hard Disk...\n");
  EXPECT_EQ(watch.stage(), Stage::kKernel);
  watch.note_reset();
  EXPECT_EQ(watch.stage(), Stage::kNone);
  watch.add_text("SeaBIOS (version 1.16.2-debian-1.16.2-1)\n");
  EXPECT_EQ(watch.stage(), Stage::kFirmware);
}

TEST(SignatureWatch, FindingsStayAfterAReset) {
  SignatureWatch watch;
  watch.add_text("[    1.0] Kernel panic - not syncing: Attempted to kill init!\n");
  watch.note_reset();
  EXPECT_EQ(certain_cause(watch), "kernel.panic.init-died");
}

TEST(SignatureWatch, StreamsDoNotMixTheirLines) {
  SignatureWatch watch;
  watch.add_text("No bootable", TextStream::kFirmwareLog);
  watch.add_text(" device.\n", TextStream::kSerial);
  EXPECT_EQ(certain_cause(watch), "none");
  watch.add_text(" device.\n", TextStream::kFirmwareLog);
  EXPECT_EQ(certain_cause(watch), "firmware.no-bootable-device");
}

TEST(SignatureWatch, LinesBeyondFourKibibytesAndAnyBytesAreSafe) {
  SignatureWatch watch;
  watch.add_text(std::string(1U << 20U, 'x'));
  watch.add_text(std::string(100, '\0') + "\xff\xfe\n");
  watch.show_screen(std::string(1U << 20U, 'x') + "\n" + std::string(5000, '\n') + "\xff");
  EXPECT_EQ(certain_cause(watch), "none");
  EXPECT_EQ(settled_cause(watch), "none");
  watch.add_text("No bootable device.\n");
  EXPECT_EQ(certain_cause(watch), "firmware.no-bootable-device");
}

TEST(SignatureWatch, HarmlessLinesThatSoundBadProveNothing) {
  SignatureWatch watch;
  watch.add_text(
      "error: no suitable video mode found.\nBooting in blind mode\n"
      "error: file `/boot/grub/locale/en.gmo' not found.\n"
      "EFI stub: ERROR: FIRMWARE BUG: kernel image not aligned on 64k boundary\n"
      "EFI stub: ERROR: Could not determine UEFI Secure Boot status.\n"
      "[    0.000000] Kernel command line: panic=10 root=/dev/sda1 ro emergency\n"
      "[    0.123456] ACPI Error: AE_NOT_FOUND, While resolving a named reference package\n"
      "[    0.223456] i8042: Can't read CTR while initializing i8042\n"
      "[    0.323456] Initramfs unpacking failed: junk in compressed archive\n"
      "[    0.423456] systemd[1]: Failed to find module 'autofs4'\n"
      "[FAILED] Failed to start Load Kernel Modules.\n"
      "[    1.123456] Buffer I/O error on dev sr0, logical block 5, async page read\n"
      "[    2.123456] reboot: System halted\n"
      "mount: mounting none on /sys/kernel/debug failed: No such file or directory\n");
  EXPECT_EQ(certain_cause(watch), "none");
  EXPECT_EQ(settled_cause(watch), "none");
}

TEST(SignatureWatch, TakesALoadersWordsForMoreThanThatNothingIsLeftToBoot) {
  SignatureWatch watch;
  watch.add_text("No bootable device.\n", TextStream::kFirmwareLog);
  ASSERT_TRUE(watch.certain({}));
  EXPECT_EQ(watch.certain({})->signature->cause, "firmware.no-bootable-device");
  watch.add_text("GRUB Geom Error\n");
  EXPECT_EQ(watch.certain({})->signature->cause, "loader.read-error");
  SignatureWatch in_order;
  in_order.add_text("GRUB Geom Error\n");
  in_order.add_text("No bootable device.\n", TextStream::kFirmwareLog);
  EXPECT_EQ(in_order.certain({})->signature->cause, "loader.read-error");
}

TEST(SignatureWatch, TheRootFileSystemsInitShowsUserSpace) {
  SignatureWatch watch;
  watch.add_text("[    2.756440] Run /init as init process\n");
  EXPECT_EQ(watch.stage(), Stage::kInitramfs);
  watch.add_text(
      "[    8.155329] Not activating Mandatory Access Control as /sbin/tomoyo-init does not "
      "exist.\n");
  EXPECT_EQ(watch.stage(), Stage::kUserspace);
}

void say_often(SignatureWatch& watch, std::string_view line, int times) {
  for (int i = 0; i < times; ++i) {
    watch.add_text(line);
    watch.show_screen(std::string(line) + "---");  // The same lines, rendered.
  }
}

constexpr std::string_view kCannotRun = "can't run '/bin/nothing': No such file or directory\n";

TEST(SignatureWatch, WhatGoesRoundIsOverWithAReset) {
  SignatureWatch watch;
  say_often(watch, kCannotRun, 4);
  EXPECT_TRUE(watch.repeating({}));
  EXPECT_FALSE(watch.repeating(Lines{"userspace.respawn-loop"}));
  watch.note_reset();
  EXPECT_FALSE(watch.repeating({}));
}

TEST(SignatureWatch, WhatGoesRoundIsOverWithAnotherLine) {
  SignatureWatch watch;
  say_often(watch, kCannotRun, 4);
  watch.add_text("Starting network\n");
  EXPECT_FALSE(watch.repeating({}));
  say_often(watch, kCannotRun, 3);
  EXPECT_FALSE(watch.repeating({}));
}

TEST(SignatureWatch, WhatGoesRoundBesideAPromptIsNoLoss) {
  SignatureWatch watch;
  watch.add_text("small login: \n");
  say_often(watch, kCannotRun, 9);
  EXPECT_FALSE(watch.repeating({}));
}

TEST(SignatureWatch, OneLineOfWhatMayGoRoundIsNothing) {
  SignatureWatch watch;
  watch.add_text("[*     ] Job systemd-udev-trigger.service/start running (3s / no limit)\n");
  EXPECT_FALSE(watch.explanation("step.no-match", {}));
  EXPECT_EQ(settled_cause(watch), "none");
}

}  // namespace
}  // namespace bootproof
