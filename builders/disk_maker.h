#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "builders/build_key.h"
#include "builders/disk_recipe.h"
#include "builders/input_finder.h"

namespace bootproof {

/// What goes into one partition.
struct PartitionInput {
  ImageFiles files;              ///< Of its file system.
  std::optional<InputFile> raw;  ///< Its bytes.
};

/// All that a disk image is made of.
struct DiskInput {
  const DiskRecipe& recipe;
  std::vector<PartitionInput> partitions;  ///< In the order of the recipe.
  std::vector<GrubFolder> grub;
  std::optional<InputFile> syslinux_code;  ///< mbr.bin or gptmbr.bin.
  std::optional<InputFile> written;
};

DiskInput find_inputs(const DiskRecipe& recipe, const InputFinder& finder);
void describe(const DiskInput& input, BuildKey& key);
std::string_view suffix_of(const DiskRecipe& recipe);

/// Makes the image: table and boot code by ourselves, file systems by tools that work on plain
/// files. The same input gives the same bytes. What no file fills is a hole. Throws Error as
/// lay_out(), make_file_system() and install_grub_bios() do, and kScenario for raw bytes that do
/// not fit.
void make(const DiskInput& input, const BuildPlace& place);

}  // namespace bootproof
