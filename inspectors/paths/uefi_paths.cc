#include <fmt/format.h>

#include <algorithm>

#include "inspectors/loaders/startup_nsh.h"
#include "inspectors/paths/path_finder.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr int kMostChained = 8;

/// What shim starts next (shim's DEFAULT_LOADER).
std::string_view shim_target(FirmwareClass firmware) {
  switch (firmware) {
    case FirmwareClass::kUefiIa32:
      return "grubia32.efi";
    case FirmwareClass::kUefiAarch64:
      return "grubaa64.efi";
    case FirmwareClass::kUefiRiscv64:
      return "grubriscv64.efi";
    case FirmwareClass::kBios:
    case FirmwareClass::kUefiX64:
      break;
  }
  return "grubx64.efi";
}

/// What EDK II asks of a protective MBR: an entry of type 0xEE from LBA 1 on
/// (PartitionInstallGptChildHandles()).
bool is_protective(const Mbr& mbr) {
  return std::any_of(mbr.entries.begin(), mbr.entries.end(), [](const MbrPartition& entry) {
    return entry.is_protective() && entry.first_lba == 1;
  });
}

std::string described(const EfiProgram& program) {
  std::string text = fmt::format("{} ({}", program.path, machine_name(program.pe->machine));
  if (program.role != ProgramRole::kUnknown) {
    text += fmt::format(", {}", name_of(program.role));
  }
  if (!program.version.empty()) {
    text += fmt::format(" {}", program.version);
  }
  return text + (program.authenticode.is_signed() ? ", signed)" : ", not signed)");
}

}  // namespace

std::uint16_t machine_of(FirmwareClass firmware) {
  switch (firmware) {
    case FirmwareClass::kUefiIa32:
      return kMachineI386;
    case FirmwareClass::kUefiAarch64:
      return kMachineAarch64;
    case FirmwareClass::kUefiRiscv64:
      return kMachineRiscv64;
    case FirmwareClass::kBios:
    case FirmwareClass::kUefiX64:
      break;
  }
  return kMachineX64;
}

std::string PathFinder::loader_path() const {
  return fmt::format("/EFI/BOOT/{}", removable_media_name(machine_of(firmware_)));
}

/// The partition drivers of EDK II ask for a GPT, then for El Torito, then for an MBR; file systems
/// are looked for in all that they give, and on the medium itself (UEFI 2.10, 13.3).
Trail PathFinder::uefi() {
  const Inspection& inspection = medium_.inspection();
  const std::uint64_t sector = attachment_ == Attachment::kDisk4096 ? 4096 : 512;
  const bool sees_gpt = attachment_ != Attachment::kOptical && inspection.gpt &&
                        inspection.gpt->sector_bytes == sector &&
                        !inspection.gpt->partitions.empty() && inspection.mbr &&
                        is_protective(*inspection.mbr);
  std::vector<Trail> trails;
  const auto follow = [&](PlaceKind kind, std::string_view table, std::uint64_t table_offset) {
    for (Place& place : medium_.places()) {
      if (place.kind == kind && place.volume && place.volume->kind() == VolumeKind::kFat) {
        Trail trail;
        trail.add(fmt::format("{}, {}", table, place.name), table_offset);
        if (kind == PlaceKind::kGptPartition && !inspection.mbr->has_signature) {
          trail.doubt("EDK II asks for no signature 55 aa in the protective MBR, others may");
        }
        trails.push_back(uefi_volume(std::move(trail), place));
      }
    }
    add_passed_over(kind, table, trails);
  };
  if (sees_gpt) {
    follow(PlaceKind::kGptPartition, inspection.gpt->is_from_backup ? "backup GPT" : "GPT", sector);
  } else {
    if (attachment_ != Attachment::kDisk4096 && inspection.el_torito) {
      trails.push_back(uefi_el_torito());
      add_passed_over(PlaceKind::kElToritoImage, "El Torito", trails);
    }
    if (attachment_ == Attachment::kDisk && inspection.mbr) {
      follow(PlaceKind::kMbrPartition, "MBR", 446);
    }
    if (inspection.fat) {
      follow(PlaceKind::kWholeMedium, "no partition table", 0);
    }
  }
  if (attachment_ == Attachment::kOptical && !inspection.iso9660) {
    for (Trail& trail : trails) {
      trail.doubt("the image of a disk in an optical drive");
    }
  }
  const auto best =
      std::min_element(trails.begin(), trails.end(),
                       [](const Trail& a, const Trail& b) { return a.is_better_than(b); });
  if (best != trails.end()) {
    return *best;
  }
  Trail nothing;
  nothing.add("the medium", 0);
  nothing.break_off(sees_gpt ? "no GPT partition holds a FAT volume"
                             : "there is no FAT volume that UEFI could find");
  return nothing;
}

