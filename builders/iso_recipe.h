#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builders/file_set.h"
#include "builders/grub_platform.h"

namespace bootproof {

/// An ISO 9660 image with Rock Ridge.
struct IsoRecipe {
  std::string volume_id;  ///< At most 32 of `A-Z a-z 0-9 _ . + -` and blank.
  /// Boots by GRUB as a CD and as a stick, as grub-mkrescue lays it out. Empty: nothing boots it.
  std::vector<GrubPlatform> grub;
  std::optional<std::string> grub_cfg;  ///< /boot/grub/grub.cfg, as it is. Nothing: no such file.
  FileSet files;
};

/// Reads the map below `iso:`. Throws Error (kScenario).
IsoRecipe read_iso_recipe(const YamlNode& node);

}  // namespace bootproof
