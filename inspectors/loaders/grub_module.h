#pragma once

#include <optional>
#include <string>
#include <vector>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// A module of GRUB's: a relocatable ELF file whose sections .modname and .moddeps say who it is
/// and which modules it needs (GRUB 2.06, include/grub/dl.h).
struct GrubModule {
  std::string name;                       ///< Raw: "normal".
  std::vector<std::string> dependencies;  ///< Raw, at most 64.

  bool operator==(const GrubModule&) const = default;
};

/// Reads a module; nothing where this is none. `file` is a .mod file or what grub-mkimage took of
/// it into an image. What lies outside is taken for absent.
std::optional<GrubModule> read_grub_module(const ImageView& file);

}  // namespace bootproof::inspectors
