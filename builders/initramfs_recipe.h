#pragma once

#include <optional>
#include <string>

#include "builders/file_set.h"
#include "harness/core/words.h"

namespace bootproof {

/// Compression of an initramfs. XZ is missing on purpose: libarchive writes it with CRC64 checks,
/// which the kernel's decoder does not know.
enum class Compression { kNone, kGzip, kZstd };

/// A busybox initramfs.
struct InitramfsRecipe {
  FileSource busybox;
  Architecture architecture = Architecture::kX86_64;
  std::optional<std::string> init;  ///< Text of /init. Nothing: no /init (for negative controls).
  Compression compression = Compression::kGzip;
  FileSet files;
};

/// Reads the map below `initramfs:`. Throws Error (kScenario).
InitramfsRecipe read_initramfs_recipe(const YamlNode& node);

}  // namespace bootproof
