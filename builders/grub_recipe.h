#pragma once

#include <string>
#include <vector>

#include "builders/grub_image.h"
#include "builders/grub_platform.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// A GRUB core image for UEFI as a file of its own: a PE program that other recipes place, such as
/// /EFI/BOOT/BOOTX64.EFI.
struct GrubRecipe {
  GrubPlatform platform = GrubPlatform::kX86_64Efi;
  GrubOptions options;
  SourceMark modules_mark;  ///< Of `modules`; of the recipe where it has none.
};

/// Reads the map below `grub:`. Throws Error (kScenario).
GrubRecipe read_grub_recipe(const YamlNode& node);

}  // namespace bootproof
