#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "builders/disk_file.h"
#include "builders/disk_layout.h"
#include "builders/disk_recipe.h"

namespace bootproof {

/// GRUB's two first stages as they go onto a disk whose core image begins at sector `core_lba`.
struct GrubStages {
  std::string boot_code;  ///< For the MBR, kBootCodeSize bytes.
  std::string core;       ///< Whole sectors.
};

/// Fills in what GRUB's installer fills in (GRUB 2.06, include/grub/i386/pc/boot.h): boot.img gets
/// the sector of the core image at 0x5C and, for a hard disk, its check of the drive number enabled
/// at 0x66; the first sector of the core image gets the one block list it needs at its end, the
/// sector behind it and the count of the rest. Throws Error (kBuild) for images that are not
/// GRUB's.
GrubStages grub_stages(std::string boot_img, std::string core, std::uint64_t core_lba);

/// Writes GRUB for BIOS: `core` into the partition of type `bios-boot` of a GPT, or between MBR and
/// first partition, and boot.img into the MBR. Throws Error (kScenario) at `grub` for a core image
/// that does not fit there.
void install_grub_bios(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                       const std::filesystem::path& grub_folder, const std::filesystem::path& core);

/// Installs SYSLINUX: its installer puts ldlinux.sys, ldlinux.c32 and the boot sector into the file
/// system, with the time `date`; `boot_code`, mbr.bin or gptmbr.bin, goes into the MBR, where there
/// is one.
void install_syslinux(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                      const std::filesystem::path& boot_code, std::int64_t date);

}  // namespace bootproof
