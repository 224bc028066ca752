#pragma once

#include <optional>
#include <vector>

#include "inspectors/boot_info.h"
#include "inspectors/system_area.h"
#include "inspectors/volumes/iso_tree.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// All that the readers of an ISO say of it.
struct IsoInspection {
  std::optional<inspectors::Iso9660> iso;
  std::optional<inspectors::ElTorito> el_torito;
  std::optional<inspectors::Mbr> mbr;
  std::optional<inspectors::Gpt> gpt;
  inspectors::IsoTree tree;  ///< Of the primary volume.
  std::vector<inspectors::BootInfo> boot_infos;
  inspectors::SystemArea system_area;
  std::vector<inspectors::Finding> findings;
};

IsoInspection inspect_iso(const inspectors::ImageView& image);

/// For the table of families of defects.
std::vector<inspectors::Finding> findings_of_iso(const Bytes& bytes);

}  // namespace bootproof::testing
