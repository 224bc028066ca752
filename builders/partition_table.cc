#include "builders/partition_table.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>

#include "harness/core/error.h"

namespace bootproof {
namespace {

constexpr std::size_t kSmallSector = 512;
constexpr std::size_t kSignatureOffset = 440;  // UEFI 2.10, table 5.1.
constexpr std::size_t kEntriesOffset = 446;
constexpr std::size_t kMbrEntrySize = 16;
constexpr std::size_t kMbrEntries = 4;
constexpr std::uint64_t kMost32Bits = 0xffffffff;

constexpr std::size_t kHeaderSize = 92;  // UEFI 2.10, table 5.5.
constexpr std::size_t kEntrySize = 128;  // UEFI 2.10, table 5.6.
constexpr std::size_t kEntryCount = 128;
constexpr std::string_view kGptSignature = "EFI PART";

std::uint64_t number_at(std::string_view bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i > 0; --i) {
    value = (value << 8U) | static_cast<std::uint8_t>(bytes.at(offset + i - 1));
  }
  return value;
}

std::uint32_t crc_of(std::string_view bytes) {
  return static_cast<std::uint32_t>(::crc32_z(
      0, static_cast<const Bytef*>(static_cast<const void*>(bytes.data())), bytes.size()));
}

/// Cylinder, head and sector of an LBA on the geometry that everybody assumes, 255 heads with 63
/// sectors; the highest address for what lies beyond it.
std::string chs_of(std::uint64_t lba) {
  constexpr std::uint64_t kHeads = 255;
  constexpr std::uint64_t kSectors = 63;
  constexpr std::uint64_t kMostCylinders = 1024;
  const std::uint64_t cylinder = lba / (kHeads * kSectors);
  if (cylinder >= kMostCylinders) {
    return "\xfe\xff\xff";
  }
  const std::uint64_t head = lba / kSectors % kHeads;
  const std::uint64_t sector = lba % kSectors + 1;
  return little_endian(head, 1) + little_endian(sector | ((cylinder >> 8U) << 6U), 1) +
         little_endian(cylinder & 0xffU, 1);
}

std::string mbr_entry(bool is_active, std::uint8_t type, std::uint64_t first, std::uint64_t count) {
  return little_endian(is_active ? 0x80 : 0, 1) + chs_of(first) + little_endian(type, 1) +
         chs_of(first + count - 1) + little_endian(first, 4) + little_endian(count, 4);
}

/// The entry that keeps programs which know no GPT away (UEFI 2.10, table 5.4).
std::string protective_entry(std::uint64_t sector_count) {
  const std::string first_address("\0\2\0", 3);
  return little_endian(0, 1) + first_address + "\xee" + "\xff\xff\xff" + little_endian(1, 4) +
         little_endian(std::min(sector_count - 1, kMost32Bits), 4);
}

std::string gpt_entry(const PartitionRecipe& partition, std::uint64_t first, std::uint64_t last,
                      const std::string& identity) {
  constexpr std::uint64_t kLegacyBootable = 4;  // Bit 2, UEFI 2.10, table 5.8.
  const std::string role = fmt::format("partition {}", partition.name);
  std::string entry = guid_bytes(partition.type.guid) +
                      guid_bytes(partition.uuid.value_or(derived_guid(identity, role))) +
                      little_endian(first, 8) + little_endian(last, 8) +
                      little_endian(partition.is_active ? kLegacyBootable : 0, 8);
  for (const char c : partition.name) {  // ASCII alone: read_disk_recipe sees to it.
    entry += little_endian(static_cast<unsigned char>(c), 2);
  }
  entry.resize(kEntrySize, '\0');
  return entry;
}

/// What the two headers of a GPT have in common.
struct Gpt {
  std::uint64_t sector_size = 0;
  std::uint64_t sector_count = 0;  ///< Of the disk.
  std::uint64_t entries_lba = 0;   ///< Of the first array.
  std::uint64_t first_usable = 0;
  std::uint64_t entry_size = kEntrySize;
  std::string disk_guid;  ///< 16 bytes.
  std::string entries;

