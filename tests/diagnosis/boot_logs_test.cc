// Whole serial logs of real boots under QEMU, healthy ones and failed ones.

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

#include "harness/console/terminal_screen.h"
#include "harness/console/transcript.h"
#include "harness/diagnosis/signature.h"
#include "tests/console/cut.h"

namespace bootproof {
namespace {

std::string read_log(const std::string& name) {
  std::ifstream file(std::string(BOOTPROOF_SOURCE_DIR) + "/tests/diagnosis/logs/" + name,
                     std::ios::binary);
  EXPECT_TRUE(file) << name;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What is known at the end of a boot.
struct Outcome {
  std::string certain = "none";
  std::string settled = "none";
  Stage stage = Stage::kNone;
  bool ever_settled = false;  ///< Whether anything looked like a prompt on the way.
};

Outcome watch_boot(const std::string& raw, std::size_t cut_size) {
  Transcript transcript;
  TerminalScreen screen;
  SignatureWatch watch;
  Outcome outcome;
  for (const std::string_view piece : test::cut(raw, cut_size)) {
    const std::uint64_t before = transcript.end();
    transcript.feed(piece);
    screen.feed(piece);
    watch.add_text(transcript.since(before));
    if (cut_size >= 7) {
      watch.show_screen(screen.text());
      outcome.ever_settled = outcome.ever_settled || watch.settled({}).has_value();
    }
  }
  watch.show_screen(screen.text());
  if (const auto finding = watch.certain({})) {
    outcome.certain = finding->signature->cause;
  }
  if (const auto finding = watch.settled({})) {
    outcome.settled = finding->signature->cause;
  }
  outcome.stage = watch.stage();
  return outcome;
}

struct Healthy {
  const char* name;
  Stage stage;
};

TEST(BootLogs, AHealthyBootRaisesNothing) {
  for (const Healthy& boot :
       {Healthy{"installer-seabios", Stage::kPrompt}, Healthy{"installer-ovmf", Stage::kPrompt},
        Healthy{"installer-aavmf", Stage::kPrompt}, Healthy{"shell-x86_64", Stage::kPrompt},
        Healthy{"shell-aarch64", Stage::kPrompt},
        Healthy{"shell-with-kernel-messages-after-the-prompt", Stage::kPrompt},
        Healthy{"memtest", Stage::kKernel}}) {
    const std::string raw = read_log(std::string("healthy/") + boot.name + ".serial");
    for (const std::size_t size : test::kCutSizes) {
      const Outcome outcome = watch_boot(raw, size);
      EXPECT_EQ(outcome.certain, "none") << boot.name << " cut at " << size;
      EXPECT_EQ(outcome.settled, "none") << boot.name << " cut at " << size;
      EXPECT_EQ(outcome.stage, boot.stage) << boot.name << " cut at " << size;
      EXPECT_FALSE(outcome.ever_settled) << boot.name << " cut at " << size;
    }
  }
}

struct Failed {
  const char* name;
  const char* certain;
  const char* settled;
};

TEST(BootLogs, AFailedBootIsRecognised) {
  for (const Failed& boot : {
           Failed{"seabios-no-el-torito", "firmware.no-bootable-device", "none"},
           Failed{"seabios-empty-disk", "firmware.no-bootable-device", "none"},
           Failed{"ovmf-bios-only-cd", "none", "firmware.fell-to-shell"},
           Failed{"aavmf-other-architecture", "none", "firmware.fell-to-shell"},
           Failed{"ovmf-secure-unsigned-loader", "firmware.secure-boot-denied", "none"},
           Failed{"ovmf-exception", "firmware.exception", "none"},
           Failed{"grub-ovmf-rescue", "none", "loader.rescue-prompt"},
           Failed{"grub-seabios-rescue", "none", "loader.rescue-prompt"},
           Failed{"grub-out-of-memory", "loader.out-of-memory", "loader.out-of-memory"},
           Failed{"ipxe-seabios", "loader.no-network", "none"},
           Failed{"ipxe-ovmf", "none", "loader.no-network"},
           Failed{"kernel-garbage-initrd", "initramfs.does-not-unpack", "none"},
           Failed{"kernel-no-init", "kernel.panic.no-root", "none"},
           Failed{"kernel-init-exits", "kernel.panic.init-died", "none"},
           Failed{"kernel-init-of-other-architecture", "initramfs.exec-format", "none"},
           Failed{"kernel-initramfs-too-large", "initramfs.does-not-fit", "none"},
           Failed{"kernel-rootwait", "none", "kernel.waits-for-root"},
       }) {
    const std::string raw = read_log(std::string("failed/") + boot.name + ".serial");
    for (const std::size_t size : test::kCutSizes) {
      const Outcome outcome = watch_boot(raw, size);
      EXPECT_EQ(outcome.certain, boot.certain) << boot.name << " cut at " << size;
      EXPECT_EQ(outcome.settled, boot.settled) << boot.name << " cut at " << size;
    }
  }
}

}  // namespace
}  // namespace bootproof
