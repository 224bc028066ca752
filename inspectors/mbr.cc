#include "inspectors/mbr.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/partition_checks.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// An entry as it stands on the medium (UEFI 2.10, table 5.1).
struct EntryRecord {
  std::uint8_t status;
  std::array<std::uint8_t, 3> first_chs;
  std::uint8_t type;
  std::array<std::uint8_t, 3> last_chs;
  Le32 first_lba;
  Le32 sector_count;
};
static_assert(sizeof(EntryRecord) == 16);

/// An MBR or EBR.
struct BootSector {
  std::array<std::uint8_t, 440> boot_code;
  Le32 disk_signature;
  Le16 unused;
  std::array<EntryRecord, 4> entries;
  std::array<std::uint8_t, 2> signature;
};
static_assert(sizeof(BootSector) == 512);

constexpr std::array<std::uint8_t, 2> kSignature{0x55, 0xAA};
constexpr std::uint64_t kSignatureField = 510;
constexpr std::uint64_t kFirstEntryField = 446;
/// The EBRs that are followed from one extended partition. Linux stops at 256 partitions.
constexpr std::size_t kMostEbrs = 256;

bool has_valid_status(const MbrPartition& entry) {
  return entry.status == 0x00 || entry.status == 0x80;
}

/// Six bits of sector; the cylinder's upper two stand above them.
ChsAddress chs_of(const std::array<std::uint8_t, 3>& bytes) {
  return {bytes[2] | (bytes[1] & 0xC0U) << 2U, bytes[0], bytes[1] & 0x3FU};
}

MbrPartition decode(const EntryRecord& record, std::size_t number, std::uint64_t offset) {
  return {number,
          offset,
          record.status,
          record.type,
          record.first_lba.value(),
          record.sector_count.value(),
          chs_of(record.first_chs),
          chs_of(record.last_chs)};
}

std::string path_of(const MbrPartition& entry) {
  return fmt::format("MBR, entry {}", entry.number);
}

std::string range_of(const MbrPartition& entry) {
  return fmt::format("{} sectors from {}", entry.sector_count, entry.first_lba);
}

/// Reads and judges the MBR of one medium.
class Reader {
 public:
  Reader(const ImageView& image, const MbrSurroundings& surroundings, Findings& findings)
      : image_(image),
        surroundings_(surroundings),
        sectors_(image.size() / surroundings.sector_bytes),
        findings_(findings) {}

  Mbr read() {
    const auto sector = read_struct<BootSector>(image_, 0);
    if (!sector) {
      return {};
    }
    mbr_.boot_code = recognise_boot_code(sector->boot_code);
    mbr_.has_signature = sector->signature == kSignature;
    mbr_.disk_signature = sector->disk_signature.value();
    for (std::size_t i = 0; i < mbr_.entries.size(); ++i) {
      mbr_.entries.at(i) = decode(sector->entries.at(i), i + 1,
                                  image_.offset() + kFirstEntryField + i * sizeof(EntryRecord));
    }
    if (!mbr_.has_signature) {
      judge_missing_signature(*sector);
    } else if (is_table()) {
      mbr_.kind = kind_of_table();
      judge_table();
      for (const MbrPartition& entry : mbr_.entries) {
        if (entry.is_extended()) {
          read_chain(entry);
        }
      }
      judge_overlaps();
      judge_partition_tables(mbr_, surroundings_, image_, findings_);
    }
    return std::move(mbr_);
  }

 private:
  /// Whether the four entries are a table at all and not the code of a boot sector: all of a valid
  /// status, or all but one with another that lies in the image.
  [[nodiscard]] bool is_table() const {
    const auto& entries = mbr_.entries;
    const auto valid = std::count_if(entries.begin(), entries.end(), has_valid_status);
    const bool has_good_one =
        std::any_of(entries.begin(), entries.end(), [&](const MbrPartition& entry) {
          return has_valid_status(entry) && entry.type != 0 && entry.sector_count != 0 &&
                 entry.first_lba < sectors_;
        });
    return valid == 4 || (valid == 3 && has_good_one);
  }

  [[nodiscard]] MbrKind kind_of_table() const {
    const auto& entries = mbr_.entries;
    const auto protective = std::count_if(entries.begin(), entries.end(),
                                          [](const auto& entry) { return entry.is_protective(); });
    const auto used = std::count_if(entries.begin(), entries.end(),
                                    [](const auto& entry) { return entry.is_used(); });
    if (protective == 0) {
      return MbrKind::kPlain;
    }
    return used == protective ? MbrKind::kProtective : MbrKind::kHybrid;
  }

  [[nodiscard]] bool is_inside(const MbrPartition& entry) const {
    return entry.first_lba < sectors_ && entry.sector_count <= sectors_ - entry.first_lba;
  }

