#include "inspectors/boot_info.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

/// As mkisofs and xorriso write it at byte 8 of the boot image.
struct TableRecord {
  Le32 primary_sector;
  Le32 file_sector;
  Le32 file_bytes;
  Le32 checksum;
};
static_assert(sizeof(TableRecord) == 16);

constexpr std::uint64_t kTableField = 8;
/// The checksum begins behind the table's 56 bytes.
constexpr std::uint64_t kSummedFrom = 64;
/// GRUB: the address in the blocklist of diskboot.img, which follows the four sectors of
/// cdboot.img.
constexpr std::uint64_t kGrubField = 2548;
/// cdboot.img, and diskboot.img itself.
constexpr std::uint64_t kGrubSectorsBefore = 5;
constexpr std::uint64_t kSectorsPerBlock = 4;

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kLoadSizeField = 6;

/// The sum of the little-endian words from byte 64 to the end, which zeros fill up to a word.
std::optional<std::uint32_t> checksum_of(const ImageView& image, std::uint64_t position,
                                         std::uint64_t bytes) {
  if (bytes < kSummedFrom || bytes > kMostSummedBytes || !image.contains(position, bytes)) {
    return std::nullopt;
  }
  constexpr std::uint64_t kPiece = std::uint64_t{64} << 10U;
  std::uint32_t sum = 0;
  for (std::uint64_t at = kSummedFrom; at < bytes; at += kPiece) {
    const Bytes piece = image.read(position + at, std::min(kPiece, bytes - at));
    if (piece.empty()) {
      return std::nullopt;
    }
    for (std::size_t i = 0; i < piece.size(); ++i) {
      sum += std::uint32_t{piece[i]} << (8 * (i % 4));
    }
  }
  return sum;
}

/// Reads and judges one boot image.
class Reader {
 public:
  Reader(const ImageView& image, const ElToritoEntry& entry, Findings& findings)
      : image_(image),
        entry_(entry),
        position_(entry.load_rba * kIsoSectorBytes),
        path_(entry.section == 0
                  ? std::string("boot catalog, initial entry, boot image")
                  : fmt::format("boot catalog, section {} entry, boot image", entry.section)),
        findings_(findings) {}

  BootInfo read(std::optional<std::uint64_t> file_bytes) {
    BootInfo info;
    info.file_bytes = file_bytes;
    info.needs_table =
        entry_.content == BootImage::kIsolinux || entry_.content == BootImage::kGrubCdboot;
    if (const auto record = read_struct<TableRecord>(image_, position_ + kTableField)) {
      BootInfoTable table;
      table.offset = image_.image_offset(position_ + kTableField);
      table.primary_sector = record->primary_sector.value();
      table.file_sector = record->file_sector.value();
      table.file_bytes = record->file_bytes.value();
      table.checksum = record->checksum.value();
      table.computed_checksum =
          checksum_of(image_, position_, file_bytes.value_or(table.file_bytes));
      if (is_table(table, file_bytes)) {
        info.table = table;
      }
    }
    if (entry_.content == BootImage::kGrubCdboot) {
      if (const auto sector = read_struct<Le64>(image_, position_ + kGrubField)) {
        info.grub_sector = sector->value();
      }
    }
    return info;
  }

  void judge(const BootInfo& info, bool starts_from_stick) {
    if (!info.needs_table) {
      return;
    }
    judge_load_size();
    if (info.table) {
      judge_table(*info.table, info.file_bytes);
    } else {
      findings_.add(rule("el-torito.boot-info-missing"),
                    image_.image_offset(position_ + kTableField), path_,
                    fmt::format("{}, no boot info table", name_of(entry_.content)),
                    fmt::format("16, {} and the file's length at byte 8", entry_.load_rba));
    }
    const std::uint64_t expected = entry_.load_rba * kSectorsPerBlock + kGrubSectorsBefore;
    if (starts_from_stick && info.grub_sector && *info.grub_sector != expected) {
      findings_.add(rule("el-torito.boot-info-grub"), image_.image_offset(position_ + kGrubField),
                    path_, fmt::format("LBA {}", *info.grub_sector),
                    fmt::format("LBA {}, four times its sector and 5", expected));
    }
  }

 private:
  /// One wrong field of three is a defect; more are something else.
  [[nodiscard]] bool is_table(const BootInfoTable& table,
                              std::optional<std::uint64_t> file_bytes) const {
    const int right = static_cast<int>(table.primary_sector == kFirstDescriptorSector) +
                      static_cast<int>(table.file_sector == entry_.load_rba) +
                      static_cast<int>(table.file_bytes == file_bytes);
    return right >= 2 || table.computed_checksum == table.checksum;
  }

