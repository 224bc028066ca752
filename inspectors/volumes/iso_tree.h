#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"

namespace bootproof::inspectors {

/// A file that begins at a block that was asked for.
struct IsoTreeFile {
  std::uint64_t block = 0;
  std::string path;  ///< Printable.
  std::uint64_t bytes = 0;
};

/// What the walk over a volume's directories saw. Firmware and loaders read a few of them; the walk
/// looks at those with names that they use first, and then, level by level, at as many as the
/// limits allow.
struct IsoTree {
  /// Limits of the walk.
  static constexpr std::size_t kMostDirectories = 256;
  static constexpr std::uint64_t kMostBytes = std::uint64_t{1} << 20U;

  bool has_rock_ridge = false;
  std::size_t directory_count = 0;       ///< That were looked at.
  std::size_t directories_left_out = 0;  ///< That were seen and not looked at: the limits.
  std::size_t file_count = 0;            ///< In those that were looked at.
  std::size_t compressed_count = 0;      ///< Files that zisofs compressed.
  std::vector<IsoTreeFile> files;        ///< Those that begin at the blocks asked for.

  /// The file that begins at `block`; null where none was seen.
  [[nodiscard]] const IsoTreeFile* file_at(std::uint64_t block) const;
  /// Whether all directories were looked at.
  [[nodiscard]] bool is_complete() const { return directories_left_out == 0; }
};

/// Walks over the directories of one volume and judges them, their Rock Ridge entries, the extents
/// of files and the path tables. `wanted_blocks`: of which a file is looked for.
IsoTree read_iso_tree(const ImageView& image, const IsoVolume& volume,
                      std::span<const std::uint64_t> wanted_blocks, Findings& findings);

}  // namespace bootproof::inspectors
