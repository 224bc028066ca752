#include "inspectors/volumes/fat_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>
#include <utility>

#include "inspectors/rules.h"
#include "inspectors/text.h"
#include "inspectors/volumes/fat_tree_checks.h"
#include "inspectors/volumes/fat_volume.h"
#include "inspectors/volumes/syslinux.h"

namespace bootproof::inspectors {
namespace {

using namespace std::string_view_literals;

// Places of fields in the boot sector (sections 3.1 and 3.3).
constexpr std::uint64_t kBytesPerSectorField = 11;
constexpr std::uint64_t kSectorsPerClusterField = 13;
constexpr std::uint64_t kReservedField = 14;
constexpr std::uint64_t kFatsField = 16;
constexpr std::uint64_t kRootEntriesField = 17;
constexpr std::uint64_t kTotal16Field = 19;
constexpr std::uint64_t kMediaField = 21;
constexpr std::uint64_t kFatSectors16Field = 22;
constexpr std::uint64_t kSectorsPerTrackField = 24;
constexpr std::uint64_t kHiddenField = 28;
constexpr std::uint64_t kTotal32Field = 32;
constexpr std::uint64_t kFatSectors32Field = 36;
constexpr std::uint64_t kExtendedFlagsField = 40;
constexpr std::uint64_t kVersionField = 42;
constexpr std::uint64_t kRootClusterField = 44;
constexpr std::uint64_t kFsinfoField = 48;
constexpr std::uint64_t kBackupField = 50;
constexpr std::uint64_t kState16Field = 37;
constexpr std::uint64_t kState32Field = 65;
constexpr std::uint64_t kTypeName16Field = 54;
constexpr std::uint64_t kTypeName32Field = 82;
constexpr std::uint64_t kSignatureField = 510;

constexpr std::uint64_t kLeast16 = 4085;   ///< Clusters of a FAT16, section 3.5.
constexpr std::uint64_t kLeast32 = 65525;  ///< Of a FAT32.

/// What can start from the volume by a BIOS. Only such code trusts the geometry.
enum class VolumeCode : std::uint8_t { kNone, kSyslinux, kDos };

VolumeCode code_of(const ImageView& view) {
  if (recognise_syslinux(view)) {
    return VolumeCode::kSyslinux;
  }
  // What the boot sectors of DOS, FreeDOS and Windows look for.
  constexpr std::array kLoaders{"IO      SYS"sv, "IBMBIO  COM"sv, "KERNEL  SYS"sv, "NTLDR"sv,
                                "BOOTMGR"sv};
  const Bytes sector = view.read(0, 512);
  const std::string text(sector.begin(), sector.end());
  return std::any_of(
             kLoaders.begin(), kLoaders.end(),
             [&](std::string_view loader) { return text.find(loader) != std::string::npos; })
             ? VolumeCode::kDos
             : VolumeCode::kNone;
}

/// Judges the boot sector of one volume.
class Judge {
 public:
  Judge(const ImageView& view, const FatBootRecord& record, const FatSurroundings& surroundings,
        Findings& findings)
      : view_(view), record_(record), surroundings_(surroundings), findings_(findings) {}

  /// Whether there is a volume to go on with.
  bool judge_structure() {
    if (!std::has_single_bit(record_.bytes_per_sector) || record_.bytes_per_sector < 512 ||
        record_.bytes_per_sector > 4096) {
      add(rule("fat.bytes-per-sector"), kBytesPerSectorField, "bytes per sector",
          number(record_.bytes_per_sector), "512, 1024, 2048 or 4096");
    } else if (!std::has_single_bit(record_.sectors_per_cluster)) {
      add(rule("fat.cluster-size"), kSectorsPerClusterField, "sectors per cluster",
          number(record_.sectors_per_cluster), "1, 2, 4, 8, 16, 32, 64 or 128");
    } else if (record_.reserved_sectors == 0) {
      add(rule("fat.reserved-sectors"), kReservedField, "reserved sectors", "0",
          "1 or more; 32 on FAT32");
    } else if (record_.fats == 0) {
      add(rule("fat.number-of-fats"), kFatsField, "number of FATs", "0", "2, or 1");
    } else if (record_.fat_sectors() == 0) {
      add(rule("fat.fat-too-small"),
          record_.root_entries == 0 ? kFatSectors32Field : kFatSectors16Field, "sectors per FAT",
          "0", "as many as the clusters need");
    } else if (!record_.is_laid_out_as_32() && record_.root_entries == 0) {
      add(rule("fat.no-root"), kRootEntriesField, "root entries", "0", "512, or another count");
    } else if (!layout_of(record_)) {
      add(rule("fat.total-sectors"), record_.total_sectors_16 != 0 ? kTotal16Field : kTotal32Field,
          "total sectors", number(record_.total_sectors()),
          fmt::format("more than the {} reserved ones, {} x {} of the FATs and {} root entries",
                      record_.reserved_sectors, record_.fats, record_.fat_sectors(),
                      record_.root_entries));
    } else {
      return true;
    }
    return false;
  }

