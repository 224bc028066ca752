#include "tests/inspectors/iso_inspection.h"

namespace bootproof::testing {

using inspectors::Findings;
using inspectors::ImageView;

IsoInspection inspect_iso(const ImageView& image) {
  Findings findings;
  IsoInspection found;
  found.iso = read_iso9660(image, findings);
  if (!found.iso) {
    return found;
  }
  if (const inspectors::IsoBootRecord* record = found.iso->el_torito()) {
    found.el_torito = read_el_torito(image, *record, findings);
  }
  Findings ignored;
  inspectors::MbrSurroundings mbr_surroundings;
  mbr_surroundings.is_iso = true;
  const bool is_promised = read_mbr(image, mbr_surroundings, ignored).protects_gpt();
  found.gpt = read_gpt(image, {true, is_promised}, findings);
  mbr_surroundings.has_gpt = found.gpt.has_value();
  found.mbr = read_mbr(image, mbr_surroundings, findings);
  std::vector<std::uint64_t> wanted;
  if (found.el_torito) {
    for (const inspectors::ElToritoEntry& entry : found.el_torito->entries) {
      wanted.push_back(entry.load_rba);
    }
  }
  if (found.iso->primary) {
    found.tree = read_iso_tree(image, *found.iso->primary, wanted, findings);
  }
  for (const inspectors::IsoVolume& volume : found.iso->supplementary) {
    read_iso_tree(image, volume, {}, findings);
  }
  if (found.el_torito) {
    const bool is_grub = found.mbr->boot_code == inspectors::BootCode::kGrubHybrid;
    found.boot_infos = read_boot_infos(image, *found.el_torito, found.tree, is_grub, findings);
  }
  found.system_area = read_system_area(image,
                                       {*found.iso, found.el_torito ? &*found.el_torito : nullptr,
                                        &*found.mbr, found.gpt ? &*found.gpt : nullptr},
                                       findings);
  found.findings = findings.take();
  return found;
}

std::vector<inspectors::Finding> findings_of_iso(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  return inspect_iso(ImageView(source)).findings;
}

}  // namespace bootproof::testing
