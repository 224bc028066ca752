#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "builders/file_set.h"
#include "builders/module_set.h"
#include "harness/core/words.h"

namespace bootproof {

/// Where an initramfs has the keymap of its recipe; the shipped inits load it.
inline constexpr std::string_view kInitramfsKeymap = "/etc/keymap.bmap";

/// Compression of an initramfs.
enum class Compression { kNone, kGzip, kXz, kZstd };

/// A busybox initramfs.
struct InitramfsRecipe {
  FileSource busybox;
  Architecture architecture = Architecture::kX86_64;
  std::optional<std::string> init;  ///< Text of /init. Nothing: no /init (for negative controls).
  Compression compression = Compression::kGzip;
  std::optional<ModulesRecipe> modules;
  std::optional<FileSource> keymap;  ///< Becomes kInitramfsKeymap, see binary_keymap().
  /// Without them an unprivileged tool can unpack the archive, as a root file system to be put on a
  /// medium; the kernel then makes /dev/console in devtmpfs.
  bool with_device_nodes = true;
  FileSet files;
};

/// Reads the map below `initramfs:`. Throws Error (kScenario).
InitramfsRecipe read_initramfs_recipe(const YamlNode& node);

}  // namespace bootproof
