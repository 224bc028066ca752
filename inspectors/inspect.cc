#include "inspectors/inspect.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <tuple>

#include "inspectors/cut.h"
#include "inspectors/el_torito_checks.h"
#include "inspectors/paths/forecast.h"
#include "inspectors/paths/medium_checks.h"
#include "inspectors/paths/open_medium.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

/// Zeros at the begin, where every boot structure and the superblocks of file systems stand, and at
/// the end, where backups do. Not all of it is read: a sparse image may be of any size.
bool looks_empty(const ImageView& image) {
  constexpr std::uint64_t kBegin = 128U << 10U;
  constexpr std::uint64_t kEnd = 4U << 10U;
  const std::uint64_t end = image.size() - std::min(image.size(), kEnd);
  return is_blank(image.subview(0, kBegin)) && is_blank(image.subview(end, kEnd));
}

/// Whether one of the four entries of the first sector protects a GPT, whatever else is wrong.
bool promises_gpt(const ImageView& image) {
  Findings ignored;
  return read_mbr(image, {}, ignored).protects_gpt();
}

MediumKind kind_of(const ImageView& image, const Inspection& inspection) {
  const bool has_partitions =
      inspection.gpt.has_value() || (inspection.mbr && !inspection.mbr->partitions().empty());
  if (inspection.iso9660) {
    return has_partitions ? MediumKind::kHybridIso : MediumKind::kIso9660;
  }
  if (inspection.gpt) {
    return MediumKind::kGptDisk;
  }
  if (inspection.fat) {
    return MediumKind::kFatVolume;
  }
  if (inspection.mbr && inspection.mbr->has_signature) {
    const bool is_code_alone = inspection.mbr->boot_code != BootCode::kNone && !has_partitions;
    const bool is_table = inspection.mbr->kind != MbrKind::kNoTable;
    return is_table && (!is_code_alone || inspection.mbr->protects_gpt()) ? MediumKind::kMbrDisk
                                                                          : MediumKind::kBootSector;
  }
  return looks_empty(image) ? MediumKind::kEmpty : MediumKind::kUnknown;
}

void judge_image(const ImageView& image, Findings& findings) {
  constexpr std::uint64_t kSectorBytes = 512;
  if (const std::uint64_t rest = image.size() % kSectorBytes; rest != 0) {
    findings.add(rule("image.partial-sector"), image.size() - rest, "image",
                 fmt::format("{} bytes after the last whole sector", rest), "a whole sector");
  }
  if (const auto unreadable = image.unreadable()) {
    findings.add(rule("image.unreadable"), *unreadable, "image", "a read that failed", "bytes");
  }
}

/// UEFI 2.10, 5.2.3: without the protective entry nobody looks for the GPT. On an ISO the other
/// reading, by the MBR, is how such hybrids are meant.
void judge_protection(const Inspection& inspection, Findings& findings) {
  if (inspection.gpt && !inspection.iso9660 && !inspection.mbr->protects_gpt()) {
    findings.add(rule("gpt.no-protective-mbr"), 446, "MBR",
                 inspection.mbr->has_signature ? "no entry of type 0xEE" : "no signature 55 aa",
                 "one entry of type 0xEE and 55 aa (UEFI 2.10, 5.2.3)");
  }
}

