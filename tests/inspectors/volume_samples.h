#pragma once

#include <cstdint>
#include <string_view>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// Small healthy volumes, built byte by byte without the inspectors' own structs, to be damaged.

/// Places in fat12_tree(): sectors of 512 bytes, which are its clusters too.
struct FatPlaces {
  static constexpr std::uint64_t kFat = 512;
  static constexpr std::uint64_t kSecondFat = 1024;
  static constexpr std::uint64_t kRoot = 1536;     ///< Label, EFI, a long name and its file.
  static constexpr std::uint64_t kEfi = 2048;      ///< Cluster 2: ., .., BOOT.
  static constexpr std::uint64_t kBoot = 2560;     ///< Cluster 3: ., .., BOOTX64.EFI, GRUB.CFG.
  static constexpr std::uint64_t kProgram = 3072;  ///< Cluster 4, then 5 and 7: 1300 bytes.
  static constexpr std::uint64_t kSectors = 64;
};

/// 32 KiB: FAT12 with /EFI/BOOT/BOOTX64.EFI (clusters 4, 5, 7), /EFI/BOOT/grub.cfg (6, by the flags
/// of Windows NT) and "/Long file name.txt" (8). Label SAMPLE, serial 1234-ABCD.
Bytes fat12_tree();
/// Sets the entry of a cluster in one FAT of fat12_tree(), or in both.
void set_fat12(Bytes& volume, std::uint64_t cluster, std::uint64_t value);
void set_one_fat12(Bytes& volume, std::uint64_t fat, std::uint64_t cluster, std::uint64_t value);

/// Of the volume that fat32_begin() begins; what follows are zeros.
constexpr std::uint64_t kFat32Sectors = 32 + 2 * 513 + 65600;
/// Where its data area begins.
constexpr std::uint64_t kFat32Data = std::uint64_t{32 + 2 * 513} * 512;
/// FAT32 with 65600 clusters of 512 bytes: FSInfo in sector 1, the backup in 6, /EFI (cluster 3).
Bytes fat32_begin();

/// fat12_tree() with syslinux's boot sector, ldlinux.sys (clusters 10 to 13) and ldlinux.c32 (14).
Bytes syslinux_volume();
/// Where ldlinux.sys begins in it.
constexpr std::uint64_t kLdlinux = 2048 + (10 - 2) * 512;

/// 64 KiB: ext2 with blocks of 1024 bytes: an empty root directory. Label SAMPLE.
Bytes ext2_volume();
/// The same with the feature metadata_csum and a good checksum of the superblock.
Bytes ext4_volume();
/// Corrects the checksum of the superblock.
void seal_ext(Bytes& volume);

/// 4 KiB: the superblock of an empty squashfs, and nothing where its tables are.
Bytes squashfs_file();

}  // namespace bootproof::testing
