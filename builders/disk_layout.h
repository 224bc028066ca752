#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "builders/disk_recipe.h"

namespace bootproof {

/// Where a partition lies.
struct PartitionPlace {
  std::uint64_t start = 0;  ///< Bytes from the start of the disk.
  std::uint64_t size = 0;   ///< Bytes.
};

/// Where everything lies on a disk.
struct DiskLayout {
  std::uint64_t size = 0;                  ///< Bytes.
  std::vector<PartitionPlace> partitions;  ///< In the order of the recipe.
};

/// Bytes that a GPT keeps at the end of a disk: 128 entries and a header (UEFI 2.10, 5.3.1).
std::uint64_t gpt_backup_size(std::uint32_t sector_size);

/// Computes the layout. `taken` is how much of the start belongs to a written image. Throws Error
/// (kScenario) that points at the size that is wrong: partitions that do not fit the disk, a
/// partition that is smaller or larger than its file system allows, sizes that nothing decides, a
/// disk beyond what its table can address.
DiskLayout lay_out(const DiskRecipe& recipe, std::uint64_t taken);

/// "1536 KiB", "64 MiB": a number of bytes as a message says it, rounded up.
std::string shown_size(std::uint64_t bytes);

}  // namespace bootproof
