#include "inspectors/paths/medium_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "inspectors/programs/pe.h"
#include "inspectors/rules.h"
#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/fat_checks.h"
#include "inspectors/volumes/squashfs.h"

namespace bootproof::inspectors {
namespace {

/// What lists the places of one kind.
struct Table {
  PlaceKind kind;
  std::string_view name;
};

constexpr std::array kTables{
    Table{PlaceKind::kElToritoImage, "boot catalog"},
    Table{PlaceKind::kGptPartition, "GPT"},
    Table{PlaceKind::kMbrPartition, "MBR"},
};

void judge_volume(const Place& place, const Inspection& inspection, Findings& findings) {
  FatSurroundings surroundings;
  surroundings.place = place.kind == PlaceKind::kWholeMedium ? "" : place.name;
  if (!inspection.iso9660) {
    surroundings.first_sector =
        place.view.offset() / (inspection.gpt ? inspection.gpt->sector_bytes : 512);
  }
  judge_fat_volume(place.view, surroundings, findings);
  judge_ext_volume(place.view, findings);
  if (const auto squashfs = read_squashfs(place.view)) {
    judge_squashfs(*squashfs, place.view, place.name, findings);
  }
}

/// UEFI 2.10, 3.5.1.1: what firmware looks for where it has no boot entry of its own.
void judge_esp(const Place& place, bool is_iso, Findings& findings) {
  constexpr std::string_view kFolder = "/EFI/BOOT";
  if (!place.volume || place.volume->kind() != VolumeKind::kFat) {
    if (!is_iso) {  // There rules of the boot catalog and the system area have it.
      findings.add(rule("boot.esp-not-fat"), place.view.offset(), place.name,
                   place.volume ? std::string(name_of(place.volume->kind()))
                                : std::string("no boot sector of a FAT volume"),
                   "a FAT volume (UEFI 2.10, 13.3.1.1)");
    }
    return;
  }
  const Lookup folder = find(*place.volume, kFolder);
  const std::vector<Node> names = folder.node && folder.node->kind == NodeKind::kDirectory
                                      ? place.volume->list(*folder.node)
                                      : std::vector<Node>{};
  const bool has_loader = std::any_of(names.begin(), names.end(), [](const Node& node) {
    return node.kind == NodeKind::kFile && is_removable_media_name(node.name);
  });
  if (!has_loader) {
    findings.add(
        rule("boot.esp-without-loader"), place.view.offset(), place.name,
        folder.node ? fmt::format("{} without one", kFolder) : fmt::format("no {}", folder.missing),
        "/EFI/BOOT/BOOTX64.EFI, BOOTAA64.EFI or the like (UEFI 2.10, 3.5.1.1)");
  }
}

}  // namespace

void judge_volumes(const OpenMedium& medium, Findings& findings) {
  const Inspection& inspection = medium.inspection();
  const bool is_iso = inspection.iso9660 && inspection.iso9660->primary;
  std::set<std::uint64_t> judged;  // Where volumes begin that were opened.
  std::set<std::uint64_t> esps;    // Where those begin that are for UEFI.
  for (const Place& place : medium.places()) {
    const std::uint64_t begin = place.view.offset();
    if (judged.count(begin) == 0 && !(is_iso && place.kind == PlaceKind::kWholeMedium)) {
      judge_volume(place, inspection, findings);
    }
    if (place.is_esp && esps.insert(begin).second) {
      judge_esp(place, is_iso, findings);
    }
    if (place.volume) {
      judged.insert(begin);
    }
  }
  for (const Table& table : kTables) {
    const PassedOver& passed_over = medium.passed_over(table.kind);
    if (passed_over.count > 0) {
      constexpr std::size_t kMost = OpenMedium::kMostOfOneKind;
      findings.add(rule("image.too-many-volumes"), passed_over.first_entry, std::string(table.name),
                   fmt::format("{} places for volumes", kMost + passed_over.count),
                   fmt::format("at most {}: those behind were not opened", kMost));
    }
  }
}

}  // namespace bootproof::inspectors