  void judge_load_size() {
    constexpr std::uint64_t kNeededAtOnce = 2048;
    if (entry_.sector_count != 0 && entry_.sector_count * kSectorBytes < kNeededAtOnce) {
      findings_.add(rule("el-torito.load-size"), entry_.offset + kLoadSizeField, path_,
                    fmt::format("{} sectors", entry_.sector_count),
                    fmt::format("4 sectors of 512 bytes for {}", name_of(entry_.content)));
    }
  }

  void judge_table(const BootInfoTable& table, std::optional<std::uint64_t> file_bytes) {
    if (table.primary_sector != kFirstDescriptorSector) {
      findings_.add(rule("el-torito.boot-info-volume"), table.offset, path_,
                    fmt::format("sector {}", table.primary_sector),
                    fmt::format("sector {}", kFirstDescriptorSector));
    }
    if (table.file_sector == 0 && entry_.content == BootImage::kIsolinux) {
      // isolinux.bin as it is shipped: all but this is filled in.
      findings_.add(rule("el-torito.boot-info-unset"), table.offset + 4, path_, "sector 0",
                    fmt::format("sector {}, the load RBA", entry_.load_rba));
    } else if (table.file_sector != entry_.load_rba) {
      findings_.add(rule("el-torito.boot-info-file"), table.offset + 4, path_,
                    fmt::format("sector {}", table.file_sector),
                    fmt::format("sector {}, the load RBA", entry_.load_rba));
    }
    if (file_bytes && table.file_bytes != *file_bytes) {
      findings_.add(rule("el-torito.boot-info-length"), table.offset + 8, path_,
                    fmt::format("{} bytes", table.file_bytes),
                    fmt::format("{} bytes, as its directory says", *file_bytes));
    } else if (table.computed_checksum && *table.computed_checksum != table.checksum) {
      findings_.add(entry_.content == BootImage::kIsolinux ? rule("el-torito.boot-info-checksum")
                                                           : rule("el-torito.boot-info-changed"),
                    table.offset + 12, path_, fmt::format("0x{:08X}", table.checksum),
                    fmt::format("0x{:08X}", *table.computed_checksum));
    }
  }

  ImageView image_;
  const ElToritoEntry& entry_;
  std::uint64_t position_;
  std::string path_;
  Findings& findings_;
};

/// EDK2 makes a block device of the load size, unless that is 0 or 1: all behind the image.
void judge_uefi_load_size(const ElToritoEntry& entry, Findings& findings) {
  constexpr std::uint16_t kLargest = 0xFFFF;  // What a larger image has.
  const std::uint64_t bytes = entry.sector_count * kSectorBytes;
  if (entry.fat && entry.sector_count > 1 && entry.sector_count < kLargest &&
      bytes < entry.fat->total_bytes()) {
    findings.add(
        rule("el-torito.uefi-load-size"), entry.offset + kLoadSizeField,
        entry.section == 0 ? std::string("boot catalog, initial entry (UEFI)")
                           : fmt::format("boot catalog, section {} entry (UEFI)", entry.section),
        fmt::format("{} sectors of 512 bytes", entry.sector_count),
        fmt::format("{}, the size of the FAT volume", entry.fat->total_bytes() / kSectorBytes));
  }
}

}  // namespace

std::vector<BootInfo> read_boot_infos(const ImageView& image, const ElTorito& el_torito,
                                      const IsoTree& tree, bool starts_from_stick,
                                      Findings& findings) {
  std::vector<BootInfo> infos;
  for (std::size_t i = 0; i < el_torito.entries.size(); ++i) {
    const ElToritoEntry& entry = el_torito.entries[i];
    if (!entry.is_bootable() || !entry.is_inside || entry.media_type != 0) {
      continue;  // el-torito.image-outside has it, or the image is a disk of its own.
    }
    if (entry.platform_id == kPlatformUefi) {
      judge_uefi_load_size(entry, findings);
      continue;
    }
    if (entry.platform_id != kPlatformX86) {
      continue;
    }
    const IsoTreeFile* const file = tree.file_at(entry.load_rba);
    Reader reader(image, entry, findings);
    BootInfo info = reader.read(file == nullptr ? std::nullopt : std::optional(file->bytes));
    info.entry = i;
    reader.judge(info, starts_from_stick);
    infos.push_back(info);
  }
  return infos;
}

}  // namespace bootproof::inspectors