Inspection read_tables(const ImageView& image, Findings& findings) {
  Inspection inspection;
  inspection.size = image.size();
  inspection.iso9660 = read_iso9660(image, findings);
  if (inspection.iso9660) {
    for (const IsoBootRecord& record : inspection.iso9660->boot_records) {
      if (!record.is_el_torito) {
        const bool is_alone = inspection.iso9660->el_torito() == nullptr;
        findings.add(
            is_alone ? rule("el-torito.boot-record-other") : rule("el-torito.unknown-boot-record"),
            record.sector * kIsoSectorBytes + 7, "boot record",
            fmt::format("\"{}\"", record.system_id), "\"EL TORITO SPECIFICATION\"");
      }
    }
    if (const IsoBootRecord* record = inspection.iso9660->el_torito()) {
      inspection.el_torito = read_el_torito(image, *record, findings);
      judge_sizes(*inspection.el_torito, *inspection.iso9660, findings);
    }
  }
  const bool is_iso = inspection.iso9660.has_value();
  inspection.gpt = read_gpt(image, {is_iso, promises_gpt(image)}, findings);
  if (!is_iso && !inspection.gpt) {
    inspection.fat = recognise_fat(image);
  }
  if (!inspection.fat) {
    MbrSurroundings surroundings;
    surroundings.is_iso = is_iso;
    surroundings.has_gpt = inspection.gpt.has_value();
    surroundings.gpt = inspection.gpt ? &*inspection.gpt : nullptr;
    surroundings.sector_bytes = inspection.gpt ? inspection.gpt->sector_bytes : 512;
    inspection.mbr = read_mbr(image, surroundings, findings);
    judge_protection(inspection, findings);
  }
  inspection.kind = kind_of(image, inspection);
  return inspection;
}

/// The tree of an ISO, what stands in its system area, and what its boot images were told.
void read_iso(const ImageView& image, Inspection& inspection, Findings& findings) {
  std::vector<std::uint64_t> wanted;
  if (inspection.el_torito) {
    for (const ElToritoEntry& entry : inspection.el_torito->entries) {
      wanted.push_back(entry.load_rba);
    }
  }
  if (inspection.iso9660->primary) {
    inspection.iso_tree = read_iso_tree(image, *inspection.iso9660->primary, wanted, findings);
  }
  for (const IsoVolume& volume : inspection.iso9660->supplementary) {
    std::ignore = read_iso_tree(image, volume, {}, findings);
  }
  inspection.system_area = read_system_area(
      image,
      {*inspection.iso9660, inspection.el_torito ? &*inspection.el_torito : nullptr,
       inspection.mbr ? &*inspection.mbr : nullptr, inspection.gpt ? &*inspection.gpt : nullptr},
      findings);
  if (inspection.el_torito && inspection.iso_tree) {
    const bool starts_from_stick =
        inspection.mbr && inspection.mbr->boot_code == BootCode::kGrubHybrid;
    inspection.boot_infos = read_boot_infos(image, *inspection.el_torito, *inspection.iso_tree,
                                            starts_from_stick, findings);
  }
}

}  // namespace

std::string_view name_of(MediumKind kind) {
  switch (kind) {
    case MediumKind::kEmpty:
      return "empty image";
    case MediumKind::kIso9660:
      return "ISO 9660";
    case MediumKind::kHybridIso:
      return "hybrid ISO 9660";
    case MediumKind::kGptDisk:
      return "GPT disk";
    case MediumKind::kMbrDisk:
      return "MBR disk";
    case MediumKind::kFatVolume:
      return "FAT volume";
    case MediumKind::kBootSector:
      return "boot sector";
    case MediumKind::kUnknown:
      break;
  }
  return "unknown";
}

std::size_t Inspection::count(Severity severity) const {
  return static_cast<std::size_t>(
      std::count_if(findings.begin(), findings.end(),
                    [&](const Finding& finding) { return finding.severity == severity; }));
}

Inspection inspect_tables(const ImageView& image) {
  Findings findings;
  Inspection inspection = read_tables(image, findings);
  judge_image(image, findings);
  inspection.findings = findings.take();
  fold_cut(inspection.findings);
  return inspection;
}

Inspection inspect(const ImageView& image, const InspectOptions& options) {
  Findings findings;
  Inspection inspection = read_tables(image, findings);
  if (inspection.iso9660) {
    read_iso(image, inspection, findings);
  }
  OpenMedium medium(image, inspection);
  judge_volumes(medium, findings);
  for (const Place& place : medium.places()) {
    if (place.volume) {
      inspection.volumes.push_back({place.name, place.view.offset(), place.view.size(),
                                    std::string(name_of(place.volume->kind())),
                                    place.volume->label(), place.volume->uuid()});
    }
  }
  inspection.paths = find_boot_paths(medium, {options.keys, options.unpacks}, findings);
  judge_image(image, findings);
  inspection.findings = findings.take();
  fold_cut(inspection.findings);
  return inspection;
}

}  // namespace bootproof::inspectors