  [[nodiscard]] std::uint64_t array_sectors() const {
    return (entries.size() + sector_size - 1) / sector_size;
  }
  /// LBA of the backup's array, which ends in front of the backup's header in the last sector.
  [[nodiscard]] std::uint64_t backup_lba() const { return sector_count - 1 - array_sectors(); }
};

std::string header_of(const Gpt& gpt, bool is_backup) {
  const std::uint64_t last = gpt.sector_count - 1;
  std::string header(kGptSignature);
  header += little_endian(0x00010000, 4) + little_endian(kHeaderSize, 4);
  const std::size_t crc_offset = header.size();
  header += little_endian(0, 8);  // CRC of the header, reserved.
  header += little_endian(is_backup ? last : 1, 8) + little_endian(is_backup ? 1 : last, 8);
  header += little_endian(gpt.first_usable, 8) + little_endian(gpt.backup_lba() - 1, 8);
  header += gpt.disk_guid;
  header += little_endian(is_backup ? gpt.backup_lba() : gpt.entries_lba, 8);
  header += little_endian(gpt.entries.size() / gpt.entry_size, 4);
  header += little_endian(gpt.entry_size, 4) + little_endian(crc_of(gpt.entries), 4);
  header.replace(crc_offset, 4, little_endian(crc_of(header), 4));
  return header;
}

void write_gpt(const DiskFile& disk, const Gpt& gpt) {
  disk.write(gpt.sector_size, header_of(gpt, false));
  disk.write(gpt.entries_lba * gpt.sector_size, gpt.entries);
  disk.write(gpt.backup_lba() * gpt.sector_size, gpt.entries);
  disk.write((gpt.sector_count - 1) * gpt.sector_size, header_of(gpt, true));
}

/// Puts a partition into its place of the array.
void put_entry(Gpt& gpt, const PartitionRecipe& partition, const PartitionPlace& place,
               const std::string& identity) {
  const std::uint64_t first = place.start / gpt.sector_size;
  const std::uint64_t last = (place.start + place.size) / gpt.sector_size - 1;
  const std::size_t offset = static_cast<std::size_t>(partition.number - 1) * gpt.entry_size;
  gpt.entries.replace(offset, kEntrySize, gpt_entry(partition, first, last, identity));
}

/// The GPT of a written image; its entries array is empty where it has none that holds together.
Gpt read_gpt(const DiskFile& disk, std::uint64_t image_size) {
  constexpr std::uint64_t kMostBytes = 1U << 19U;
  Gpt gpt;
  gpt.sector_size = kSmallSector;
  gpt.sector_count = disk.size() / kSmallSector;
  if (image_size < 3 * kSmallSector) {
    return gpt;
  }
  std::string header = disk.read(kSmallSector, kHeaderSize);
  const std::uint64_t crc = number_at(header, 16, 4);
  header.replace(16, 4, 4, '\0');
  if (!header.starts_with(kGptSignature) || number_at(header, 12, 4) != kHeaderSize ||
      crc_of(header) != crc) {
    return gpt;
  }
  gpt.first_usable = number_at(header, 40, 8);
  gpt.disk_guid = header.substr(56, 16);
  gpt.entries_lba = number_at(header, 72, 8);
  const std::uint64_t count = number_at(header, 80, 4);
  gpt.entry_size = number_at(header, 84, 4);
  const bool is_sound = gpt.entry_size >= kEntrySize && gpt.entry_size % kEntrySize == 0 &&
                        count > 0 && count <= kMostBytes / gpt.entry_size && gpt.entries_lba > 1 &&
                        gpt.entries_lba < image_size / kSmallSector;
  if (is_sound && image_size - gpt.entries_lba * kSmallSector >= count * gpt.entry_size) {
    gpt.entries = disk.read(gpt.entries_lba * kSmallSector, count * gpt.entry_size);
    if (crc_of(gpt.entries) != number_at(header, 88, 4)) {
      gpt.entries.clear();
    }
  }
  return gpt;
}

Error number_taken(const PartitionRecipe& partition, std::string_view table, std::size_t most) {
  return error_at(
      partition.mark,
      fmt::format("the written image's {} has no free entry {}", table, partition.number),
      fmt::format("write 'number: N' with a free one of 1 to {}: `bootproof inspect` "
                  "shows which are taken",
                  most));
}

void extend_gpt(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                const std::string& identity, Gpt gpt) {
  const std::size_t count = gpt.entries.size() / gpt.entry_size;
  for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
    const PartitionRecipe& partition = recipe.partitions[i];
    const auto index = static_cast<std::size_t>(partition.number - 1);
    const std::string free(16, '\0');
    if (index >= count || gpt.entries.compare(index * gpt.entry_size, 16, free) != 0) {
      throw number_taken(partition, "GPT", count);
    }
    if (partition.type.guid.empty()) {
      throw error_at(partition.mark, "the written image has a GPT, in which a type is no byte",
                     "write a word or a GUID");
    }
    put_entry(gpt, partition, layout.partitions[i], identity);
  }
  write_gpt(disk, gpt);
  const std::string mbr = disk.read(0, kSmallSector);
  for (std::size_t i = 0; i < kMbrEntries; ++i) {
    const std::size_t offset = kEntriesOffset + i * kMbrEntrySize;
    const bool is_protective = mbr[offset + 4] == '\xee' && number_at(mbr, offset + 8, 4) == 1;
    if (is_protective) {
      disk.write(offset + 12, little_endian(std::min(gpt.sector_count - 1, kMost32Bits), 4));
    }
  }
}

