#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

using ::testing::HasSubstr;

/// Media that never heard of a serial line: GRUB draws its menu in a graphics mode, the kernel its
/// console, and the shell is on that.
constexpr std::string_view kRecipes = R"(version: 1
include: {0}/scenarios/payload-recipes.yaml
recipes:
  graphical-grub:
    grub: {{platform: x86_64-efi, modules: [all_video, gfxterm, font]}}
  graphical:
    iso:
      volume_id: GRAPHICAL
      architecture: x86_64
      uefi: {{files: {{/EFI/BOOT/BOOTX64.EFI: {{build: graphical-grub}}}}}}
      files:
        /boot/grub/fonts/unicode.pf2: {{package: grub-common, file: /usr/share/grub/unicode.pf2}}
        /boot/grub/grub.cfg:
          text: |
            loadfont /boot/grub/fonts/unicode.pf2
            set gfxmode=1024x768
            insmod all_video
            insmod gfxterm
            terminal_output gfxterm
            terminal_input console
            set timeout=-1
            menuentry "Another entry" {{ true }}
            menuentry "A shell on the screen" {{
              linux /boot/vmlinuz console=tty0
              initrd /boot/initrd
            }}
        /boot/vmlinuz: {{package: linux-image-amd64, file: '/boot/vmlinuz-*'}}
        /boot/initrd: {{build: shell-x86_64}}
)";

constexpr std::string_view kScenario = R"(version: 1
recipes: [recipes.yaml]
media:
  graphical: {build: graphical}
scenarios:
  - name: seen
    media: [graphical]
    firmware: [ovmf]
    device: [scsi-cd]
    memory: 512M
    countdowns: keep
    steps:
      - expect: 'GNU GRUB'
        on: screen
      - key: down
      - expect: '\*A shell on the screen'
        on: screen
      - key: enter
      - {expect: 'bootproof# $', within: 60s}
      - send: "echo answer-$((40 + 2))\n"
      - expect: '^answer-42'
  - name: fails
    media: [graphical]
    firmware: [ovmf]
    device: [scsi-cd]
    memory: 512M
    countdowns: keep
    steps:
      - {expect: 'never to be seen', within: 12s}
)";

TEST(OwnScreen, IsReadAndTypedOnWhereTheSerialLineIsSilent) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  if (const std::string why = why_no_packages(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun boot;
  replace_file(boot.folder() / "recipes.yaml", fmt::format(kRecipes, BOOTPROOF_SOURCE_DIR));
  const ProgramResult result = boot.run(kScenario);
  EXPECT_EQ(result.exit_code, 1) << result.output << result.error_output;
  const std::string passed = boot.evidence("seen/graphical.ovmf.scsi-cd", "verdict.json");
  EXPECT_THAT(passed, HasSubstr("\"outcome\":\"passed\""));
  EXPECT_THAT(boot.evidence("seen/graphical.ovmf.scsi-cd", "vga.txt"), HasSubstr("answer-42"));
  EXPECT_EQ(boot.evidence("seen/graphical.ovmf.scsi-cd", "serial.log").find("GNU GRUB"),
            std::string::npos);

  const std::string failed = boot.evidence("fails/graphical.ovmf.scsi-cd", "verdict.json");
  EXPECT_THAT(failed, HasSubstr("\"loader.waits-for-input\""));
  const std::string menu = boot.evidence("fails/graphical.ovmf.scsi-cd", "vga.txt");
  EXPECT_THAT(menu, HasSubstr("GNU GRUB  version"));
  EXPECT_THAT(menu, HasSubstr("*Another entry"));
  EXPECT_THAT(menu, HasSubstr("Use the ↑ and ↓ keys"));
}

/// The firmware's own console, with its own font.
TEST(OwnScreen, OfTheFirmwareIsKeptAsText) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  BootRun boot;
  boot.add_image("empty.img", std::string(1U << 20U, '\0'));
  const ProgramResult result = boot.run(R"(version: 1
media:
  empty: empty.img
scenarios:
  - name: shell
    media: [empty]
    firmware: [ovmf]
    device: [scsi-hd]
    steps: [{expect: 'UEFI Interactive Shell v2', on: vga, within: 60s}]
)");
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_THAT(boot.evidence("shell/empty.ovmf.scsi-hd", "vga.txt"),
              HasSubstr("UEFI Interactive Shell v2"));
}

}  // namespace
}  // namespace bootproof::testing
