#include "inspectors/system_area.h"

#include <algorithm>
#include <array>

#include "inspectors/cursor.h"
#include "inspectors/fat_boot_sector.h"
#include "inspectors/system_area_checks.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSectorBytes = 512;
constexpr std::uint64_t kSystemAreaBytes = kFirstDescriptorSector * kIsoSectorBytes;
/// Where both isohybrid code and GRUB's boot_hybrid.img have the address of what they start.
constexpr std::uint64_t kPointerField = 432;
/// GRUB's image begins with cdboot.img of four sectors, which is for discs alone.
constexpr std::uint64_t kGrubCdbootSectors = 4;

constexpr std::string_view kEspGuid = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
constexpr std::string_view kBasicDataGuid = "EBD0A0A2-B9E5-4433-87C0-68B6B72699C7";
constexpr std::string_view kHfsGuid = "48465300-0000-11AA-AA11-00306543ECAC";

/// MBR types: the EFI system partition, and what xorriso protects an ISO by (0xCD: mkisofs's
/// --protective-msdos-label).
enum MbrType : std::uint8_t { kMbrIso = 0xCD, kMbrProtective = 0xEE, kMbrEsp = 0xEF };

bool is_fat(const ImageView& image, const MediumRange& range) {
  return range.first_byte < image.size() &&
         recognise_fat(image.subview(range.first_byte, image.size())).has_value();
}

/// Gathers the ranges of all tables.
class Reader {
 public:
  Reader(const ImageView& image, const SystemAreaSurroundings& surroundings)
      : image_(image), surroundings_(surroundings) {
    const auto& primary = surroundings.iso.primary;
    volume_bytes_ = primary ? primary->volume_blocks * primary->block_size : 0;
  }

  void read(SystemArea& area) {
    area.is_blank = is_blank(image_.subview(0, kSystemAreaBytes));
    add_el_torito(area);
    if (surroundings_.mbr != nullptr) {
      add_mbr(area, *surroundings_.mbr);
      area.pointer = pointer_of(*surroundings_.mbr);
    }
    if (surroundings_.gpt != nullptr) {
      add_gpt(area, *surroundings_.gpt);
    }
    if (area.apm) {
      add_apm(area, *area.apm);
    }
  }

 private:
  void add_el_torito(SystemArea& area) const {
    if (surroundings_.el_torito == nullptr) {
      return;
    }
    std::uint32_t number = 0;
    for (const ElToritoEntry& entry : surroundings_.el_torito->entries) {
      ++number;
      if (!entry.is_bootable()) {
        continue;
      }
      MediumRange range;
      range.source = RangeSource::kElTorito;
      range.number = number;
      range.role = entry.platform_id == kPlatformUefi ? RangeRole::kEsp : RangeRole::kOther;
      range.entry_offset = entry.offset;
      range.first_byte = entry.load_rba * kIsoSectorBytes;
      range.byte_count = entry.fat ? entry.fat->total_bytes() : 0;
      range.name = platform_name(entry.platform_id);
      area.ranges.push_back(std::move(range));
    }
  }

  void add_mbr(SystemArea& area, const Mbr& mbr) const {
    if (mbr.kind == MbrKind::kNoTable) {
      return;
    }
    std::vector<MbrPartition> entries(mbr.entries.begin(), mbr.entries.end());
    entries.insert(entries.end(), mbr.logical.begin(), mbr.logical.end());
    for (const MbrPartition& entry : entries) {
      if (!entry.is_used()) {
        continue;
      }
      MediumRange range;
      range.source = RangeSource::kMbr;
      range.number = static_cast<std::uint32_t>(entry.number);
      range.entry_offset = entry.offset;
      range.first_byte = entry.first_lba * kSectorBytes;
      range.byte_count = entry.sector_count * kSectorBytes;
      range.name = mbr_type_name(entry.type);
      if (entry.type == kMbrEsp) {
        range.role = RangeRole::kEsp;
      } else if (entry.type == kMbrProtective || entry.type == kMbrIso) {
        range.role = RangeRole::kProtective;
      } else {
        range.role = role_by_place(range);
      }
      area.ranges.push_back(std::move(range));
    }
  }

  void add_gpt(SystemArea& area, const Gpt& gpt) const {
    for (const GptPartition& partition : gpt.partitions) {
      if (partition.last_lba < partition.first_lba ||
          partition.last_lba > image_.size() / gpt.sector_bytes) {
        continue;  // gpt.partition-reversed and gpt.partition-outside have it.
      }
      MediumRange range;
      range.source = RangeSource::kGpt;
      range.number = partition.number;
      range.entry_offset = partition.offset;
      range.first_byte = partition.first_lba * gpt.sector_bytes;
      range.byte_count = (partition.last_lba - partition.first_lba + 1) * gpt.sector_bytes;
      range.name = partition.name;
      const std::string type = text_of(partition.type);
      if (type == kEspGuid) {
        range.role = RangeRole::kEsp;
      } else if (type == kHfsGuid) {
        range.role = RangeRole::kHfs;
      } else if (type == kBasicDataGuid && partition.name.starts_with("Gap")) {
        range.role = RangeRole::kGap;
      } else {
        range.role = role_by_place(range);
        // isohybrid --uefi and -isohybrid-gpt-basdat call it basic data.
        if (type == kBasicDataGuid && range.role == RangeRole::kOther && is_fat(image_, range)) {
          range.role = RangeRole::kEsp;
        }
      }
      area.ranges.push_back(std::move(range));
    }
  }

