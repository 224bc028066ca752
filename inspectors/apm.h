#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// One entry of an Apple partition map (Inside Macintosh: Devices, 3-26).
struct ApmPartition {
  std::uint32_t number = 0;       ///< From 1, as it stands in the map.
  std::uint64_t offset = 0;       ///< Of the entry, in the image.
  std::string name;               ///< Printable.
  std::string type;               ///< Printable: "Apple_HFS", "Apple_partition_map", ...
  std::uint32_t map_entries = 0;  ///< How many the entry says that there are.
  std::uint64_t first_block = 0;  ///< In blocks of the map.
  std::uint64_t block_count = 0;
};

/// An Apple partition map: how Macs of the PowerPC and early Intel days, and Linux, see a medium.
struct Apm {
  std::uint64_t block_bytes = 512;           ///< Where the entries stand says which: 512 or 2048.
  bool has_driver_descriptor = false;        ///< "ER" at the medium's begin.
  std::uint16_t descriptor_block_bytes = 0;  ///< As the driver descriptor says.
  std::vector<ApmPartition> partitions;

  [[nodiscard]] std::uint64_t first_byte(const ApmPartition& partition) const {
    return partition.first_block * block_bytes;
  }
  [[nodiscard]] std::uint64_t byte_count(const ApmPartition& partition) const {
    return partition.block_count * block_bytes;
  }
};

/// Reads and judges the map; `image` is the whole medium. Nothing where no entry stands at block 1
/// of either size. `medium_bytes`: how large the medium was, if an image of it was cut and another
/// rule says so; partitions within that are not judged.
std::optional<Apm> read_apm(const ImageView& image, std::uint64_t medium_bytes, Findings& findings);

}  // namespace bootproof::inspectors
