#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "builders/build_key.h"
#include "builders/initramfs_recipe.h"
#include "builders/input_finder.h"

namespace bootproof {

/// The commands that are links to /bin/busybox in every initramfs, sorted. `busybox --install -s`
/// in /init makes the rest; a builder can't ask a busybox of another architecture for its list.
std::span<const std::string_view> busybox_commands();

/// All that an initramfs is made of.
struct InitramfsInput {
  const InitramfsRecipe& recipe;
  InputFile busybox;
  ImageFiles files;  ///< /init among them, and the lists of modules.
  /// Kernel modules by their paths in the initramfs; what is compressed is unpacked there, since
  /// busybox loads only what is not.
  std::map<std::string, InputFile> modules = {};
};

InitramfsInput find_inputs(const InitramfsRecipe& recipe, const InputFinder& finder);
void describe(const InitramfsInput& input, BuildKey& key);
std::string_view suffix_of(const InitramfsRecipe& recipe);

/// Writes the initramfs, a cpio archive in the `newc` form (Linux,
/// Documentation/driver-api/early-userspace/buffer-format.rst), compressed: folders, /dev/console
/// and /dev/null, busybox and its links, the files. All belongs to root where no archive says
/// otherwise, and bears one time; the same input gives the same bytes. Throws Error: kScenario for
/// a busybox of another architecture or one that needs shared libraries, kHost for a failing write.
void make(const InitramfsInput& input, const BuildPlace& place);

}  // namespace bootproof