void PathFinder::add_passed_over(PlaceKind kind, std::string_view table,
                                 std::vector<Trail>& trails) const {
  const PassedOver& passed_over = medium_.passed_over(kind);
  if (passed_over.count > 0) {
    Trail trail;
    trail.add(fmt::format("{}, {} more entries", table, passed_over.count),
              passed_over.first_entry);
    trail.doubt("they are too many to be looked at");
    trails.push_back(std::move(trail));
  }
}

Trail PathFinder::uefi_el_torito() {
  const ElTorito& el_torito = *medium_.inspection().el_torito;
  Trail broken;
  broken.add(fmt::format("El Torito (boot catalog at sector {})", el_torito.catalog_lba),
             el_torito.catalog_lba * kIsoSectorBytes);
  if (!el_torito.validation || !el_torito.validation->has_header_id ||
      !el_torito.validation->has_key || !el_torito.validation->adds_up) {
    broken.break_off("its validation entry is not valid");
    return broken;
  }
  const std::optional<std::uint64_t>& end = medium_.inspection().iso9660->unidentified_sector;
  if (end && *end < el_torito.boot_record_sector) {
    Trail unread;
    unread.add("volume descriptors", *end * kIsoSectorBytes);
    unread.break_off(fmt::format(
        "EDK II reads them to the one at sector {}, which has not the identifier CD001", *end));
    return unread;
  }
  std::optional<Trail> best;
  for (std::size_t i = 0; i < el_torito.entries.size(); ++i) {
    const ElToritoEntry& entry = el_torito.entries[i];
    Place* place = medium_.find(PlaceKind::kElToritoImage, static_cast<std::uint32_t>(i));
    if (!entry.is_bootable() || (place == nullptr && entry.platform_id != kPlatformUefi)) {
      continue;
    }
    Trail trail;
    trail.add(fmt::format("El Torito {} (platform 0x{:02X}, sector {})",
                          entry.section == 0 ? std::string("initial entry")
                                             : fmt::format("section {}", entry.section),
                          entry.platform_id, entry.load_rba),
              entry.offset);
    if (place == nullptr || !place->volume) {
      trail.break_off(entry.is_inside ? "its image is no FAT volume"
                                      : "its image lies outside the medium");
    } else if (medium_.inspection().iso9660 &&
               ends_before_its_begin(entry, *medium_.inspection().iso9660)) {
      trail.break_off(
          fmt::format("the catalog does not say how large it is, and the volume ends at block {}",
                      medium_.inspection().iso9660->primary->volume_blocks));
    } else {
      if (entry.platform_id != kPlatformUefi) {
        trail.doubt("its platform ID is not that of UEFI: EDK II takes it all the same");
      } else if (attachment_ == Attachment::kDisk) {
        trail.doubt("on a disk EDK II looks for El Torito, other firmware for a partition table");
      }
      trail = uefi_volume(std::move(trail), *place);
    }
    if (!best || trail.is_better_than(*best)) {
      best = std::move(trail);
    }
  }
  if (best) {
    return *best;
  }
  broken.break_off("it has no entry for UEFI");
  return broken;
}

Trail PathFinder::uefi_volume(Trail trail, Place& place) {
  trail.add(std::string(name_of(place.volume->kind())), place.view.offset());
  const std::string path = loader_path();
  const Lookup found = find(*place.volume, path);
  if (found.node && found.node->kind == NodeKind::kFile) {
    follow_program(trail, place, *found.node, path, nullptr);
    return trail;
  }
  trail.add(path, place.view.offset());
  trail.break_off(has_startup_nsh(*place.volume)
                      ? "it is not there; the firmware's shell, if it has one, would run "
                        "startup.nsh"
                      : "it is not there");
  return trail;
}