  void judge_fields(const FatLayout& layout) {
    judge_size(layout);
    judge_type(layout);
    judge_marks();
    judge_boot_code();
    if (layout.fat_bits == 32) {
      judge_fat32(layout);
    } else if (layout.root_bytes % layout.sector_bytes != 0) {
      add(rule("fat.root-entries"), kRootEntriesField, "root entries", number(record_.root_entries),
          fmt::format("a multiple of {}", layout.sector_bytes / 32));
    }
  }

  void judge_fats(const FatLayout& layout, FatTable& table) {
    const auto first = table.entry(0);
    const auto second = table.entry(1);
    if (!first || !second) {
      return;  // Cut off; that has been said.
    }
    // GRUB leaves out bit 3, as some BIOSes change it.
    constexpr std::uint32_t kIgnored = 0x08;
    if (((*first ^ record_.media) & 0xFFU & ~kIgnored) != 0) {
      findings_.add(rule("fat.media-differs"), view_.image_offset(layout.fat_begin),
                    path("FAT, entry 0"), fmt::format("0x{:02X}", *first & 0xFFU),
                    fmt::format("0x{:02X}", record_.media));
      return;  // Perhaps no FAT at all.
    }
    judge_dirty(layout, *second);
    judge_copies(layout);
  }

 private:
  static std::string number(std::uint64_t value) { return fmt::format("{}", value); }

  [[nodiscard]] std::string path(std::string_view part) const {
    return surroundings_.place.empty() ? std::string(part)
                                       : fmt::format("{}, {}", surroundings_.place, part);
  }

  void add(const Rule& rule, std::uint64_t field, std::string_view name, std::string found,
           std::string expected) {
    findings_.add(rule, view_.image_offset(field), path(fmt::format("FAT boot sector, {}", name)),
                  std::move(found), std::move(expected));
  }

  void judge_size(const FatLayout& layout) {
    if (layout.total_bytes > view_.size()) {
      add(rule("fat.truncated"), record_.total_sectors_16 != 0 ? kTotal16Field : kTotal32Field,
          "total sectors",
          fmt::format("{} sectors of {} bytes", record_.total_sectors(), layout.sector_bytes),
          fmt::format("at most the {} bytes that are there", view_.size()));
    }
    const std::uint64_t needed =
        ((layout.cluster_count + std::uint64_t{2}) * static_cast<unsigned>(layout.fat_bits) + 7) /
        8;
    if (layout.fat_bytes < needed) {
      add(rule("fat.fat-too-small"),
          record_.is_laid_out_as_32() ? kFatSectors32Field : kFatSectors16Field, "sectors per FAT",
          number(record_.fat_sectors()),
          fmt::format("{} or more for {} clusters",
                      (needed + layout.sector_bytes - 1) / layout.sector_bytes,
                      layout.cluster_count));
    }
  }