void extend_mbr(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout) {
  const std::string mbr = disk.read(0, kSmallSector);
  if (!mbr.ends_with("\x55\xaa")) {
    throw error_at(recipe.written->mark,
                   "the written image has no partition table to which partitions could be added",
                   "take 'partitions' out, or write a hybrid image");
  }
  for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
    const PartitionRecipe& partition = recipe.partitions[i];
    const auto index = static_cast<std::size_t>(partition.number - 1);
    const std::size_t offset = kEntriesOffset + index * kMbrEntrySize;
    if (index >= kMbrEntries || mbr[offset + 4] != 0) {
      throw number_taken(partition, "MBR", kMbrEntries);
    }
    if (!partition.type.byte) {
      throw error_at(partition.mark, "the written image has an MBR, in which a type is one byte",
                     "write a byte such as 0x83");
    }
    const PartitionPlace& place = layout.partitions[i];
    disk.write(offset, mbr_entry(partition.is_active, *partition.type.byte,
                                 place.start / kSmallSector, place.size / kSmallSector));
  }
}

}  // namespace

std::string little_endian(std::uint64_t value, std::size_t size) {
  std::string bytes;
  for (std::size_t i = 0; i < size; ++i) {
    bytes.push_back(static_cast<char>(static_cast<std::uint8_t>(value >> (8U * i))));
  }
  return bytes;
}

std::string guid_bytes(std::string_view text) {
  constexpr int kHexadecimal = 16;
  std::string bytes;
  for (std::size_t i = 0; i + 1 < text.size(); i += text[i] == '-' ? 1U : 2U) {
    if (text[i] != '-') {
      unsigned value = 0;
      std::from_chars(text.data() + i, text.data() + i + 2, value, kHexadecimal);
      bytes.push_back(static_cast<char>(value));
    }
  }
  std::reverse(bytes.begin(), bytes.begin() + 4);
  std::reverse(bytes.begin() + 4, bytes.begin() + 6);
  std::reverse(bytes.begin() + 6, bytes.begin() + 8);
  return bytes;
}

void write_partition_table(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                           const std::string& identity) {
  if (recipe.table == PartitionTable::kNone) {
    return;
  }
  const std::uint64_t sector = recipe.sector_size;
  std::string entries;
  std::string signature(4, '\0');
  if (recipe.table == PartitionTable::kGpt) {
    Gpt gpt;
    gpt.sector_size = sector;
    gpt.sector_count = layout.size / sector;
    gpt.entries_lba = 2;
    gpt.entries.resize(kEntryCount * kEntrySize, '\0');
    gpt.first_usable = gpt.entries_lba + gpt.array_sectors();
    gpt.disk_guid = guid_bytes(derived_guid(identity, "disk"));
    for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
      put_entry(gpt, recipe.partitions[i], layout.partitions[i], identity);
    }
    write_gpt(disk, gpt);
    entries = protective_entry(gpt.sector_count);
    entries.resize(kMbrEntries * kMbrEntrySize, '\0');
  } else {
    entries.resize(kMbrEntries * kMbrEntrySize, '\0');
    for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
      const PartitionRecipe& partition = recipe.partitions[i];
      const PartitionPlace& place = layout.partitions[i];
      entries.replace(static_cast<std::size_t>(partition.number - 1) * kMbrEntrySize, kMbrEntrySize,
                      mbr_entry(partition.is_active, partition.type.byte.value(),
                                place.start / sector, place.size / sector));
    }
    signature = little_endian(derived_number(identity, "disk"), 4);
  }
  const std::string reserved(kEntriesOffset - kSignatureOffset - signature.size(), '\0');
  disk.write(kSignatureOffset, signature + reserved + entries + "\x55\xaa");
}

void extend_partition_table(const DiskFile& disk, const DiskRecipe& recipe,
                            const DiskLayout& layout, const std::string& identity) {
  Gpt gpt = read_gpt(disk, layout.size);
  if (!gpt.entries.empty()) {
    extend_gpt(disk, recipe, layout, identity, std::move(gpt));
  } else if (!recipe.partitions.empty()) {
    extend_mbr(disk, recipe, layout);
  }
}

}  // namespace bootproof
