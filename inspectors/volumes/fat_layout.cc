#include "inspectors/volumes/fat_layout.h"

#include <array>
#include <bit>
#include <cstddef>

#include "inspectors/cursor.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The fields that FAT12, FAT16 and FAT32 have in common (section 3.1).
struct CommonRecord {
  std::array<std::uint8_t, 3> jump;
  std::array<std::uint8_t, 8> oem_name;
  Le16 bytes_per_sector;
  std::uint8_t sectors_per_cluster;
  Le16 reserved_sectors;
  std::uint8_t fats;
  Le16 root_entries;
  Le16 total_sectors_16;
  std::uint8_t media;
  Le16 fat_sectors_16;
  Le16 sectors_per_track;
  Le16 heads;
  Le32 hidden_sectors;
  Le32 total_sectors_32;
};
static_assert(sizeof(CommonRecord) == 36);

/// What FAT32 has behind them (section 3.3).
struct Fat32Record {
  Le32 fat_sectors;
  Le16 extended_flags;
  Le16 version;
  Le32 root_cluster;
  Le16 fsinfo_sector;
  Le16 backup_boot_sector;
  std::array<std::uint8_t, 12> reserved;
};
static_assert(sizeof(Fat32Record) == 28);

/// The extended boot record, behind either.
struct ExtendedRecord {
  std::uint8_t drive;
  std::uint8_t state;
  std::uint8_t signature;
  Le32 serial;
  std::array<std::uint8_t, 11> label;
  std::array<std::uint8_t, 8> type_name;
};
static_assert(sizeof(ExtendedRecord) == 26);

constexpr std::uint64_t kSignatureField = 510;
constexpr std::uint8_t kSerialAlone = 0x28;  ///< No label and no type follow.
constexpr std::uint8_t kSerialAndTexts = 0x29;
constexpr std::uint64_t kLeast16 = 4085;
constexpr std::uint64_t kDirectoryEntryBytes = 32;

bool is_sector_size(std::uint32_t bytes) {
  return bytes >= 512 && bytes <= 4096 && std::has_single_bit(bytes);
}

void take_extended(const ExtendedRecord& extended, FatBootRecord& record) {
  if (extended.signature != kSerialAlone && extended.signature != kSerialAndTexts) {
    return;
  }
  record.state = extended.state;
  record.serial = extended.serial.value();
  if (extended.signature == kSerialAndTexts) {
    record.label = printable_text(extended.label);
    record.type_name = printable_text(extended.type_name);
  }
}

}  // namespace

std::optional<FatBootRecord> read_fat_boot_record(const ImageView& view) {
  Cursor cursor(view);
  const auto common = cursor.read<CommonRecord>("BIOS parameter block");
  FatBootRecord record;
  record.has_jump = (common.jump[0] == 0xEB && common.jump[2] == 0x90) || common.jump[0] == 0xE9;
  record.oem_name = printable_text(common.oem_name);
  record.bytes_per_sector = common.bytes_per_sector.value();
  record.sectors_per_cluster = common.sectors_per_cluster;
  record.reserved_sectors = common.reserved_sectors.value();
  record.fats = common.fats;
  record.root_entries = common.root_entries.value();
  record.total_sectors_16 = common.total_sectors_16.value();
  record.total_sectors_32 = common.total_sectors_32.value();
  record.media = common.media;
  record.fat_sectors_16 = common.fat_sectors_16.value();
  record.sectors_per_track = common.sectors_per_track.value();
  record.heads = common.heads.value();
  record.hidden_sectors = common.hidden_sectors.value();
  // With root entries the missing count is a defect of a FAT12 or FAT16.
  if (record.is_laid_out_as_32() && record.root_entries == 0) {
    const auto fat32 = cursor.read<Fat32Record>("FAT32 fields");
    record.fat_sectors_32 = fat32.fat_sectors.value();
    record.extended_flags = fat32.extended_flags.value();
    record.version = fat32.version.value();
    record.root_cluster = fat32.root_cluster.value();
    record.fsinfo_sector = fat32.fsinfo_sector.value();
    record.backup_boot_sector = fat32.backup_boot_sector.value();
  }
  take_extended(cursor.read<ExtendedRecord>("extended boot record"), record);
  Cursor end(view, kSignatureField);
  const auto signature = end.read<std::array<std::uint8_t, 2>>("signature");
  record.has_signature = signature == std::array<std::uint8_t, 2>{0x55, 0xAA};
  return cursor.error() || end.error() ? std::nullopt : std::optional(record);
}

bool claims_to_be_fat(const FatBootRecord& record) {
  if (record.type_name == "FAT12" || record.type_name == "FAT16" || record.type_name == "FAT32") {
    return true;
  }
  return record.has_jump && record.has_valid_media() && layout_of(record).has_value();
}

bool claims_to_be_fat(const ImageView& view) {
  const auto record = read_fat_boot_record(view);
  return record && claims_to_be_fat(*record);
}

std::optional<FatLayout> layout_of(const FatBootRecord& record) {
  const std::uint64_t root_bytes = record.root_entries * kDirectoryEntryBytes;
  if (!is_sector_size(record.bytes_per_sector) ||
      !std::has_single_bit(record.sectors_per_cluster) || record.reserved_sectors == 0 ||
      record.fats == 0 || record.fat_sectors() == 0 ||
      (root_bytes == 0) != record.is_laid_out_as_32()) {
    return std::nullopt;
  }
  const std::uint64_t root_sectors =
      (root_bytes + record.bytes_per_sector - 1) / record.bytes_per_sector;
  const std::uint64_t before_root = record.reserved_sectors + record.fats * record.fat_sectors();
  const std::uint64_t before_data = before_root + root_sectors;
  if (before_data >= record.total_sectors()) {
    return std::nullopt;
  }
  FatLayout layout;
  layout.sector_bytes = record.bytes_per_sector;
  layout.cluster_bytes = layout.sector_bytes * record.sectors_per_cluster;
  layout.fat_bytes = record.fat_sectors() * layout.sector_bytes;
  layout.fat_begin = record.reserved_sectors * layout.sector_bytes;
  layout.root_begin = before_root * layout.sector_bytes;
  layout.root_bytes = root_bytes;
  layout.data_begin = before_data * layout.sector_bytes;
  layout.total_bytes = record.total_sectors() * layout.sector_bytes;
  layout.cluster_count = static_cast<std::uint32_t>((record.total_sectors() - before_data) /
                                                    record.sectors_per_cluster);
  if (record.is_laid_out_as_32()) {
    constexpr std::uint32_t kNotMirrored = 0x80;
    constexpr std::uint32_t kActiveFat = 0x0F;
    layout.fat_bits = 32;
    layout.root_cluster = record.root_cluster;
    if ((record.extended_flags & kNotMirrored) != 0) {
      const std::uint32_t active = record.extended_flags & kActiveFat;
      layout.fat_begin += active < record.fats ? active * layout.fat_bytes : 0;
    }
  } else {
    layout.fat_bits = layout.cluster_count >= kLeast16 ? 16 : 12;
  }
  return layout;
}

}  // namespace bootproof::inspectors
