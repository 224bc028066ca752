#pragma once

#include <optional>
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
  ImageFiles files;       ///< grub.cfg among them.
  ImageFiles uefi_files;  ///< Of the FAT file system.
  std::vector<GrubFolder> grub;
  std::optional<InputFile> mbr;
  const BuildParts& parts;
};

IsoInput find_inputs(const IsoRecipe& recipe, const InputFinder& finder);
void describe(const IsoInput& input, BuildKey& key);
std::string_view suffix_of(const IsoRecipe& recipe);

/// Makes the image by xorriso. The same input gives the same bytes. What boots, as far as the
/// recipe asks for it:
///
/// - BIOS, CD: the first El Torito entry (no emulation, boot info table), a file of the medium or
///   GRUB's core image;
/// - BIOS, stick: boot code in the MBR that loads the same image: isohybrid's or GRUB's
///   boot_hybrid.img;
/// - UEFI, CD: the next El Torito entry, platform ID 0xEF, which is a FAT file system: a file of
/// the
///   medium, or the partition below;
/// - UEFI, stick: an EFI system partition behind the ISO file system, in a GPT.
///
/// Throws Error: kBuild for a tool that fails, kScenario for files that don't go with each other.
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
