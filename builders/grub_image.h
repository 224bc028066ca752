#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "builders/image_input.h"
#include "harness/core/file_source.h"

namespace bootproof {

/// The package that brings GRUB's modules for a platform.
PackageFile grub_package(GrubPlatform platform);

/// The folder with GRUB's modules for a platform: /usr/lib/grub/PLATFORM, else in the package
/// cache. Throws Error (kHost) where they are missing.
std::filesystem::path find_grub_folder(GrubPlatform platform, const std::filesystem::path& cache);

/// Makes a GRUB core image with all modules that a boot medium needs in it (grub_modules). It looks
/// for the file system with the identifier `filesystem_id` and reads /boot/grub/grub.cfg there, so
/// that it finds its medium however the firmware names it: as a CD, a stick or a partition. For
/// kI386Pc the image is for El Torito (`i386-pc-eltorito`), for the others a PE program. Throws
/// Error (kBuild).
void make_grub_image(const GrubFolder& grub, const std::string& filesystem_id,
                     const std::filesystem::path& work_folder, const std::filesystem::path& image);

/// The same for a disk: its configuration is FOLDER/grub.cfg, and it reads ext2/3/4 too. For
/// kI386Pc the image begins with diskboot.img, whose list of blocks grub_stages() fills.
void make_grub_disk_image(const GrubFolder& grub, const std::string& filesystem_id,
                          const std::string& folder, const std::filesystem::path& work_folder,
                          const std::filesystem::path& image);

/// The modules of a core image, sorted.
std::vector<std::string> grub_modules(GrubPlatform platform);

/// Makes a FAT file system with the UEFI programs in /EFI/BOOT under the names of UEFI 2.10,
/// table 3.2 (3.5.1.1). `images` are platform and file; kI386Pc is passed over. `volume_serial` is
/// its FAT serial number, 8 hexadecimal digits. Throws Error (kBuild).
void make_efi_partition(const std::vector<std::pair<GrubPlatform, std::filesystem::path>>& images,
                        const std::string& volume_serial, const std::filesystem::path& image);

}  // namespace bootproof