  void add_apm(SystemArea& area, const Apm& apm) const {
    for (const ApmPartition& partition : apm.partitions) {
      MediumRange range;
      range.source = RangeSource::kApm;
      range.number = partition.number;
      range.entry_offset = partition.offset;
      range.first_byte = apm.first_byte(partition);
      range.byte_count = apm.byte_count(partition);
      range.name = partition.name;
      if (partition.type == "Apple_partition_map") {
        range.role = RangeRole::kMap;
      } else if (partition.type == "ISO9660_data" || partition.type == "Apple_Void") {
        range.role = RangeRole::kGap;
      } else if (partition.type.starts_with("Apple_HFS")) {
        // So isohybrid calls the FAT volume that Intel Macs are to show.
        range.role = is_fat(image_, range) ? RangeRole::kEsp : RangeRole::kHfs;
      } else {
        range.role = role_by_place(range);
      }
      area.ranges.push_back(std::move(range));
    }
  }

  /// Where nothing but the place says what a range is for.
  [[nodiscard]] RangeRole role_by_place(const MediumRange& range) const {
    const bool covers_descriptors = range.first_byte <= kSystemAreaBytes &&
                                    range.byte_count > kSystemAreaBytes &&
                                    range.first_byte + range.byte_count > 2 * kSystemAreaBytes;
    if (covers_descriptors) {
      return RangeRole::kWholeIso;
    }
    return volume_bytes_ != 0 && range.first_byte >= volume_bytes_ ? RangeRole::kAppended
                                                                   : RangeRole::kOther;
  }

  [[nodiscard]] std::optional<HybridPointer> pointer_of(const Mbr& mbr) const {
    const bool is_grub = mbr.boot_code == BootCode::kGrubHybrid;
    if (!is_grub && mbr.boot_code != BootCode::kIsohybrid) {
      return std::nullopt;
    }
    HybridPointer pointer;
    pointer.offset = image_.image_offset(kPointerField);
    if (is_grub) {
      pointer.lba = read_struct<Le64>(image_, kPointerField).value_or(Le64{}).value();
    } else {
      pointer.lba = read_struct<Le32>(image_, kPointerField).value_or(Le32{}).value();
    }
    if (const ElToritoEntry* entry = bios_entry()) {
      pointer.expected_lba =
          entry->load_rba * (kIsoSectorBytes / kSectorBytes) + (is_grub ? kGrubCdbootSectors : 0);
    }
    return pointer;
  }

  [[nodiscard]] const ElToritoEntry* bios_entry() const {
    if (surroundings_.el_torito == nullptr) {
      return nullptr;
    }
    const auto& entries = surroundings_.el_torito->entries;
    const auto found = std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
      return entry.is_bootable() && entry.platform_id == kPlatformX86;
    });
    return found == entries.end() ? nullptr : &*found;
  }

  ImageView image_;
  const SystemAreaSurroundings& surroundings_;
  std::uint64_t volume_bytes_ = 0;
};

}  // namespace

std::string_view name_of(RangeSource source) {
  switch (source) {
    case RangeSource::kElTorito:
      return "El Torito";
    case RangeSource::kMbr:
      return "MBR";
    case RangeSource::kGpt:
      return "GPT";
    case RangeSource::kApm:
      break;
  }
  return "APM";
}

std::string_view name_of(RangeRole role) {
  constexpr std::array<std::string_view, 8> kNames{"EFI system partition",
                                                   "whole ISO",
                                                   "protection",
                                                   "partition map",
                                                   "gap",
                                                   "HFS",
                                                   "appended",
                                                   "other"};
  return kNames.at(static_cast<std::size_t>(role));
}

const MediumRange* SystemArea::find(RangeSource source, RangeRole role) const {
  const auto found = std::find_if(ranges.begin(), ranges.end(), [&](const MediumRange& range) {
    return range.source == source && range.role == role;
  });
  return found == ranges.end() ? nullptr : &*found;
}

const MediumRange* SystemArea::esp_of_stick() const {
  const MediumRange* const by_gpt = find(RangeSource::kGpt, RangeRole::kEsp);
  const bool is_protected = has_protective_mbr && by_gpt != nullptr;
  return is_protected ? by_gpt : find(RangeSource::kMbr, RangeRole::kEsp);
}

SystemArea read_system_area(const ImageView& image, const SystemAreaSurroundings& surroundings,
                            Findings& findings) {
  SystemArea area;
  area.has_protective_mbr = surroundings.mbr != nullptr && surroundings.mbr->protects_gpt();
  const auto& primary = surroundings.iso.primary;
  area.apm = read_apm(image, primary ? primary->volume_blocks * primary->block_size : 0, findings);
  Reader(image, surroundings).read(area);
  judge_system_area(image, area, surroundings, findings);
  return area;
}

}  // namespace bootproof::inspectors
