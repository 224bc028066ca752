#include "harness/diagnosis/medium_causes.h"

#include <gtest/gtest.h>
#include <re2/re2.h>

#include <array>
#include <string>
#include <string_view>

#include "harness/diagnosis/signature.h"

namespace bootproof {
namespace {

/// A broken link as the inspection of a real medium words it, and what it is the cause of.
struct Sample {
  std::string_view cause;
  std::string_view link;
  std::string_view problem;
  std::string_view lost_for;
};

constexpr auto kSamples = std::to_array<Sample>({
    {"medium.cut", "the image",
     "it is cut: found an image of 6504038 bytes; expected at least 10840064 bytes",
     "firmware.no-bootable-device"},
    {"firmware.no-boot-catalog", "El Torito boot record", "there is no boot catalog",
     "firmware.no-bootable-device"},
    {"firmware.no-boot-catalog", "El Torito boot record", "this is no ISO 9660 medium",
     "firmware.no-bootable-device"},
    {"firmware.bad-boot-catalog", "El Torito boot record",
     "the catalog's validation entry is not valid", "firmware.no-bootable-device"},
    {"firmware.bad-boot-catalog", "El Torito (boot catalog at sector 5416)",
     "its validation entry is not valid", "firmware.fell-to-shell"},
    {"firmware.wrong-platform-id", "El Torito initial entry (platform 0x01, sector 4553, isolinux)",
     "it is for PowerPC: a BIOS finds no boot code in it", "firmware.no-bootable-device"},
    {"firmware.entry-not-bootable",
     "El Torito initial entry (platform 0x00, sector 4553, isolinux)",
     "it is marked as not bootable", "firmware.no-bootable-device"},
    {"firmware.bad-boot-image", "El Torito initial entry (platform 0x00, sector 16777215, nothing)",
     "its image lies outside the medium", "firmware.no-bootable-device"},
    {"firmware.no-boot-signature", "MBR", "it has no signature 55 aa",
     "firmware.no-bootable-device"},
    {"firmware.no-boot-signature", "MBR partition 1 (FAT32 LBA)",
     "its boot sector has no signature 55 aa", "machine.silent"},
    {"firmware.no-boot-code", "boot code: none", "there is none", "machine.silent"},
    {"firmware.no-efi-volume", "the medium", "there is no FAT volume that UEFI could find",
     "firmware.fell-to-shell"},
    {"firmware.no-efi-volume", "the medium", "no GPT partition holds a FAT volume",
     "firmware.fell-to-setup"},
    {"firmware.no-loader", "/EFI/BOOT/BOOTX64.EFI", "it is not there", "firmware.fell-to-shell"},
    {"firmware.wrong-architecture", "/EFI/BOOT/BOOTX64.EFI (aarch64, GRUB, not signed)",
     "it is for aarch64", "firmware.load-failed"},
    {"firmware.bad-program", "/EFI/BOOT/BOOTX64.EFI", "it is no PE/COFF program",
     "firmware.fell-to-shell"},
    {"firmware.bad-program", "/EFI/BOOT/BOOTX64.EFI (x86-64, GRUB, not signed)",
     "a section lies outside the file: firmware refuses the EFI program (724992 bytes from offset "
     "118784; expected inside the file of 508723 bytes)",
     "firmware.load-failed"},
    {"loader.sbat-refused", "/EFI/BOOT/grubx64.efi (x86-64, GRUB, signed)",
     "refused: its SBAT grub,1 is revoked by SbatLevel 2025021800", "loader.signature-refused"},
    {"loader.sbat-refused", "/EFI/BOOT/grubx64.efi (x86-64, GRUB, signed)",
     "refused: it has no SBAT, which shim requires", "loader.signature-refused"},
    {"loader.bad-boot-info", "El Torito initial entry (platform 0x00, sector 4553, isolinux)",
     "it has no boot info table by which it finds the rest of itself", "machine.silent"},
    {"loader.core-damaged", "core.img at sector 2048", "it does not unpack", "machine.silent"},
    {"loader.core-damaged", "core.img at sector 16777215", "there is nothing",
     "firmware.no-bootable-device"},
    {"kernel.cut", "/boot/vmlinuz",
     "the kernel is cut: it is shorter than it says (a file of 4933593 bytes; expected 8221184 "
     "bytes, by setup_sects and syssize)",
     "machine.reset-loop"},
});

TEST(MediumCauses, AreFoundInWhatTheInspectionSays) {
  for (const Sample& sample : kSamples) {
    const MediumCause* row = medium_cause_of(sample.link, sample.problem, sample.lost_for);
    ASSERT_NE(row, nullptr) << sample.link << ": " << sample.problem;
    EXPECT_EQ(row->cause, sample.cause) << sample.link << ": " << sample.problem;
  }
}

TEST(MediumCauses, HaveASampleEach) {
  for (const MediumCause& row : medium_causes()) {
    bool has_sample = false;
    for (const Sample& sample : kSamples) {
      has_sample = has_sample || sample.cause == row.cause;
    }
    EXPECT_TRUE(has_sample) << row.cause;
    EXPECT_TRUE(RE2(re2::StringPiece(row.pattern.data(), row.pattern.size())).ok()) << row.pattern;
    EXPECT_TRUE(is_cause(row.cause)) << row.cause;
  }
}

TEST(MediumCauses, LeaveACauseThatIsSpecificAlone) {
  EXPECT_EQ(medium_cause_of("MBR", "it has no signature 55 aa", "loader.no-active-partition"),
            nullptr);
  EXPECT_EQ(medium_cause_of("/EFI/BOOT/BOOTX64.EFI", "it is not there", "kernel.panic.no-root"),
            nullptr);
  EXPECT_EQ(medium_cause_of("/EFI/BOOT/BOOTX64.EFI (x86-64, GRUB, not signed)",
                            "refused: unsigned, and its digest is not in db",
                            "firmware.secure-boot-denied"),
            nullptr);
}

}  // namespace
}  // namespace bootproof
