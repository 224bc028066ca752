#pragma once

#include <optional>
#include <string>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What grub-mkimage built into an EFI program of GRUB's (include/grub/kernel.h: module area).
struct GrubImage {
  /// Raw: "/boot/grub", "(cd0)/boot/grub", "(memdisk)/boot/grub". Empty where there is none.
  std::string prefix;
  std::optional<ImageView> embedded_config;  ///< Runs before any file is looked for.
  /// A file system inside the program, which GRUB calls (memdisk): FAT, tar or cpio.
  std::optional<ImageView> memdisk;
};

/// Looks for the module area in a program; nothing where there is none, so where it is not GRUB.
/// The image of i386-pc (core.img) has its module area compressed and gives nothing.
std::optional<GrubImage> read_grub_image(const ImageView& program);

}  // namespace bootproof::inspectors
