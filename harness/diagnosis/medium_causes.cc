#include "harness/diagnosis/medium_causes.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

#include "harness/core/text.h"

namespace bootproof {
namespace {

/// What a firmware or a watchdog says that found nothing to start, or started what went nowhere.
constexpr std::string_view kNothingStarted =
    "firmware.no-bootable-device firmware.fell-to-shell firmware.fell-to-setup "
    "firmware.load-failed machine.* step.no-match case.limit";
/// The same of a loader that was started.
constexpr std::string_view kLoaderLost =
    "firmware.no-bootable-device firmware.fell-to-shell firmware.fell-to-setup "
    "loader.returned-to-firmware machine.* step.no-match case.limit";

/// The same where a kernel was to be loaded.
constexpr std::string_view kKernelLost =
    "loader.read-error loader.bad-kernel loader.error-message loader.no-kernel "
    "kernel.does-not-unpack kernel.silent-console firmware.exception machine.* step.no-match "
    "case.limit";

/// The same, and a loader that met the end of the image.
constexpr std::string_view kEndMet =
    "firmware.no-bootable-device firmware.fell-to-shell firmware.fell-to-setup "
    "firmware.load-failed loader.read-error loader.returned-to-firmware machine.* step.no-match "
    "case.limit";

constexpr auto kRows = std::to_array<MediumCause>({
    {"medium.cut", Stage::kBootDevice, R"(^the image: it is cut: )",
     "the image is cut off: it is smaller than what stands on it says",
     "fetch or write the image again and compare its size and digest: a download broke off, or the "
     "disk was full",
     kEndMet},

    // El Torito 1.0: the boot record volume descriptor, the catalog and its entries
    {"firmware.no-boot-catalog", Stage::kBootDevice,
     R"(^El Torito boot record: (?:there is no boot catalog|this is no ISO 9660 medium|it stands at sector))",
     "the disc has no boot catalog where the firmware looks for it",
     "make the image with an El Torito entry for this firmware (xorriso: -b, -e); the boot record "
     "stands in sector 17 and names the catalog",
     kNothingStarted},
    {"firmware.bad-boot-catalog", Stage::kBootDevice,
     R"(^El Torito .*: (?:the catalog's validation entry is not valid|)"
     R"(its validation entry is not valid|the catalog has no entry))",
     "the disc's boot catalog is damaged",
     "its first entry needs the header ID 1, a checksum of zero and the key 55 aa: build the image "
     "again, or compare its size and digest",
     kNothingStarted},
    {"firmware.wrong-platform-id", Stage::kBootDevice,
     R"(^El Torito .*: (?:it is for .*: a BIOS finds no boot code in it|it has no entry for UEFI))",
     "the boot catalog has no entry for this kind of firmware",
     "platform ID 0x00 is for a BIOS, 0xEF for UEFI: make the image with an entry for this one",
     kNothingStarted},
    {"firmware.entry-not-bootable", Stage::kBootDevice,
     R"(^El Torito .*: (?:it is marked as not bootable|it says that no sector is to be loaded))",
     "the boot catalog's entry tells the firmware to start nothing",
     "its boot indicator has to be 0x88, and it has to name the number of sectors to load",
     kNothingStarted},
    {"firmware.bad-boot-image", Stage::kBootDevice,
     R"(^El Torito .*: its image (?:lies outside the medium|is all zeros|is no FAT volume))",
     "the boot image that the boot catalog names is not there",
     "the image is cut off or the catalog was not written last: build it again and compare its "
     "size",
     kNothingStarted},

    // The first sector of a disk
    {"firmware.no-boot-signature", Stage::kBootDevice, R"(has no signature 55 aa$)",
     "the first sector of the disk or partition has no boot signature",
     "the bytes at 510 have to be 55 aa: install a loader, or write the image once more",
     kNothingStarted},
    {"firmware.no-boot-code", Stage::kBootDevice, R"(^boot code: .*: there is none$)",
     "the first sector has the boot signature and no boot code",
     "write boot code into the MBR (grub-install, or syslinux's mbr.bin)", kNothingStarted},

    // UEFI 2.10, 3.5.1.1: the removable media boot path
    {"firmware.no-efi-volume", Stage::kBootDevice,
     R"(: (?:there is no FAT volume that UEFI could find|no GPT partition holds a FAT volume)$)",
     "the medium has no FAT file system where UEFI looks for one",
     "UEFI needs an EFI System Partition in a valid partition table, or an El Torito entry whose "
     "image is a FAT file system",
     kNothingStarted},
    {"firmware.no-loader", Stage::kBootDevice, R"(^\S*/EFI/BOOT/BOOT\w+\.EFI: it is not there)",
     "the EFI System Partition has no loader where the firmware looks for one",
     "put a loader for this architecture at \\EFI\\BOOT\\BOOTX64.EFI (x86_64) or "
     "\\EFI\\BOOT\\BOOTAA64.EFI (aarch64)",
     kNothingStarted},
    {"firmware.wrong-architecture", Stage::kBootDevice, R"(^/\S+(?: \(.*\))?: it is for )",
     "the loader on the medium is a program for another architecture",
     "put a loader for this machine's architecture there", kNothingStarted},
    {"firmware.bad-program", Stage::kBootDevice,
     R"(^/\S+(?: \(.*\))?: (?:it is no PE/COFF program|the firmware can't load it|)"
     R"(.*firmware refuses the EFI program|a program that is not for UEFI))",
     "the loader on the medium is damaged or no EFI program",
     "the file is cut off or was overwritten: copy it again and compare its size and digest",
     kNothingStarted},

    // shim says the same of a signature that it does not trust
    {"loader.sbat-refused", Stage::kLoader,
     R"(: refused: (?:its SBAT \S+ is revoked|it has no SBAT))",
     "shim refused the next loader: its SBAT generation is revoked, or it has none",
     "put a loader of a later SBAT generation on the medium; one's own needs a section .sbat",
     "loader.signature-refused loader.shim-failed"},

    // What a BIOS starts, which then finds no more of itself
    {"loader.bad-boot-info", Stage::kLoader,
     R"(: (?:its boot info table |it has no boot info table ))",
     "the loader's boot info table does not say where the rest of it stands",
     "write the boot info table when the image is made (xorriso: -boot-info-table)", kLoaderLost},
    {"loader.core-damaged", Stage::kLoader,
     R"(^(?:core\.img at sector \d+|GRUB .*): (?:there is nothing|it does not unpack|it is damaged|)"
     R"(it can't be read|its decompressor is not known|the list of its blocks is wrong))",
     "GRUB's core image is damaged or not where its first stage looks for it",
     "install GRUB again as the last step; nothing may write between the MBR and the first "
     "partition, or into the BIOS boot partition",
     kLoaderLost},

    // The kernel, x86 boot protocol: setup_sects and syssize say how long it is
    {"kernel.cut", Stage::kKernelLoad, R"(: the kernel is cut: )",
     "the kernel file is cut off: it is shorter than it says",
     "copy it again and compare its size and digest: the disk was full, or a download broke off",
     kKernelLost},
});

const std::vector<std::unique_ptr<RE2>>& patterns() {
  static const std::vector<std::unique_ptr<RE2>> kCompiled = [] {
    RE2::Options options;
    options.set_log_errors(false);
    std::vector<std::unique_ptr<RE2>> all;
    all.reserve(kRows.size());
    for (const MediumCause& row : kRows) {
      all.push_back(
          std::make_unique<RE2>(re2::StringPiece(row.pattern.data(), row.pattern.size()), options));
    }
    return all;
  }();
  return kCompiled;
}

}  // namespace

std::span<const MediumCause> medium_causes() { return kRows; }

const MediumCause* medium_cause_of(std::string_view link, std::string_view problem,
                                   std::string_view lost_for) {
  const std::string text = fmt::format("{}: {}", link, problem);
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (matches_any_glob(kRows[i].explains, lost_for) && RE2::PartialMatch(text, *patterns()[i])) {
      return &kRows[i];
    }
  }
  return nullptr;
}

}  // namespace bootproof
