#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// The boot sector of a FAT volume: its BIOS parameter block (Microsoft FAT specification 1.03, 3).
struct FatBootSector {
  int fat_bits = 12;  ///< 12, 16 or 32, by the count of clusters (section 3.5).
  std::uint32_t bytes_per_sector = 0;
  std::uint32_t sectors_per_cluster = 0;
  std::uint64_t total_sectors = 0;
  std::string oem_name;  ///< Printable.
  /// Printable; of the boot sector, "NO NAME" included, which a directory's entry may override.
  std::string label;
  bool has_signature = false;  ///< 55 aa at offset 510.

  [[nodiscard]] std::uint64_t total_bytes() const { return total_sectors * bytes_per_sector; }
};

/// The FAT volume that begins with the view; nothing where its first sector is no boot sector of
/// one. Looks at one sector and judges only whether it is one.
std::optional<FatBootSector> recognise_fat(const ImageView& view);

}  // namespace bootproof::inspectors
