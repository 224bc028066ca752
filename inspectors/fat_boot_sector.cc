#include "inspectors/fat_boot_sector.h"

#include "inspectors/volumes/fat_layout.h"

namespace bootproof::inspectors {
namespace {

/// Clusters of a FAT32 (section 3.5).
constexpr std::uint32_t kLeast32 = 65525;

/// What a boot sector of FAT has and other boot code has not. A FAT whose own is damaged is a
/// matter of fat_checks.h: here it is asked of any sector at all.
bool looks_like_fat(const FatBootRecord& record) {
  constexpr std::uint32_t kMostFats = 2;
  return record.has_jump && record.has_valid_media() && record.fats <= kMostFats;
}

}  // namespace

std::optional<FatBootSector> recognise_fat(const ImageView& view) {
  const auto record = read_fat_boot_record(view);
  if (!record || !looks_like_fat(*record)) {
    return std::nullopt;
  }
  const auto layout = layout_of(*record);
  if (!layout) {
    return std::nullopt;
  }
  FatBootSector fat;
  fat.fat_bits = layout->cluster_count >= kLeast32 ? 32 : layout->fat_bits;
  fat.bytes_per_sector = record->bytes_per_sector;
  fat.sectors_per_cluster = record->sectors_per_cluster;
  fat.total_sectors = record->total_sectors();
  fat.oem_name = record->oem_name;
  fat.label = record->label;
  fat.has_signature = record->has_signature;
  return fat;
}

}  // namespace bootproof::inspectors
