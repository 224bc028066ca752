#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspectors/cursor.h"
#include "inspectors/paths/path_finder.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"
#include "inspectors/volumes/syslinux.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSector = 512;

/// Whether a FAT boot sector is the one that mkfs.fat writes, which only prints a message.
bool is_only_a_message(const ImageView& volume) {
  constexpr std::string_view kMessage = "This is not a bootable disk";
  const Bytes sector = volume.read(0, kSector);
  return std::search(sector.begin(), sector.end(), kMessage.begin(), kMessage.end()) !=
         sector.end();
}

bool has_boot_signature(const ImageView& sector) {
  const Bytes signature = sector.read(510, 2);
  return signature == Bytes{0x55, 0xAA};
}

}  // namespace

Trail PathFinder::bios() {
  if (attachment_ == Attachment::kOptical) {
    return bios_optical();
  }
  Trail trail;
  if (attachment_ == Attachment::kDisk4096) {
    trail.add("the disk", 0);
    trail.break_off("a BIOS reads sectors of 512 bytes alone");
    return trail;
  }
  return bios_disk();
}

/// El Torito 1.0; SeaBIOS looks at the initial entry alone.
Trail PathFinder::bios_optical() {
  Trail trail;
  const Inspection& inspection = medium_.inspection();
  trail.add("El Torito boot record", (kFirstDescriptorSector + 1) * kIsoSectorBytes);
  if (!inspection.el_torito || !inspection.el_torito->validation) {
    trail.break_off(inspection.iso9660 ? "there is no boot catalog" : "this is no ISO 9660 medium");
    return trail;
  }
  const ElTorito& el_torito = *inspection.el_torito;
  if (el_torito.boot_record_sector != kFirstDescriptorSector + 1) {
    trail.break_off(fmt::format("it stands at sector {}, not at 17", el_torito.boot_record_sector));
    return trail;
  }
  if (!el_torito.validation->has_header_id || !el_torito.validation->has_key) {
    trail.break_off("the catalog's validation entry is not valid");
    return trail;
  }
  if (el_torito.entries.empty()) {
    trail.break_off("the catalog has no entry");
    return trail;
  }
  const ElToritoEntry& entry = el_torito.entries.front();
  trail.add(fmt::format("El Torito initial entry (platform 0x{:02X}, sector {}, {})",
                        entry.platform_id, entry.load_rba, name_of(entry.content)),
            entry.offset);
  if (!entry.is_bootable()) {
    trail.break_off("it is marked as not bootable");
  } else if (!entry.is_inside) {
    trail.break_off("its image lies outside the medium");
  } else if (entry.content == BootImage::kBlank) {
    trail.break_off("its image is all zeros");
  } else if (entry.platform_id != kPlatformX86) {
    trail.break_off(fmt::format("it is for {}: a BIOS finds no boot code in it",
                                platform_name(entry.platform_id)));
  } else if (entry.sector_count == 0) {
    trail.break_off("it says that no sector is to be loaded");
  } else if (entry.media_type != 0) {
    follow_emulation(trail, entry);
  } else if (entry.content == BootImage::kIsolinux) {
    follow_isolinux(trail);
  } else if (entry.content == BootImage::kGrubCdboot) {
    follow_grub_cd(trail, entry);
  } else if (entry.content == BootImage::kFat) {
    trail.doubt("a FAT volume without emulation: its boot sector decides");
  } else {
    follow_boot_image(trail, entry);
  }
  return trail;
}

/// A program that is its own loader: memtest86+ 6 has Linux's header.
void PathFinder::follow_boot_image(Trail& trail, const ElToritoEntry& entry) {
  const ImageView program = medium_.image().subview(std::uint64_t{entry.load_rba} * kIsoSectorBytes,
                                                    medium_.image().size());
  Findings ignored;  // The catalog does not say how long it is.
  const std::optional<Kernel> kernel = read_kernel(program, "boot image", ignored);
  if (kernel && !kernel->version_text.empty()) {
    trail.enter(BootPart::kLoader);
    trail.add(kernel->version_text, program.offset());
  } else {
    trail.doubt("what its program does is not known");
  }
}

