#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// A number in a superblock that no driver can work with.
struct ExtGeometryDefect {
  std::uint64_t offset = 0;  ///< Of the field, from the volume's begin.
  std::string found;
  std::string expected;
};

/// The superblock of ext2, ext3 or ext4 (Linux, Documentation/filesystems/ext4/super.rst). Texts
/// are printable.
struct ExtSuperblock {
  std::string label;
  std::string uuid;               ///< 8-4-4-4-12 hexadecimal digits.
  std::string last_mounted;       ///< Where.
  std::uint64_t block_bytes = 0;  ///< 0 where the field is impossible.
  std::uint64_t block_count = 0;
  std::uint32_t inode_count = 0;
  std::uint32_t blocks_per_group = 0;
  std::uint32_t inodes_per_group = 0;
  std::uint32_t inode_bytes = 0;
  std::uint32_t first_data_block = 0;
  std::uint32_t descriptor_bytes = 0;
  std::uint32_t revision = 0;
  std::uint16_t state = 0;  ///< Bit 0: cleanly unmounted, bit 1: errors.
  std::uint32_t compatible = 0;
  std::uint32_t incompatible = 0;
  std::uint32_t read_only_compatible = 0;
  /// As dumpe2fs names them and in its order: "has_journal", "extent", "64bit".
  std::vector<std::string> features;
  std::optional<ExtGeometryDefect> geometry_defect;
  std::uint32_t checksum = 0;  ///< As recorded; means something with metadata_csum alone.
  std::optional<std::uint32_t> computed_checksum;  ///< With metadata_csum alone.

  [[nodiscard]] std::uint64_t total_bytes() const;  ///< At most the largest number there is.
  [[nodiscard]] bool needs_recovery() const;        ///< A journal that has to be replayed.
  /// "ext2", "ext3" or "ext4", as blkid says by the features.
  [[nodiscard]] std::string_view type_name() const;
};

/// Nothing where no superblock stands at offset 1024.
std::optional<ExtSuperblock> read_ext_superblock(const ImageView& view);

/// The names of the features because of which GRUB does not read a volume: those that are
/// incompatible and not in the list of its driver.
std::vector<std::string> features_unknown_to_grub(const ExtSuperblock& superblock);

/// Judges the superblock, and whether the root directory can be read. Finds nothing where there is
/// no superblock.
void judge_ext_volume(const ImageView& view, Findings& findings);

/// An ext2, ext3 or ext4 volume.
class ExtVolume : public Volume {
 public:
  [[nodiscard]] virtual const ExtSuperblock& superblock() const = 0;
  /// Whether inode 2 is a directory whose first block can be read.
  [[nodiscard]] virtual bool has_readable_root() = 0;
};

/// The volume that begins with the view, read by libext2fs without a write; null where there is
/// none or where libext2fs refuses it. Each answer reads 64 MiB at most.
std::unique_ptr<ExtVolume> open_ext_volume(const ImageView& view);

}  // namespace bootproof::inspectors
