#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// What became of a device name of GRUB's (GNU GRUB 2.06, 13.1).
enum class GrubDeviceState : std::uint8_t {
  kKnown,    ///< A volume of the world.
  kMissing,  ///< A partition of a disk of the world, which has no such partition.
  kForeign,  ///< Another disk, the network, a memory disk, a loopback.
};

/// A device name with its state.
struct GrubDevice {
  GrubDeviceState state = GrubDeviceState::kForeign;
  std::size_t volume = 0;  ///< Index in LoaderWorld::volumes, of a known one.
};

/// Looks for a device by its name without parentheses: "hd0,gpt2", "hd0,2", "cd".
GrubDevice find_grub_device(const LoaderWorld& world, std::string_view name);

/// A file name of GRUB's in its parts (GNU GRUB 2.06, 13.2).
struct GrubFileName {
  std::optional<std::string> device;  ///< Without parentheses; nothing where `root` is meant.
  std::string path;
  bool is_block_list = false;  ///< "+1" and the like, instead of a path.
};

GrubFileName split_grub_file_name(std::string_view text);

/// A prefix with its device: the loader's own where it names none, and its own disk in "(,gpt2)".
std::string whole_grub_prefix(const LoaderWorld& world, std::string_view prefix);

}  // namespace bootproof::inspectors