/// The BIOS gives the image a drive number of a diskette or hard disk and starts its first sector
/// (El Torito 1.0, 3.2 and figure 3; SeaBIOS, cdrom_boot()).
void PathFinder::follow_emulation(Trail& trail, const ElToritoEntry& entry) {
  constexpr std::uint8_t kHardDisk = 4;
  const std::string what = media_type_name(entry.media_type);
  if (is_cd_loader(entry.content)) {
    trail.break_off(fmt::format(
        "a BIOS emulates a drive with it ({}), and {} reads a CD without emulation alone", what,
        name_of(entry.content)));
    return;
  }
  if (entry.media_type > kHardDisk) {
    trail.break_off(fmt::format("{} is none that El Torito knows", what));
    return;
  }
  Place* const place = medium_.find(PlaceKind::kElToritoImage, 0);
  trail.add(fmt::format("a drive by emulation ({})", what),
            std::uint64_t{entry.load_rba} * kIsoSectorBytes);
  if (entry.media_type == kHardDisk) {
    trail.doubt("what the first sector of its image does is not known");
  } else if (place == nullptr) {
    follow_boot_image(trail, entry);
  } else {
    follow_boot_sector(trail, *place);
  }
}

void PathFinder::follow_isolinux(Trail& trail) {
  const Inspection& inspection = medium_.inspection();
  const ElToritoEntry& entry = inspection.el_torito->entries.front();
  for (const BootInfo& info : inspection.boot_infos) {
    if (info.entry == 0 && info.needs_table && !info.table) {
      trail.break_off("it has no boot info table by which it finds the rest of itself");
      return;
    }
    if (info.entry != 0 || !info.table) {
      continue;
    }
    if (info.table->primary_sector != kFirstDescriptorSector ||
        info.table->file_sector != entry.load_rba) {
      trail.break_off("its boot info table names another place");
      return;
    }
    if (info.table->computed_checksum && info.table->computed_checksum != info.table->checksum) {
      trail.break_off("its boot info table has the checksum of another file");
      return;
    }
  }
  const ImageView loader = medium_.image().subview(std::uint64_t{entry.load_rba} * kIsoSectorBytes,
                                                   std::uint64_t{64} << 10U);
  follow_syslinux(trail, medium_.places().front(), nullptr,
                  {.kind = SyslinuxKind::kIsolinux, .directory = "/isolinux", .loader = loader});
}

Trail PathFinder::bios_disk() {
  Trail trail;
  const Inspection& inspection = medium_.inspection();
  if (inspection.fat || (!inspection.iso9660 && recognise_syslinux(medium_.image()))) {
    trail.add("boot sector of the volume", 0);
    if (!has_boot_signature(medium_.image())) {
      trail.break_off("it has no signature 55 aa");
      return trail;
    }
    follow_boot_sector(trail, medium_.places().front());
    return trail;
  }
  trail.add("MBR", 0);
  if (!inspection.mbr || !inspection.mbr->has_signature) {
    trail.break_off("it has no signature 55 aa");
    return trail;
  }
  follow_mbr(trail);
  return trail;
}

void PathFinder::follow_mbr(Trail& trail) {
  const BootCode code = medium_.inspection().mbr->boot_code;
  trail.add(fmt::format("boot code: {}", name_of(code)), 0);
  switch (code) {
    case BootCode::kNone:
      trail.break_off("there is none");
      break;
    case BootCode::kGrub:
      follow_grub_boot_sector(trail, medium_.image());
      break;
    case BootCode::kGrubHybrid:
      check_hybrid_pointer(trail);
      if (!trail.is_broken()) {
        follow_grub_hybrid(trail);
      }
      break;
    case BootCode::kIsohybrid:
      check_hybrid_pointer(trail);
      if (!trail.is_broken() && medium_.inspection().el_torito &&
          !medium_.inspection().el_torito->entries.empty()) {
        follow_isolinux(trail);
      }
      break;
    case BootCode::kMemtest:
      follow_memtest(trail);
      break;
    case BootCode::kSyslinuxMbr:
    case BootCode::kDos:
      follow_active_partition(trail);
      break;
    case BootCode::kSyslinuxGpt:
      follow_legacy_boot_partition(trail);
      break;
    case BootCode::kUnknown:
      trail.doubt("what it does is not known");
      break;
  }
}

/// It loads the sector behind the first one of its boot image and then the rest
/// (memtest86+ 6, iso/memtest.sh and boot/mbr.S; the pointer is that of --grub2-mbr of xorriso).
void PathFinder::follow_memtest(Trail& trail) {
  constexpr std::uint64_t kPointerField = 432;
  constexpr std::uint64_t kSectorsBefore = 4;
  const auto field = read_struct<Le32>(medium_.image(), kPointerField);
  const std::uint64_t sector = field ? field->value() : 0;
  trail.add(fmt::format("sector {} of 512 bytes", sector),
            medium_.image().image_offset(kPointerField));
  if (sector < kSectorsBefore || sector >= medium_.image().size() / kSector) {
    trail.break_off("it lies outside the medium");
    return;
  }
  const ImageView program =
      medium_.image().subview((sector - kSectorsBefore) * kSector, medium_.image().size());
  Findings ignored;  // Nothing says how long it is.
  const std::optional<Kernel> kernel = read_kernel(program, "memtest86+", ignored);
  trail.enter(BootPart::kLoader);
  if (kernel && kernel->version_text.starts_with("Memtest86+")) {
    trail.add(kernel->version_text, program.offset());
  } else {
    trail.break_off("its program does not stand there");
  }
}