  void judge_missing_signature(const BootSector& sector) {
    if (surroundings_.has_gpt && !surroundings_.is_iso) {
      return;  // gpt.no-protective-mbr says so.
    }
    const auto& entries = mbr_.entries;
    const bool has_partitions =
        std::all_of(entries.begin(), entries.end(), has_valid_status) &&
        std::any_of(entries.begin(), entries.end(), [&](const MbrPartition& entry) {
          return entry.type != 0 && entry.first_lba > 0 && entry.sector_count > 0 &&
                 is_inside(entry);
        });
    const bool has_known_code =
        mbr_.boot_code != BootCode::kNone && mbr_.boot_code != BootCode::kUnknown;
    if (has_partitions || has_known_code) {
      findings_.add(rule("mbr.no-signature"), image_.offset() + kSignatureField, "MBR",
                    hex_bytes(sector.signature), "55 aa (UEFI 2.10, 5.2.1)");
    }
  }

  void judge_table() {
    for (const MbrPartition& entry : mbr_.entries) {
      judge_entry(entry, path_of(entry));
    }
    const auto& entries = mbr_.entries;
    const auto active = std::count_if(entries.begin(), entries.end(),
                                      [](const MbrPartition& entry) { return entry.is_active(); });
    if (active > 1) {
      findings_.add(rule("mbr.several-active"), image_.offset() + kFirstEntryField, "MBR",
                    fmt::format("{} active entries", active), "at most 1 (UEFI 2.10, 5.2.1)");
    }
    if (mbr_.kind == MbrKind::kHybrid && !surroundings_.is_iso && surroundings_.gpt == nullptr) {
      findings_.add(rule("mbr.hybrid"), image_.offset() + kFirstEntryField, "MBR",
                    "other entries beside the one of type 0xEE",
                    "one of type 0xEE alone (UEFI 2.10, 5.2.3)");
    }
    // With an active one it is a warning (partition_checks.h).
    if (mbr_.kind == MbrKind::kPlain && mbr_.boot_code == BootCode::kNone &&
        !surroundings_.has_gpt && active == 0 &&
        std::any_of(entries.begin(), entries.end(),
                    [](const MbrPartition& entry) { return entry.is_used(); })) {
      findings_.add(rule("mbr.blank-boot-code"), image_.offset(), "MBR, boot code", "zeros",
                    "boot code, where a BIOS is meant to start it");
    }
  }

  void judge_entry(const MbrPartition& entry, const std::string& path) {
    if (!has_valid_status(entry)) {
      findings_.add(rule("mbr.status"), entry.offset, path, fmt::format("0x{:02X}", entry.status),
                    "0x00 or 0x80 (UEFI 2.10, 5.2.1)");
    }
    if (!entry.is_used() || entry.is_protective()) {
      return;
    }
    if (entry.sector_count == 0) {
      findings_.add(rule("mbr.empty-partition"), entry.offset, path,
                    fmt::format("type 0x{:02X}, 0 sectors", entry.type), "at least 1 sector");
    } else if (!is_inside(entry)) {
      findings_.add(rule("mbr.partition-outside"), entry.offset, path, range_of(entry),
                    fmt::format("inside the image of {} sectors", sectors_));
    } else if (entry.first_lba == 0 && !surroundings_.is_iso) {
      findings_.add(rule("mbr.covers-itself"), entry.offset, path, range_of(entry),
                    "behind sector 0");
    }
  }

  void judge_overlaps() {
    if (surroundings_.is_iso) {
      return;  // An entry for the whole ISO and one for the ESP in it is how hybrids are made.
    }
    std::vector<MbrPartition> sorted = mbr_.partitions();
    sorted.erase(std::remove_if(sorted.begin(), sorted.end(),
                                [&](const MbrPartition& entry) { return !is_inside(entry); }),
                 sorted.end());  // That they reach beyond the image has been said.
    std::sort(sorted.begin(), sorted.end(), [](const MbrPartition& a, const MbrPartition& b) {
      return std::pair(a.first_lba, a.number) < std::pair(b.first_lba, b.number);
    });
    const auto end_of = [](const MbrPartition& entry) {
      return entry.first_lba + entry.sector_count;
    };
    const MbrPartition* furthest = nullptr;
    for (const MbrPartition& entry : sorted) {
      if (furthest != nullptr && entry.first_lba < end_of(*furthest)) {
        findings_.add(rule("mbr.overlap"), entry.offset, path_of(entry), range_of(entry),
                      fmt::format("behind entry {}, {}", furthest->number, range_of(*furthest)));
      }
      if (furthest == nullptr || end_of(entry) > end_of(*furthest)) {
        furthest = &entry;
      }
    }
  }

