#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "builders/disk_file.h"
#include "builders/disk_layout.h"
#include "builders/disk_recipe.h"

namespace bootproof {

/// Length of the boot code in front of the disk signature of an MBR (UEFI 2.10, table 5.1).
inline constexpr std::size_t kBootCodeSize = 440;

/// Writes the partition table of the recipe: an MBR, or a protective MBR with a GPT and its backup
/// (UEFI 2.10, 5.2 and 5.3). Boot code is left alone. What the recipe leaves open, GUIDs and the
/// disk signature, derives from `identity`.
void write_partition_table(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                           const std::string& identity);

/// Adds partitions to the table that a written image brings: an entry of its GPT, whose backup
/// moves to the end of the disk, or else of its MBR. All else in the image keeps its bytes. Throws
/// Error (kScenario) that points at a partition whose number is taken, or whose type that table
/// does not have.
void extend_partition_table(const DiskFile& disk, const DiskRecipe& recipe,
                            const DiskLayout& layout, const std::string& identity);

/// A GUID as a GPT holds it: the first three groups little-endian (UEFI 2.10, appendix A).
std::string guid_bytes(std::string_view text);

/// `value` in `size` bytes, least significant first.
std::string little_endian(std::uint64_t value, std::size_t size);

}  // namespace bootproof
