#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// The superblock of squashfs 4.0 (Linux, Documentation/filesystems/squashfs.rst). Of an older
/// version the version alone is known.
struct Squashfs {
  std::uint16_t version_major = 0;
  std::uint16_t version_minor = 0;
  bool is_big_endian = false;  ///< Older versions allowed it.
  std::uint16_t compression = 0;
  std::uint32_t block_bytes = 0;
  std::uint16_t block_log = 0;
  std::uint16_t flags = 0;
  std::uint32_t inode_count = 0;
  std::uint32_t modification_time = 0;  ///< Seconds since 1970.
  std::uint64_t bytes_used = 0;
  std::uint64_t root_inode = 0;
  std::uint64_t inode_table = 0;
  std::uint64_t directory_table = 0;
  std::uint64_t fragment_table = 0;
  std::uint64_t id_table = 0;

  [[nodiscard]] bool is_version_4() const {
    return !is_big_endian && version_major == 4 && version_minor == 0;
  }
};

/// "gzip", "lzma", "lzo", "xz", "lz4", "zstd"; empty for a number that stands for none.
std::string_view squashfs_compression_name(std::uint16_t compression);

/// Nothing where the view does not begin with a squashfs.
std::optional<Squashfs> read_squashfs(const ImageView& view);

/// Judges what Linux refuses to mount. `place`: which part of the medium, printable:
/// "/live/filesystem.squashfs".
void judge_squashfs(const Squashfs& squashfs, const ImageView& view, std::string_view place,
                    Findings& findings);

}  // namespace bootproof::inspectors
