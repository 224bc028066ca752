#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builders/build_key.h"
#include "builders/input_finder.h"
#include "builders/iso_recipe.h"

namespace bootproof {

/// All that an ISO image is made of.
struct IsoInput {
  const IsoRecipe& recipe;
  ImageFiles files;  ///< grub.cfg among them.
  std::vector<GrubFolder> grub;
};

IsoInput find_inputs(const IsoRecipe& recipe, const InputFinder& finder);
void describe(const IsoInput& input, BuildKey& key);
std::string_view suffix_of(const IsoRecipe& recipe);

/// Makes the image by xorriso. The same input gives the same bytes. Boots, as far as the platforms
/// go:
///
/// - BIOS, CD: the first El Torito entry (no emulation, boot info table);
/// - BIOS, stick: GRUB's boot_hybrid.img in the MBR, which loads the same core image;
/// - UEFI, CD: the second El Torito entry, platform ID 0xEF, which is the FAT partition below;
/// - UEFI, stick: an EFI system partition behind the ISO file system, in a GPT.
///
/// Throws Error (kBuild) for a tool that fails.
void make(const IsoInput& input, const BuildPlace& place);

/// The volume's creation time as 16 digits, YYYYMMDDhhmmsscc (ECMA-119, 8.4.26.1), and as GRUB and
/// blkid write it. It is the only unique identifier that ISO 9660 has, so it derives from
/// `identity`.
struct VolumeTime {
  std::string digits;
  std::string filesystem_id;
};
VolumeTime volume_time(const std::string& identity);

}  // namespace bootproof
