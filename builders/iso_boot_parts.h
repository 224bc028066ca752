#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builders/build_key.h"
#include "builders/image_input.h"
#include "builders/iso_maker.h"

namespace bootproof {

/// What firmware loads from an ISO image.
struct IsoBootParts {
  std::optional<std::filesystem::path> bios_core;  ///< GRUB's core image for BIOS.
  /// The files of the FAT file system for UEFI, as all_files() gives them.
  std::vector<ImageFile> uefi_files;
  std::optional<std::filesystem::path> uefi_image;  ///< That file system.
};

/// True where GRUB's core image for BIOS, or for UEFI, is made by the builder itself.
bool boots_bios_by_grub(const IsoRecipe& recipe);
bool boots_uefi_by_grub(const IsoRecipe& recipe);

/// Takes from the cache, or makes side by side, what the medium boots. None of it depends on the
/// payload, but for the volume's identifier, by which GRUB finds the medium from UEFI: it is put
/// into a copy in the work folder. From BIOS GRUB takes the disk that it was loaded from, as
/// grub-mkrescue has it.
///
/// `filesystem_id` is VolumeTime::filesystem_id. Throws Error: kScenario for files that the FAT
/// file system can't hold, kBuild for a tool that fails.
IsoBootParts iso_boot_parts(const IsoInput& input, const std::string& filesystem_id,
                            const BuildPlace& place);

/// Stands for the identifier in what the cache keeps; as long as that.
inline constexpr std::string_view kVolumeIdPlaceholder = "@bootproof-volume-id-@";

/// `bytes` with `filesystem_id` in place of each kVolumeIdPlaceholder. Throws Error (kBuild) where
/// it does not stand there `count` times.
std::string with_volume_id(std::string bytes, std::string_view filesystem_id, std::size_t count);

}  // namespace bootproof