void PathFinder::follow_active_partition(Trail& trail) {
  // They count what is marked, used or not: syslinux's mbr.bin stops with more than one.
  const auto& entries = medium_.inspection().mbr->entries;
  const auto marked = std::count_if(entries.begin(), entries.end(),
                                    [](const MbrPartition& entry) { return entry.is_active(); });
  if (marked > 1) {
    trail.break_off("more than one partition is active");
    return;
  }
  std::vector<Place*> active;
  for (Place& place : medium_.places()) {
    if (place.kind == PlaceKind::kMbrPartition && place.is_active) {
      active.push_back(&place);
    }
  }
  if (active.size() != 1) {
    trail.break_off(active.empty() ? "no partition is active"
                                   : "more than one partition is active");
    return;
  }
  trail.add(active.front()->name, active.front()->view.offset());
  follow_boot_sector(trail, *active.front());
}

void PathFinder::follow_legacy_boot_partition(Trail& trail) {
  for (Place& place : medium_.places()) {
    if (place.kind == PlaceKind::kGptPartition && place.is_active) {
      trail.add(place.name, place.view.offset());
      follow_boot_sector(trail, place);
      return;
    }
  }
  if (medium_.passed_over(PlaceKind::kGptPartition).count > 0) {
    trail.doubt("the GPT has more entries than are looked at");
    return;
  }
  trail.break_off("no GPT partition has the attribute legacy BIOS bootable");
}

void PathFinder::follow_boot_sector(Trail& trail, Place& place) {
  const std::optional<SyslinuxBootSector> syslinux = recognise_syslinux(place.view);
  if (!syslinux) {
    const Bytes sector = place.view.read(0, kSector);
    if (recognise_boot_code(sector) == BootCode::kGrub) {
      trail.add("GRUB's boot sector", place.view.offset());
      follow_grub_boot_sector(trail, place.view);
    } else if (sector.size() < kSector || sector[510] != 0x55 || sector[511] != 0xAA) {
      if (place.kind != PlaceKind::kWholeMedium && sector.size() == kSector) {
        findings_.add(rule("boot.no-loader-installed"), place.view.offset(), place.name,
                      "no signature 55 aa", "a loader's boot sector");
      }
      trail.break_off("its boot sector has no signature 55 aa");
    } else if (is_only_a_message(place.view)) {
      // Without an MBR that starts it the volume may be meant for UEFI alone.
      if (place.kind != PlaceKind::kWholeMedium) {
        findings_.add(rule("boot.no-loader-installed"), place.view.offset(), place.name,
                      "the boot sector of mkfs.fat, which only prints a message",
                      "a loader's boot sector");
      }
      trail.break_off("its boot sector only prints that there is no loader");
    } else {
      trail.doubt("what its boot sector does is not known");
    }
    return;
  }
  trail.enter(BootPart::kLoader);
  if (!syslinux->code_problem.empty()) {
    trail.add("SYSLINUX boot sector", place.view.offset());
    trail.break_off(syslinux->code_problem);
    return;
  }
  trail.add(
      fmt::format("SYSLINUX boot sector, ldlinux.sys at its sector {}", syslinux->first_sector),
      place.view.offset());
  if (!place.volume) {
    trail.break_off("its volume can't be read");
    return;
  }
  Findings of_loader;  // Those of the medium have them already.
  judge_syslinux(*place.volume, of_loader);
  for (const Finding& finding : of_loader.take()) {
    if (finding.rule == "syslinux.ldlinux-checksum") {
      trail.break_off("ldlinux.sys does not add up: it stops with 'Load error'");
      return;
    }
  }
  const ImageView file = place.view.subview(syslinux->first_sector > place.view.size() / kSector
                                                ? place.view.size()
                                                : syslinux->first_sector * kSector,
                                            std::uint64_t{256} << 10U);
  const std::optional<Ldlinux> ldlinux = read_ldlinux(file);
  if (!ldlinux) {
    trail.break_off("there is no ldlinux.sys");
    return;
  }
  follow_syslinux(trail, place, nullptr,
                  {.kind = SyslinuxKind::kSyslinux,
                   .directory = ldlinux->directory.empty() ? "/" : ldlinux->directory,
                   .loader = file});
}

}  // namespace bootproof::inspectors
