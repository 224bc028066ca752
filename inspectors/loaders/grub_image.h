#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspectors/image_view.h"
#include "inspectors/loaders/grub_module.h"

namespace bootproof::inspectors {

/// What grub-mkimage built into an image of GRUB's (include/grub/kernel.h: module area).
struct GrubImage {
  /// Raw: "/boot/grub", "(cd0)/boot/grub", "(memdisk)/boot/grub". Empty where there is none.
  std::string prefix;
  std::optional<ImageView> embedded_config;  ///< Runs before any file is looked for.
  /// A file system inside the program, which GRUB calls (memdisk): FAT, tar or cpio.
  std::optional<ImageView> memdisk;
  std::vector<GrubModule> modules;  ///< In the order in which they are loaded.
};

/// Looks for the module area in an EFI program; nothing where there is none, so where it is not
/// GRUB. For the image of i386-pc, whose area is compressed, there is grub_core.h.
std::optional<GrubImage> read_grub_image(const ImageView& program);

/// Reads a module area, which begins with "mimg"; nothing where this is none. `is_64_bit`: of a
/// machine with 64 bits.
std::optional<GrubImage> read_grub_module_area(const ImageView& area, bool is_64_bit);

}  // namespace bootproof::inspectors
