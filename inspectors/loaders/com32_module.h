#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What kind of program a .c32 file is.
enum class Com32Kind : std::uint8_t {
  kNone,   ///< None that is known.
  kOld,    ///< Of Syslinux before 5.00, without libraries.
  kElf32,  ///< For a BIOS or 32-bit UEFI.
  kElf64,  ///< For 64-bit UEFI.
};

/// A module of Syslinux.
struct Com32Module {
  Com32Kind kind = Com32Kind::kNone;
  std::vector<std::string> needed;  ///< The names of its libraries, raw: "libutil.c32".
};

/// Reads the dynamic section of a COM32 module (ELF, 2: Dynamic Section).
Com32Module read_com32_module(const ImageView& file);

}  // namespace bootproof::inspectors