void PathFinder::follow_program(Trail& trail, Place& place, const Node& node,
                                const std::string& path, EfiProgram* shim) {
  EfiProgram& program = programs_.efi_program(*place.volume, node, path);
  const std::uint64_t offset = program.content->image_offset(0);
  trail.enter(BootPart::kLoader);
  if (!program.pe) {
    trail.add(program.path, offset);
    findings_.add(rule("boot.not-a-program"), offset, program.path, "no PE/COFF header",
                  "a PE/COFF program (UEFI 2.10, 2.1.1)");
    trail.break_off("it is no PE/COFF program");
    return;
  }
  trail.add(described(program), offset);
  if (program.pe->machine != machine_of(firmware_) && program.pe->machine != kMachineEbc) {
    findings_.add(rule("boot.loader-machine"), offset + program.pe->header_offset + 4, program.path,
                  machine_name(program.pe->machine), machine_name(machine_of(firmware_)));
    trail.break_off(fmt::format("it is for {}", machine_name(program.pe->machine)));
    return;
  }
  if (!program.pe->is_loadable || !program.defect.empty()) {
    trail.break_off(program.defect.empty() ? "the firmware can't load it" : program.defect);
    return;
  }
  check_signature(trail, program, shim);
  if (trail.is_broken() || ++chained_ > kMostChained) {
    return;
  }
  switch (program.role) {
    case ProgramRole::kShim:
      follow_shim(trail, place, program, path);
      break;
    case ProgramRole::kGrub:
      follow_grub(trail, place, program, shim);
      break;
    case ProgramRole::kSystemdBoot:
      follow_systemd_boot(trail, place, shim);
      break;
    case ProgramRole::kSyslinux:
      follow_syslinux(trail, place, &program,
                      {.kind = SyslinuxKind::kSyslinuxEfi,
                       .directory = path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)),
                       .loader = ImageView(*program.content)});
      break;
    case ProgramRole::kUki:
      follow_uki(trail, program);
      break;
    case ProgramRole::kLinux:
      trail.doubt("a kernel that the firmware starts gets no command line");
      break;
    case ProgramRole::kUnknown:
      break;  // It starts; what it does is its own business.
  }
}

void PathFinder::check_signature(Trail& trail, EfiProgram& program, EfiProgram* shim) {
  if (!is_secure_ || !program.pe) {
    return;
  }
  const SecureBootAnswer* const answer = programs_.secure_boot(program, shim);
  if (answer == nullptr) {
    if (program.authenticode.is_signed()) {
      trail.doubt("it is signed; whether the firmware has the key is not known");
    } else {
      trail.break_off("it is not signed");
    }
  } else if (!answer->starts()) {
    trail.break_off(fmt::format("refused: {}", answer->reason));
  }
}

void PathFinder::follow_shim(Trail& trail, Place& place, EfiProgram& shim,
                             const std::string& path) {
  const std::string next =
      fmt::format("{}/{}", path.substr(0, path.rfind('/')), shim_target(firmware_));
  const Lookup found = find(*place.volume, next);
  if (!found.node || found.node->kind != NodeKind::kFile) {
    findings_.add(rule("boot.shim-target"), place.view.offset(), shim.path,
                  fmt::format("no {}", printable_text(next)), "the loader that shim starts");
    trail.add(printable_text(next), place.view.offset());
    trail.break_off("it is not there");
    return;
  }
  follow_program(trail, place, *found.node, next, &shim);
}

void PathFinder::follow_uki(Trail& trail, EfiProgram& program) {
  const Uki& uki = *program.uki;
  if (!uki.kernel) {
    trail.break_off("it has no section .linux");
    return;
  }
  const InitramfsImage& image = programs_.initramfs_in(program);
  trail.enter(BootPart::kInitramfs);
  if (uki.initrd) {
    trail.add("its section .initrd", uki.initrd->offset());
  }
  if (!image.defect.empty()) {
    trail.break_off(image.defect);
  } else {
    add_init(trail, image);
  }
}

}  // namespace bootproof::inspectors