  void judge_type(const FatLayout& layout) {
    const std::uint64_t clusters = layout.cluster_count;
    const std::string found = fmt::format("{} clusters", clusters);
    // The specification advises 16, but mkfs.vfat goes nearer, and drivers differ by 2 at most.
    constexpr std::uint64_t kNear = 2;
    const auto is_near = [&](std::uint64_t edge) {
      return clusters + kNear >= edge && clusters <= edge + kNear;
    };
    const bool is_32 = layout.fat_bits == 32;
    if (is_near(kLeast32) || (!is_32 && is_near(kLeast16))) {
      add(rule("fat.cluster-count-edge"), kSectorsPerClusterField, "cluster count", found,
          fmt::format("more than {} away from {}", kNear, is_near(kLeast32) ? kLeast32 : kLeast16));
    } else if (is_32 != (clusters >= kLeast32)) {
      add(rule("fat.cluster-count"), kSectorsPerClusterField, "cluster count", found,
          is_32 ? fmt::format("{} or more for FAT32", kLeast32)
                : fmt::format("fewer than {} for FAT16", kLeast32));
    } else {
      const std::string type = fmt::format("FAT{}", layout.fat_bits);
      if (record_.type_name.starts_with("FAT") && record_.type_name != "FAT" &&
          record_.type_name != type) {
        add(rule("fat.type-name"), is_32 ? kTypeName32Field : kTypeName16Field, "type",
            fmt::format("\"{}\"", record_.type_name), fmt::format("\"{}\" for {}", type, found));
      }
    }
  }

  void judge_marks() {
    if (!record_.has_jump) {
      add(rule("fat.jump"), 0, "jump", hex_bytes(view_.read(0, 3)), "eb xx 90 or e9 xx xx");
    }
    if (!record_.has_signature) {
      add(rule("fat.no-signature"), kSignatureField, "signature",
          hex_bytes(view_.read(kSignatureField, 2)), "55 aa");
    }
    if (!record_.has_valid_media()) {
      add(rule("fat.media"), kMediaField, "media", fmt::format("0x{:02X}", record_.media),
          "0xF8, or 0xF0 or 0xF9 to 0xFF");
    }
  }

  void judge_boot_code() {
    const VolumeCode code = code_of(view_);
    if (code == VolumeCode::kNone) {
      return;
    }
    if (record_.sectors_per_track == 0 || record_.heads == 0) {
      add(rule("fat.geometry"), kSectorsPerTrackField, "geometry",
          fmt::format("{} sectors per track, {} heads", record_.sectors_per_track, record_.heads),
          "both 1 or more");
    }
    // On a partition syslinux goes by what the boot code of the MBR hands over.
    const auto& first = surroundings_.first_sector;
    const bool is_trusted = code == VolumeCode::kDos || first == 0U;
    if (first && is_trusted && record_.hidden_sectors != *first) {
      add(rule("fat.hidden-sectors"), kHiddenField, "hidden sectors",
          number(record_.hidden_sectors), number(*first));
    }
  }

  void judge_fat32(const FatLayout& layout) {
    constexpr std::uint32_t kNotMirrored = 0x80;
    constexpr std::uint32_t kActiveFat = 0x0F;
    if ((record_.extended_flags & kNotMirrored) != 0 &&
        (record_.extended_flags & kActiveFat) >= record_.fats) {
      add(rule("fat.active-fat"), kExtendedFlagsField, "extended flags",
          fmt::format("FAT {}", record_.extended_flags & kActiveFat),
          fmt::format("less than {}", record_.fats));
    }
    if (record_.version != 0) {
      add(rule("fat.version"), kVersionField, "version",
          fmt::format("{}.{}", record_.version >> 8U, record_.version & 0xFFU), "0.0");
    }
    if (!layout.has_cluster(record_.root_cluster)) {
      add(rule("fat.root-cluster"), kRootClusterField, "root cluster", number(record_.root_cluster),
          fmt::format("2 to {}", layout.cluster_count + 1));
    }
    judge_fsinfo(layout);
    judge_backup(layout);
  }

  [[nodiscard]] bool is_reserved(std::uint32_t sector) const {
    return sector != 0 && sector < record_.reserved_sectors;
  }

  void judge_fsinfo(const FatLayout& layout) {
    if (!is_reserved(record_.fsinfo_sector)) {
      if (record_.fsinfo_sector != 0 && record_.fsinfo_sector != 0xFFFF) {
        add(rule("fat.fsinfo"), kFsinfoField, "FSInfo sector", number(record_.fsinfo_sector),
            fmt::format("less than {}, the reserved sectors", record_.reserved_sectors));
      }
      return;
    }
    const std::uint64_t at = record_.fsinfo_sector * layout.sector_bytes;
    const Bytes sector = view_.read(at, 512);
    if (sector.size() < 512) {
      return;
    }
    const ByteSpan bytes(sector);
    const std::string found =
        fmt::format("{}, {} and {}", hex_bytes(bytes.subspan(0, 4)),
                    hex_bytes(bytes.subspan(484, 4)), hex_bytes(bytes.subspan(508, 4)));
    const std::string expected = "52 52 61 41, 72 72 41 61 and 00 00 55 aa";
    if (found != expected) {
      findings_.add(rule("fat.fsinfo"), view_.image_offset(at), path("FSInfo sector"), found,
                    expected);
    }
  }

