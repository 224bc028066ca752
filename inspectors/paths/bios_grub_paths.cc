#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "inspectors/loaders/grub_core.h"
#include "inspectors/paths/path_finder.h"
#include "inspectors/text.h"
#include "inspectors/volumes/fat_volume.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSector = 512;

/// The folder of an installed GRUB for BIOS, where its modules stand.
constexpr std::array<std::string_view, 3> kGrubFolders{"/boot/grub", "/grub", "/boot/grub2"};

/// What shows that a folder is GRUB's: its modules, or at least its configuration.
constexpr std::string_view kModule = "i386-pc/normal.mod";
constexpr std::string_view kConfiguration = "grub.cfg";

}  // namespace

/// cdboot.img loads what follows it by the boot info table (grub-core/boot/i386/pc/cdboot.S): as
/// many sectors as the file has by its length, from the one behind the first.
void PathFinder::follow_grub_cd(Trail& trail, const ElToritoEntry& entry) {
  const std::vector<BootInfo>& infos = medium_.inspection().boot_infos;
  const auto info =
      std::find_if(infos.begin(), infos.end(), [](const BootInfo& one) { return one.entry == 0; });
  if (info == infos.end()) {
    trail.doubt("its boot info table was not looked at");
    return;
  }
  if (!info->table) {
    trail.break_off("it has no boot info table by which it finds the rest of itself");
    return;
  }
  if (info->table->file_sector != entry.load_rba) {
    trail.break_off("its boot info table names another place");
    return;
  }
  const std::uint64_t sectors =
      (std::uint64_t{info->table->file_bytes} + kIsoSectorBytes - 1) / kIsoSectorBytes;
  const std::uint64_t begin = (std::uint64_t{entry.load_rba} + 1) * kIsoSectorBytes;
  // It starts what stands behind diskboot.img, which has done its work.
  const ImageView loaded = medium_.image().subview(begin, sectors * kIsoSectorBytes);
  follow_grub_core(trail, read_loaded_grub_core(loaded.subview(kSector, loaded.size()), findings_));
}

void PathFinder::follow_grub_hybrid(Trail& trail) {
  const HybridPointer& pointer = *medium_.inspection().system_area->pointer;
  for (const BootInfo& info : medium_.inspection().boot_infos) {
    if (info.grub_sector && info.grub_sector != pointer.lba + 1) {
      trail.break_off(fmt::format("its list of blocks leads to sector {}", *info.grub_sector));
      return;
    }
  }
  follow_grub_core(trail, read_grub_core(medium_.image(), pointer.lba, findings_));
}

void PathFinder::check_hybrid_pointer(Trail& trail) {
  const auto& area = medium_.inspection().system_area;
  if (!area || !area->pointer) {
    trail.doubt("where it points is not known");
    return;
  }
  const HybridPointer& pointer = *area->pointer;
  trail.add(fmt::format("sector {} of 512 bytes", pointer.lba), pointer.offset);
  if (pointer.expected_lba && *pointer.expected_lba != pointer.lba) {
    trail.break_off(fmt::format("the boot image stands at sector {}", *pointer.expected_lba));
  } else if (!pointer.expected_lba) {
    trail.doubt("El Torito has no entry for a BIOS that it could be compared with");
  }
}

/// boot.img: `boot_sector` is the MBR or a partition's first sector.
void PathFinder::follow_grub_boot_sector(Trail& trail, const ImageView& boot_sector) {
  const GrubCorePointer pointer = read_grub_core_pointer(medium_.image(), boot_sector);
  trail.enter(BootPart::kLoader);
  trail.add(fmt::format("core.img at sector {}", pointer.sector), pointer.offset);
  if (!pointer.leads_somewhere()) {
    trail.break_off("there is nothing");
    return;
  }
  follow_grub_core(trail, read_grub_core(medium_.image(), pointer.sector, findings_));
}

void PathFinder::follow_grub_core(Trail& trail, GrubCore core) {
  trail.enter(BootPart::kLoader);
  switch (core.state) {
    case GrubCoreState::kUnusable:
      trail.break_off(core.problem);
      return;
    case GrubCoreState::kDamaged:
      trail.doubt(core.problem);
      return;
    case GrubCoreState::kUnknown:
      trail.doubt(core.problem);
      follow_unread_core(trail);
      return;
    case GrubCoreState::kRead:
      break;
  }
  medium_.keep(std::shared_ptr<ImageSource>(std::move(core.unpacked)));
  const GrubImage& image = *core.image;
  trail.add(fmt::format("GRUB with {} modules, prefix {}", image.modules.size(),
                        image.prefix.empty() ? "not set" : printable_text(image.prefix)),
            core.offset);
  if (core.dos_partition || image.prefix.empty()) {
    trail.doubt("the device of its prefix is left to the boot drive");
    follow_unread_core(trail);
    return;
  }
  GrubStart start;
  start.prefix = image.prefix;
  start.embedded_config = image.embedded_config;
  start.offset = core.offset;
  start.modules.emplace();
  for (const GrubModule& module : image.modules) {
    start.modules->push_back(module.name);
  }
  // Without a device of its own it looks at the boot drive as a whole.
  const Place& own = medium_.places().front();
  Volume* memdisk = nullptr;
  if (image.memdisk) {
    const std::shared_ptr<Volume> opened = open_fat_volume(*image.memdisk);
    medium_.keep(opened);
    memdisk = opened.get();
  }
  follow_grub_start(trail, ConfigKey(&own, nullptr, fmt::format("core {}", configs_.size())), start,
                    memdisk, nullptr);
}

/// A core image that can't be read: its prefix is taken to be where GRUB's modules are.
void PathFinder::follow_unread_core(Trail& trail) {
  Place& own = medium_.places().front();
  const LoaderWorld world = medium_.world_of(own, firmware_, attachment_);
  for (const std::string_view looked_for : {kModule, kConfiguration}) {
    for (const LoaderVolume& volume : world.volumes) {
      for (const std::string_view folder : kGrubFolders) {
        if (volume.volume == nullptr ||
            !find(*volume.volume, fmt::format("{}/{}", folder, looked_for)).node) {
          continue;
        }
        const auto place =
            std::find_if(medium_.places().begin(), medium_.places().end(),
                         [&](const Place& one) { return one.volume.get() == volume.volume; });
        GrubStart start;
        start.prefix = fmt::format("({}){}", volume.grub_name, folder);
        const Place& root = place == medium_.places().end() ? own : *place;
        follow_grub_start(trail, ConfigKey(&root, nullptr, start.prefix), start, nullptr, nullptr);
        return;
      }
    }
  }
}

}  // namespace bootproof::inspectors
