#include "inspectors/paths/open_medium.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "inspectors/text.h"
#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/fat_volume.h"
#include "inspectors/volumes/iso_file_system.h"
#include "inspectors/volumes/volume_marks.h"

namespace bootproof::inspectors {
namespace {

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

OpenMedium::OpenMedium(const ImageView& image, const Inspection& inspection)
    : image_(image), inspection_(inspection) {
  add_whole();
  if (inspection.el_torito) {
    add_boot_images(*inspection.el_torito);
  }
  if (inspection.gpt) {
    add_gpt(*inspection.gpt);
  }
  if (inspection.mbr && inspection.mbr->kind != MbrKind::kProtective) {
    add_mbr(*inspection.mbr);
  }
}

void OpenMedium::add_whole() {
  Place whole{.kind = PlaceKind::kWholeMedium, .name = "the medium", .view = image_};
  if (inspection_.iso9660 && inspection_.iso9660->primary) {
    whole.name = "ISO 9660";
    whole.volume = open_iso_file_system(image_, *inspection_.iso9660->primary);
    places_.push_back(std::move(whole));
  } else {
    open(std::move(whole));
  }
}

void OpenMedium::add_boot_images(const ElTorito& el_torito) {
  for (std::size_t i = 0; i < el_torito.entries.size(); ++i) {
    const ElToritoEntry& entry = el_torito.entries[i];
    if (!entry.is_bootable() || !entry.fat || !has_room(PlaceKind::kElToritoImage, entry.offset)) {
      continue;
    }
    open({.kind = PlaceKind::kElToritoImage,
          .number = static_cast<std::uint32_t>(i),
          .name = entry.section == 0 ? "El Torito initial entry"
                                     : fmt::format("El Torito section {}", entry.section),
          .view = image_.subview(std::uint64_t{entry.load_rba} * kIsoSectorBytes,
                                 entry.fat->total_bytes()),
          .is_esp = entry.platform_id == kPlatformUefi});
  }
}

void OpenMedium::add_gpt(const Gpt& gpt) {
  const std::uint64_t sector = gpt.sector_bytes;
  for (const GptPartition& partition : gpt.partitions) {
    if (partition.last_lba < partition.first_lba || partition.first_lba >= image_.size() / sector ||
        !has_room(PlaceKind::kGptPartition, partition.offset)) {
      continue;
    }
    open({.kind = PlaceKind::kGptPartition,
          .number = partition.number,
          .name = described("GPT", partition.number, partition_type_name(partition.type)),
          .view = image_.subview(partition.first_lba * sector,
                                 (partition.last_lba - partition.first_lba + 1) * sector),
          .partition_uuid = lower_case(text_of(partition.unique)),
          .partition_label = partition.name,
          .is_esp = partition.is_esp(),
          .is_xbootldr = partition.is_xbootldr(),
          .is_active = partition.is_legacy_bootable()});
  }
}

void OpenMedium::add_mbr(const Mbr& mbr) {
  constexpr std::uint64_t kSector = 512;
  for (const MbrPartition& partition : mbr.partitions()) {
    if (!has_room(PlaceKind::kMbrPartition, partition.offset)) {
      continue;
    }
    const auto number = static_cast<std::uint32_t>(partition.number);
    open({.kind = PlaceKind::kMbrPartition,
          .number = number,
          .name = described("MBR", number, mbr_type_name(partition.type)),
          .view = image_.subview(partition.first_lba * kSector, partition.sector_count * kSector),
          .partition_uuid = fmt::format("{:08x}-{:02x}", mbr.disk_signature, number),
          .is_esp = partition.is_esp(),
          .is_active = partition.is_active()});
  }
}

bool OpenMedium::has_room(PlaceKind kind, std::uint64_t entry_offset) {
  const auto index = static_cast<std::size_t>(kind);
  if (opened_.at(index) < kMostOfOneKind) {
    ++opened_.at(index);
    return true;
  }
  PassedOver& passed_over = passed_over_.at(index);
  if (passed_over.count++ == 0) {
    passed_over.first_entry = entry_offset;
  }
  return false;
}

void OpenMedium::open(Place place) {
  if (auto fat = open_fat_volume(place.view)) {
    place.volume = std::move(fat);
  } else if (auto ext = open_ext_volume(place.view)) {
    place.volume = std::move(ext);
  } else {
    place.is_unformatted = mark_of_volume(place.view).empty() && !place.view.unreadable();
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
  world.has_more = passed_over(PlaceKind::kGptPartition).count > 0 ||
                   passed_over(PlaceKind::kMbrPartition).count > 0;
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
                             place.is_xbootldr, place.is_unformatted});
  }
  return world;
}

}  // namespace bootproof::inspectors
