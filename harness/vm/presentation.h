#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "harness/vm/machine_spec.h"

namespace bootproof {

/// Bytes that the machine sees at an offset of the medium instead of the image's. The image is not
/// touched: they are written to an overlay.
struct Patch {
  std::uint64_t offset = 0;  ///< In bytes.
  std::string bytes;

  bool operator==(const Patch&) const = default;
};

/// What makes the El Torito boot record of an image one that no firmware knows: of each boot record
/// among the volume descriptors that names "EL TORITO SPECIFICATION" (El Torito 1.0, figure 7) the
/// boot system identifier becomes blank and the pointer to the boot catalog zero. It stays a boot
/// record as ISO 9660, 8.2, has it, so that whoever reads the descriptors in order finds the
/// others. Error (kHost) where the image has none or can't be read.
Result<std::vector<Patch>> hide_el_torito(const std::filesystem::path& image);

/// The size of the disk that the machine sees, in bytes; 0 where it is the image's. An SD card has
/// a power of two (QEMU refuses all else), a larger stick what the scenario adds, in whole sectors
/// of 4096 bytes.
std::uint64_t overlay_size(const MachineSpec& spec);

}  // namespace bootproof
