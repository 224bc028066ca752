#pragma once

#include <filesystem>
#include <string>

#include "builders/image_input.h"

namespace bootproof {

/// Makes the image by xorriso in `image`; `work_folder` holds the pieces. The same input gives the
/// same bytes. Boots, as far as the platforms go:
///
/// - BIOS, CD: the first El Torito entry (no emulation, boot info table);
/// - BIOS, stick: GRUB's boot_hybrid.img in the MBR, which loads the same core image;
/// - UEFI, CD: the second El Torito entry, platform ID 0xEF, which is the FAT partition below;
/// - UEFI, stick: an EFI system partition behind the ISO file system, in a GPT.
///
/// Throws Error (kBuild) for a tool that fails.
void make_iso(const IsoInput& input, const std::filesystem::path& work_folder,
              const std::filesystem::path& image);

/// The volume's creation time as 16 digits, YYYYMMDDhhmmsscc (ECMA-119, 8.4.26.1), and as GRUB and
/// blkid write it. It is the only unique identifier that ISO 9660 has, so it derives from
/// `identity`.
struct VolumeTime {
  std::string digits;
  std::string filesystem_id;
};
VolumeTime volume_time(const std::string& identity);

}  // namespace bootproof
