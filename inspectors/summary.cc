#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <vector>

#include "inspectors/inspect.h"

namespace bootproof::inspectors {
namespace {

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

/// "El Torito BIOS + UEFI": the platforms of the bootable entries, each once.
std::string el_torito_text(const ElTorito& el_torito) {
  std::vector<std::string> platforms;
  for (const ElToritoEntry& entry : el_torito.entries) {
    std::string name = platform_name(entry.platform_id);
    if (entry.is_bootable() &&
        std::find(platforms.begin(), platforms.end(), name) == platforms.end()) {
      platforms.push_back(std::move(name));
    }
  }
  return platforms.empty() ? "El Torito without a bootable entry"
                           : fmt::format("El Torito {}", fmt::join(platforms, " + "));
}

std::string medium_text(const Inspection& inspection) {
  const std::string_view name = name_of(inspection.kind);
  switch (inspection.kind) {
    case MediumKind::kIso9660:
    case MediumKind::kHybridIso:
      return inspection.iso9660->primary
                 ? fmt::format("{} '{}'", name, inspection.iso9660->primary->volume_id)
                 : std::string(name);
    case MediumKind::kGptDisk:
      return fmt::format("{} with {}", name,
                         counted(inspection.gpt->partitions.size(), "partition"));
    case MediumKind::kMbrDisk:
      return fmt::format("{} with {}", name,
                         counted(inspection.mbr->partitions().size(), "partition"));
    case MediumKind::kFatVolume:
      return fmt::format("FAT{} volume '{}'", inspection.fat->fat_bits, inspection.fat->label);
    case MediumKind::kEmpty:
    case MediumKind::kUnknown:
    case MediumKind::kBootSector:
      break;
  }
  return std::string(name);
}

}  // namespace

std::string summary(const Inspection& inspection) {
  std::string text = medium_text(inspection);
  if (inspection.iso9660) {
    text += ", ";
    text += inspection.el_torito ? el_torito_text(*inspection.el_torito) : "no El Torito";
  }
  if (inspection.kind == MediumKind::kHybridIso) {
    text += inspection.gpt
                ? ", GPT with " + counted(inspection.gpt->partitions.size(), "partition")
                : ", MBR with " + counted(inspection.mbr->partitions().size(), "partition");
  }
  std::vector<std::string> counts;
  for (const Severity severity : {Severity::kError, Severity::kWarning}) {
    if (const std::size_t count = inspection.count(severity); count > 0) {
      counts.push_back(counted(count, name_of(severity)));
    }
  }
  if (!counts.empty()) {
    text += fmt::format("; {}", fmt::join(counts, ", "));
  }
  return text;
}

}  // namespace bootproof::inspectors