  /// Follows the EBRs of an extended partition: the first entry is a logical partition, counted
  /// from its EBR; a further one names the next EBR, counted from the extended partition.
  void read_chain(const MbrPartition& extended) {
    const std::string path = fmt::format("MBR, entry {}, logical partitions", extended.number);
    const auto broken = [&](std::uint64_t offset, std::string found, std::string expected) {
      findings_.add(rule("mbr.extended-broken"), offset, path, std::move(found),
                    std::move(expected));
    };
    std::set<std::uint64_t> seen;
    std::uint64_t named_at = extended.offset;
    std::optional<std::uint64_t> ebr = extended.first_lba;
    while (ebr) {
      const std::uint64_t lba = *ebr;
      if (seen.size() == kMostEbrs) {
        broken(named_at, fmt::format("more than {} sectors in the chain", kMostEbrs),
               "fewer: Linux stops there");
        return;
      }
      if (!seen.insert(lba).second) {
        findings_.add(rule("mbr.extended-loop"), named_at, path,
                      fmt::format("sector {} again", lba), "a sector that was not in the chain");
        return;
      }
      if (lba >= sectors_) {
        if (lba != extended.first_lba) {  // Else the extended partition itself is outside.
          broken(named_at, fmt::format("sector {}", lba),
                 fmt::format("inside the image of {} sectors", sectors_));
        }
        return;
      }
      const auto sector = read_struct<BootSector>(image_, lba * surroundings_.sector_bytes);
      if (!sector || sector->signature != kSignature) {
        broken(image_.offset() + lba * surroundings_.sector_bytes + kSignatureField,
               fmt::format("no signature in sector {}", lba), "55 aa");
        return;
      }
      ebr = read_link(*sector, lba, extended, named_at);
    }
  }

  /// Reads one EBR at `lba`; the next one's place, if it names one. `named_at` becomes the offset
  /// of the entry that does.
  std::optional<std::uint64_t> read_link(const BootSector& sector, std::uint64_t lba,
                                         const MbrPartition& extended, std::uint64_t& named_at) {
    const std::uint64_t entries =
        image_.offset() + lba * surroundings_.sector_bytes + kFirstEntryField;
    for (std::size_t i = 0; i < sector.entries.size(); ++i) {
      MbrPartition entry =
          decode(sector.entries.at(i), mbr_.logical.size() + 5, entries + i * sizeof(EntryRecord));
      if (entry.type == 0 || entry.sector_count == 0) {
        continue;
      }
      if (entry.is_extended()) {
        named_at = entry.offset;
        return extended.first_lba + entry.first_lba;
      }
      entry.first_lba += lba;
      judge_entry(entry, path_of(entry));
      mbr_.logical.push_back(entry);
    }
    return std::nullopt;
  }

  ImageView image_;
  MbrSurroundings surroundings_;
  std::uint64_t sectors_;
  Findings& findings_;
  Mbr mbr_;
};

/// A row of the table of types.
struct TypeName {
  std::uint8_t type;
  std::string_view name;
};

constexpr std::array kTypeNames{
    TypeName{0x01, "FAT12"},
    TypeName{0x04, "FAT16 <32M"},
    TypeName{0x05, "extended"},
    TypeName{0x06, "FAT16"},
    TypeName{0x07, "NTFS/exFAT"},
    TypeName{0x0B, "FAT32"},
    TypeName{0x0C, "FAT32 LBA"},
    TypeName{0x0E, "FAT16 LBA"},
    TypeName{0x0F, "extended LBA"},
    TypeName{0x17, "hidden NTFS"},
    TypeName{0x1B, "hidden FAT32"},
    TypeName{0x1C, "hidden FAT32 LBA"},
    TypeName{0x41, "PowerPC PReP"},
    TypeName{0x82, "Linux swap"},
    TypeName{0x83, "Linux"},
    TypeName{0x85, "Linux extended"},
    TypeName{0x8E, "Linux LVM"},
    TypeName{0x96, "ISO 9660"},
    TypeName{0xA5, "FreeBSD"},
    TypeName{0xA6, "OpenBSD"},
    TypeName{0xA9, "NetBSD"},
    TypeName{0xAF, "HFS+"},
    TypeName{0xCD, "ISO 9660 protection"},
    TypeName{0xEA, "XBOOTLDR"},
    TypeName{0xEE, "GPT protective"},
    TypeName{0xEF, "ESP"},
    TypeName{0xFD, "Linux RAID"},
};

}  // namespace

bool MbrPartition::is_extended() const { return type == 0x05 || type == 0x0F || type == 0x85; }

std::vector<MbrPartition> Mbr::partitions() const {
  std::vector<MbrPartition> all;
  if (kind == MbrKind::kNoTable) {
    return all;
  }
  const auto is_one = [](const MbrPartition& entry) {
    return entry.is_used() && !entry.is_extended() && !entry.is_protective();
  };
  std::copy_if(entries.begin(), entries.end(), std::back_inserter(all), is_one);
  all.insert(all.end(), logical.begin(), logical.end());
  return all;
}

Mbr read_mbr(const ImageView& image, const MbrSurroundings& surroundings, Findings& findings) {
  return Reader(image, surroundings, findings).read();
}

std::string_view mbr_type_name(std::uint8_t type) {
  const auto* const row = std::find_if(kTypeNames.begin(), kTypeNames.end(),
                                       [&](const TypeName& t) { return t.type == type; });
  return row == kTypeNames.end() ? std::string_view{} : row->name;
}

}  // namespace bootproof::inspectors
