#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "builders/image_input.h"

namespace bootproof {

/// The commands that are links to /bin/busybox in every initramfs, sorted. `busybox --install -s`
/// in /init makes the rest; a builder can't ask a busybox of another architecture for its list.
std::span<const std::string_view> busybox_commands();

/// Writes the initramfs, a cpio archive in the `newc` form (Linux,
/// Documentation/driver-api/early-userspace/ buffer-format.rst), compressed: folders, /dev/console
/// and /dev/null, busybox and its links, the files. All belongs to root and bears one time; the
/// same input gives the same bytes. Throws Error: kScenario for a busybox of another architecture
/// or one that needs shared libraries, kHost for a failing write.
void make_initramfs(const InitramfsInput& input, const std::filesystem::path& image);

/// Names and versions of the libraries that write it, for the key of the cache.
std::string initramfs_writer_version();

}  // namespace bootproof
