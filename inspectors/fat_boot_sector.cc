#include "inspectors/fat_boot_sector.h"

#include <array>
#include <bit>

#include "inspectors/cursor.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The boot sector's first 512 bytes; where FAT12/16 and FAT32 differ, as bytes.
struct BootSector {
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
  Le32 fat_sectors_32;  ///< FAT32 alone; FAT12/16 have the drive number and the label from here on.
  std::array<std::uint8_t, 470> rest;
  std::array<std::uint8_t, 2> signature;
};
static_assert(sizeof(BootSector) == 512);

constexpr std::size_t kExtended16 = 36;
constexpr std::size_t kExtended32 = 64;
constexpr std::uint64_t kLeast16 = 4085;
constexpr std::uint64_t kLeast32 = 65525;

bool has_sane_geometry(const BootSector& sector) {
  const unsigned bytes = sector.bytes_per_sector.value();
  const bool has_jump =
      (sector.jump[0] == 0xEB && sector.jump[2] == 0x90) || sector.jump[0] == 0xE9;
  return has_jump && bytes >= 512 && bytes <= 4096 && std::has_single_bit(bytes) &&
         std::has_single_bit(unsigned{sector.sectors_per_cluster}) &&
         sector.reserved_sectors.value() > 0 && sector.fats >= 1 && sector.fats <= 2 &&
         (sector.media == 0xF0 || sector.media >= 0xF8);
}

/// The label of the extended boot record at `offset`, where its signature says that it has one.
std::string label_at(const ImageView& view, std::uint64_t offset) {
  constexpr std::uint64_t kSignature = 2;
  constexpr std::uint64_t kLabel = 7;
  const Bytes record = view.read(offset, 18);
  if (record.size() < 18 || record[kSignature] != 0x29) {
    return {};
  }
  return printable_text(ByteSpan(record).subspan(kLabel, 11));
}

}  // namespace

std::optional<FatBootSector> recognise_fat(const ImageView& view) {
  const auto sector = read_struct<BootSector>(view, 0);
  if (!sector || !has_sane_geometry(*sector)) {
    return std::nullopt;
  }
  FatBootSector fat;
  fat.bytes_per_sector = sector->bytes_per_sector.value();
  fat.sectors_per_cluster = sector->sectors_per_cluster;
  fat.total_sectors = sector->total_sectors_16.value() != 0 ? sector->total_sectors_16.value()
                                                            : sector->total_sectors_32.value();
  const bool is_laid_out_as_32 = sector->fat_sectors_16.value() == 0;
  const std::uint64_t fat_sectors =
      is_laid_out_as_32 ? sector->fat_sectors_32.value() : sector->fat_sectors_16.value();
  const std::uint64_t root_bytes = std::uint64_t{sector->root_entries.value()} * 32;
  const std::uint64_t before_data = sector->reserved_sectors.value() + sector->fats * fat_sectors +
                                    (root_bytes + fat.bytes_per_sector - 1) / fat.bytes_per_sector;
  if (fat_sectors == 0 || (root_bytes == 0) != is_laid_out_as_32 ||
      before_data >= fat.total_sectors) {
    return std::nullopt;
  }
  const std::uint64_t clusters = (fat.total_sectors - before_data) / fat.sectors_per_cluster;
  if (is_laid_out_as_32 || clusters >= kLeast32) {
    fat.fat_bits = 32;
  } else {
    fat.fat_bits = clusters >= kLeast16 ? 16 : 12;
  }
  fat.oem_name = printable_text(sector->oem_name);
  fat.label = label_at(view, is_laid_out_as_32 ? kExtended32 : kExtended16);
  fat.has_signature = sector->signature == std::array<std::uint8_t, 2>{0x55, 0xAA};
  return fat;
}

}  // namespace bootproof::inspectors
