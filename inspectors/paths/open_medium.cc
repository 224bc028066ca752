#include "inspectors/paths/open_medium.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "inspectors/rules.h"
#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/fat_checks.h"
#include "inspectors/volumes/fat_volume.h"
#include "inspectors/volumes/iso_file_system.h"
#include "inspectors/volumes/squashfs.h"

namespace bootproof::inspectors {
namespace {

constexpr std::string_view kEspType = "C12A7328-F81F-11D2-BA4B-00A0C93EC93B";
constexpr std::string_view kXbootldrType = "BC13C2FF-59E6-4262-A352-B275FD6F7172";
constexpr std::uint64_t kLegacyBootAttribute = 1U << 2U;  // UEFI 2.10, table 5.8.
constexpr std::uint8_t kMbrEspType = 0xEF;

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

std::string described(std::string_view table, std::uint32_t number, std::string_view type) {
  return type.empty() ? fmt::format("{} partition {}", table, number)
                      : fmt::format("{} partition {} ({})", table, number, type);
}

LoaderPlatform platform_of(FirmwareClass firmware) {
  switch (firmware) {
    case FirmwareClass::kBios:
      return LoaderPlatform::kBios;
    case FirmwareClass::kUefiX64:
      return LoaderPlatform::kUefiX64;
    case FirmwareClass::kUefiIa32:
      return LoaderPlatform::kUefiIa32;
    case FirmwareClass::kUefiAarch64:
      return LoaderPlatform::kUefiAarch64;
    case FirmwareClass::kUefiRiscv64:
      break;
  }
  return LoaderPlatform::kUefiRiscv64;
}

/// GRUB's name of a place (GNU GRUB 2.06, 13.1).
std::string grub_name_of(const Place& place, Attachment attachment) {
  const std::string_view disk = attachment == Attachment::kOptical ? "cd0" : "hd0";
  switch (place.kind) {
    case PlaceKind::kWholeMedium:
      return std::string(disk);
    case PlaceKind::kElToritoImage:
      return fmt::format("cd{}", place.number + 1);
    case PlaceKind::kGptPartition:
      return fmt::format("{},gpt{}", disk, place.number);
    case PlaceKind::kMbrPartition:
      break;
  }
  return fmt::format("{},msdos{}", disk, place.number);
}

}  // namespace

OpenMedium::OpenMedium(const ImageView& image, const Inspection& inspection, Findings& findings)
    : image_(image), inspection_(inspection) {
  Place whole{
      PlaceKind::kWholeMedium, 0, "the medium", image, nullptr, {}, {}, false, false, false};
  if (inspection.iso9660 && inspection.iso9660->primary) {
    whole.name = "ISO 9660";
    whole.volume = open_iso_file_system(image, *inspection.iso9660->primary);
    places_.push_back(std::move(whole));
  } else {
    add(std::move(whole), findings);
  }
  if (inspection.el_torito) {
    const std::vector<ElToritoEntry>& entries = inspection.el_torito->entries;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const ElToritoEntry& entry = entries[i];
      if (entry.is_bootable() && entry.fat) {
        const std::uint64_t offset = std::uint64_t{entry.load_rba} * kIsoSectorBytes;
        Place place{PlaceKind::kElToritoImage,
                    static_cast<std::uint32_t>(i),
                    entry.section == 0 ? "El Torito initial entry"
                                       : fmt::format("El Torito section {}", entry.section),
                    image.subview(offset, entry.fat->total_bytes()),
                    nullptr,
                    {},
                    {},
                    entry.platform_id == kPlatformUefi,
                    false,
                    false};
        add(std::move(place), findings);
      }
    }
  }
  if (inspection.gpt) {
    for (const GptPartition& partition : inspection.gpt->partitions) {
      const std::string type = text_of(partition.type);
      const std::uint64_t sector = inspection.gpt->sector_bytes;
      Place place{PlaceKind::kGptPartition,
                  partition.number,
                  described("GPT", partition.number, partition_type_name(partition.type)),
                  image.subview(partition.first_lba * sector,
                                (partition.last_lba - partition.first_lba + 1) * sector),
                  nullptr,
                  lower(text_of(partition.unique)),
                  partition.name,
                  type == kEspType,
                  type == kXbootldrType,
                  (partition.attributes & kLegacyBootAttribute) != 0};
      if (partition.last_lba >= partition.first_lba &&
          partition.first_lba < image.size() / sector) {
        add(std::move(place), findings);
      }
    }
  }
  if (inspection.mbr && inspection.mbr->kind != MbrKind::kProtective) {
    constexpr std::uint64_t kSector = 512;
    for (const MbrPartition& partition : inspection.mbr->partitions()) {
      Place place{PlaceKind::kMbrPartition,
                  static_cast<std::uint32_t>(partition.number),
                  described("MBR", static_cast<std::uint32_t>(partition.number),
                            mbr_type_name(partition.type)),
                  image.subview(partition.first_lba * kSector, partition.sector_count * kSector),
                  nullptr,
                  fmt::format("{:08x}-{:02x}", inspection.mbr->disk_signature, partition.number),
                  {},
                  partition.type == kMbrEspType,
                  false,
                  partition.is_active()};
      add(std::move(place), findings);
    }
  }
}

void OpenMedium::add(Place place, Findings& findings) {
  const bool is_read_before = std::any_of(places_.begin(), places_.end(), [&](const Place& other) {
    return other.view.offset() == place.view.offset() && other.volume;
  });
  Findings ignored;
  Findings& kept = is_read_before ? ignored : findings;
  if (auto fat = open_fat_volume(place.view)) {
    place.volume = std::move(fat);
  } else if (auto ext = open_ext_volume(place.view)) {
    place.volume = std::move(ext);
  }
  FatSurroundings surroundings;
  surroundings.place = place.kind == PlaceKind::kWholeMedium ? "" : place.name;
  if (!inspection_.iso9660) {
    surroundings.first_sector =
        place.view.offset() / (inspection_.gpt ? inspection_.gpt->sector_bytes : 512);
  }
  judge_fat_volume(place.view, surroundings, kept);
  judge_ext_volume(place.view, kept);
  if (const auto squashfs = read_squashfs(place.view)) {
    judge_squashfs(*squashfs, place.view, place.name, kept);
  }
  places_.push_back(std::move(place));
}

Place* OpenMedium::find(PlaceKind kind, std::uint32_t number) {
  const auto found = std::find_if(places_.begin(), places_.end(), [&](const Place& place) {
    return place.kind == kind && place.number == number;
  });
  return found == places_.end() ? nullptr : &*found;
}

LoaderWorld OpenMedium::world_of(const Place& own, FirmwareClass firmware, Attachment attachment) {
  LoaderWorld world;
  world.platform = platform_of(firmware);
  for (const Place& place : places_) {
    const bool is_boot_image = place.kind == PlaceKind::kElToritoImage;
    const bool is_partition =
        place.kind == PlaceKind::kGptPartition || place.kind == PlaceKind::kMbrPartition;
    // Of a CD no loader sees the partitions; a boot image is seen only by what it started.
    if (&place != &own && (is_boot_image || (attachment == Attachment::kOptical && is_partition))) {
      continue;
    }
    if (&place == &own) {
      world.own = world.volumes.size();
    }
    world.volumes.push_back({grub_name_of(place, attachment), place.volume.get(),
                             place.partition_uuid, place.partition_label, place.is_esp,
                             place.is_xbootldr});
  }
  return world;
}

}  // namespace bootproof::inspectors
