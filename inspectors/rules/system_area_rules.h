#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSystemAreaRules{
    Rule{"system-area.esp-differs", Severity::kWarning,
         "MBR and GPT of the ISO name different EFI system partitions: firmware takes either",
         "write the medium anew, with one -append_partition and -appended_part_as_gpt"},
    Rule{"system-area.esp-not-el-torito", Severity::kNote,
         "UEFI starts from other bytes on a stick than on a disc",
         "use one image for both: xorriso -as mkisofs -append_partition 2 0xef IMG -e "
         "--interval:appended_partition_2:all::"},
    Rule{"system-area.esp-not-fat", Severity::kWarning,
         "the EFI system partition of the ISO is no FAT volume: UEFI finds nothing on a stick",
         "give -append_partition a FAT image; correct the partition's place if the image moved"},
    Rule{"system-area.esp-short", Severity::kWarning,
         "the EFI system partition of the ISO is smaller than the FAT volume in it",
         "write the medium anew: the partition was sized by something else than its image"},
    Rule{"system-area.grub-pointer", Severity::kError,
         "GRUB's hybrid MBR does not point at its image: from a stick no BIOS starts it",
         "write the medium anew with xorriso -as mkisofs ... --grub2-mbr boot_hybrid.img"},
    Rule{"system-area.isohybrid-image", Severity::kError,
         "the isohybrid MBR points at something that is not isolinux.bin: it says that "
         "isolinux.bin is missing or corrupt",
         "use the MBR that fits the loader: --grub2-mbr boot_hybrid.img for GRUB, -isohybrid-mbr "
         "isohdpfx.bin for isolinux"},
    Rule{"system-area.isohybrid-pointer", Severity::kError,
         "the isohybrid MBR does not point at the boot image: from a stick no BIOS starts it",
         "run isohybrid again, or write the medium anew with xorriso -as mkisofs -isohybrid-mbr"},
    Rule{"system-area.no-active", Severity::kNote,
         "the ISO's MBR has boot code and no active partition: some BIOSes start it from no stick",
         "xorriso -as mkisofs ... --mbr-force-bootable, or sfdisk --activate IMAGE 1"},
    Rule{
        "system-area.no-esp", Severity::kNote,
        "no partition leads to the image for UEFI: from a stick only firmware that reads El Torito "
        "there starts it",
        "xorriso -as mkisofs ... -append_partition 2 0xef IMG, or isohybrid --uefi IMAGE"},
};

}  // namespace bootproof::inspectors
