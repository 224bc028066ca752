#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// The fields of a FAT volume's boot sector as they stand there, whatever they are (Microsoft FAT
/// specification 1.03, section 3). Texts are printable.
struct FatBootRecord {
  bool has_jump = false;  ///< EB xx 90 or E9 xx xx.
  std::string oem_name;
  std::uint32_t bytes_per_sector = 0;
  std::uint32_t sectors_per_cluster = 0;
  std::uint32_t reserved_sectors = 0;
  std::uint32_t fats = 0;
  std::uint32_t root_entries = 0;
  std::uint32_t total_sectors_16 = 0;
  std::uint32_t total_sectors_32 = 0;
  std::uint8_t media = 0;
  std::uint32_t fat_sectors_16 = 0;
  std::uint32_t sectors_per_track = 0;
  std::uint32_t heads = 0;
  std::uint32_t hidden_sectors = 0;
  // FAT32 alone; zeros otherwise.
  std::uint32_t fat_sectors_32 = 0;
  std::uint32_t extended_flags = 0;
  std::uint32_t version = 0;
  std::uint32_t root_cluster = 0;
  std::uint32_t fsinfo_sector = 0;
  std::uint32_t backup_boot_sector = 0;
  // Of the extended boot record, where its signature says that there is one.
  std::uint8_t state = 0;  ///< Bit 0: not cleanly unmounted, bit 1: test the surface.
  std::optional<std::uint32_t> serial;
  std::string label;           ///< "NO NAME" where mkfs was given none.
  std::string type_name;       ///< "FAT12", "FAT16", "FAT32", "FAT" or anything else.
  bool has_signature = false;  ///< 55 aa at offset 510.

  /// Whether the media byte is one that the specification allows.
  [[nodiscard]] bool has_valid_media() const { return media == 0xF0 || media >= 0xF8; }
  /// Whether the fields behind offset 36 are laid out as FAT32's: everybody goes by the 16-bit
  /// count of sectors in a FAT.
  [[nodiscard]] bool is_laid_out_as_32() const { return fat_sectors_16 == 0; }
  [[nodiscard]] std::uint64_t total_sectors() const {
    return total_sectors_16 != 0 ? total_sectors_16 : total_sectors_32;
  }
  [[nodiscard]] std::uint64_t fat_sectors() const {
    return is_laid_out_as_32() ? fat_sectors_32 : fat_sectors_16;
  }
};

/// Decodes the first 512 bytes; nothing where the view is shorter.
std::optional<FatBootRecord> read_fat_boot_record(const ImageView& view);

/// Whether this is the boot sector of a FAT volume, perhaps of a damaged one: the name of its type
/// stands there, or its fields make sense together.
bool claims_to_be_fat(const FatBootRecord& record);
bool claims_to_be_fat(const ImageView& view);

/// Where the parts of a volume stand, from a boot record that makes sense.
struct FatLayout {
  int fat_bits = 12;  ///< 12, 16 or 32: by the layout, and between 12 and 16 by the clusters.
  std::uint64_t sector_bytes = 512;
  std::uint64_t cluster_bytes = 512;
  std::uint64_t fat_begin = 0;     ///< Of the FAT that is used, in bytes from the volume's begin.
  std::uint64_t fat_bytes = 0;     ///< Of one FAT.
  std::uint64_t root_begin = 0;    ///< FAT12/16: of the root directory, in bytes.
  std::uint64_t root_bytes = 0;    ///< FAT12/16.
  std::uint64_t data_begin = 0;    ///< Of cluster 2, in bytes.
  std::uint32_t root_cluster = 0;  ///< FAT32.
  std::uint32_t cluster_count = 0;
  std::uint64_t total_bytes = 0;

  /// Whether a cluster with this number exists: 2 to cluster_count + 1.
  [[nodiscard]] bool has_cluster(std::uint32_t cluster) const {
    return cluster >= 2 && cluster - 2 < cluster_count;
  }
  /// In bytes from the volume's begin; `cluster` has to be one.
  [[nodiscard]] std::uint64_t offset_of(std::uint32_t cluster) const {
    return data_begin + std::uint64_t{cluster - 2} * cluster_bytes;
  }
};

/// Nothing where the record's numbers give no volume: no power of two where one is needed, no
/// sectors, no FAT, no root directory, nothing behind them.
std::optional<FatLayout> layout_of(const FatBootRecord& record);

}  // namespace bootproof::inspectors