  /// Only what says where things are: loaders are often installed without touching the backup.
  void judge_backup(const FatLayout& layout) {
    if (!is_reserved(record_.backup_boot_sector)) {
      return;
    }
    const std::uint64_t at = record_.backup_boot_sector * layout.sector_bytes;
    constexpr std::uint64_t kCompared = kBackupField + 2 - kBytesPerSectorField;
    const Bytes own = view_.read(kBytesPerSectorField, kCompared);
    const Bytes backup = view_.read(at + kBytesPerSectorField, kCompared);
    if (backup.size() == kCompared && own != backup) {
      const auto [here, there] = std::mismatch(own.begin(), own.end(), backup.begin());
      const auto place = static_cast<std::uint64_t>(here - own.begin());
      findings_.add(rule("fat.backup-boot-sector"),
                    view_.image_offset(at + kBytesPerSectorField + place),
                    path("backup of the FAT boot sector"),
                    fmt::format("0x{:02X} at its byte {}", *there, kBytesPerSectorField + place),
                    fmt::format("0x{:02X}, as in the boot sector", *here));
    }
  }

  void judge_dirty(const FatLayout& layout, std::uint32_t second) {
    const bool is_clean =
        layout.fat_bits == 12 || (second & (layout.fat_bits == 16 ? 0x8000U : 0x08000000U)) != 0;
    if ((record_.state & 1U) != 0) {
      add(rule("fat.dirty"), layout.fat_bits == 32 ? kState32Field : kState16Field, "state",
          fmt::format("0x{:02X}", record_.state), "0x00");
    } else if (!is_clean) {
      findings_.add(
          rule("fat.dirty"),
          view_.image_offset(layout.fat_begin + static_cast<unsigned>(layout.fat_bits) / 8),
          path("FAT, entry 1"), fmt::format("0x{:X}", second), "the bit that stands for clean");
    }
  }

  void judge_copies(const FatLayout& layout) {
    constexpr std::uint32_t kNotMirrored = 0x80;
    constexpr std::uint64_t kCompared = 64U << 10U;
    if (layout.fat_bits == 32 && (record_.extended_flags & kNotMirrored) != 0) {
      return;
    }
    const std::uint64_t length = std::min(layout.fat_bytes, kCompared);
    const Bytes first = view_.read(layout.fat_begin, length);
    for (std::uint32_t copy = 1; copy < std::min(record_.fats, 4U); ++copy) {
      const std::uint64_t begin = layout.fat_begin + copy * layout.fat_bytes;
      const Bytes other = view_.read(begin, length);
      if (other.size() != first.size() || other == first) {
        continue;
      }
      const auto at = static_cast<std::uint64_t>(
          std::mismatch(first.begin(), first.end(), other.begin()).first - first.begin());
      findings_.add(rule("fat.copies-differ"), view_.image_offset(begin + at),
                    path(fmt::format("FAT {}", copy + 1)),
                    fmt::format("0x{:02X} at its byte {}", other[at], at),
                    fmt::format("0x{:02X}, as in FAT 1", first[at]));
      return;
    }
  }

  ImageView view_;
  const FatBootRecord& record_;
  const FatSurroundings& surroundings_;
  Findings& findings_;
};

}  // namespace

void judge_fat_volume(const ImageView& view, const FatSurroundings& surroundings,
                      Findings& findings) {
  const auto record = read_fat_boot_record(view);
  if (!record || !claims_to_be_fat(*record)) {
    return;
  }
  Judge judge(view, *record, surroundings, findings);
  if (!judge.judge_structure()) {
    return;
  }
  const auto layout = layout_of(*record);
  judge.judge_fields(*layout);
  FatVolume volume(view, *record, *layout);
  judge.judge_fats(*layout, volume.table());
  judge_fat_tree(volume, surroundings.place, findings);
  judge_syslinux(volume, findings);
}

}  // namespace bootproof::inspectors
