#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "inspectors/image_view.h"
#include "inspectors/volumes/fat_layout.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// How a chain of clusters ends.
enum class ChainEnd : std::uint8_t {
  kMarked,      ///< With the mark of the end.
  kEnough,      ///< As many clusters as were asked for; what follows was not looked at.
  kFree,        ///< At a cluster that is free.
  kBad,         ///< At a cluster that is marked as bad.
  kOutside,     ///< At a number that no cluster has.
  kLoop,        ///< At a cluster that was in it before.
  kUnreadable,  ///< The FAT could not be read there.
};

/// A chain of clusters, as far as it could be followed.
struct ClusterChain {
  std::vector<Extent> runs;  ///< In the volume's view; neighbours are joined.
  std::uint64_t cluster_count = 0;
  std::uint32_t last = 0;  ///< The last good cluster; 0 where there is none.
  std::uint32_t next = 0;  ///< What stands in the FAT for it, or the first cluster itself.
  ChainEnd end = ChainEnd::kMarked;
};

/// The file allocation table that a volume uses. Reads what is asked for, a piece at a time.
class FatTable {
 public:
  FatTable(const ImageView& volume, const FatLayout& layout) : volume_(volume), layout_(layout) {}

  /// The entry of a cluster, without the four reserved bits of FAT32; nothing where it can't be
  /// read. Clusters 0 and 1 have the media byte and the flags there.
  [[nodiscard]] std::optional<std::uint32_t> entry(std::uint32_t cluster);
  /// Follows a chain for at most `most` clusters; also gives up, with kEnough, where it is in
  /// more pieces than kMostRuns or jumps to and fro in the FAT more than kMostLoads times.
  [[nodiscard]] ClusterChain chain(std::uint32_t first, std::uint64_t most);
  /// Where a cluster's entry stands, in bytes from the volume's begin.
  [[nodiscard]] std::uint64_t offset_of_entry(std::uint32_t cluster) const;

 private:
  static constexpr std::size_t kMostRuns = 262144;
  static constexpr std::uint64_t kMostLoads = 32768;
  /// What is read of the FAT at once.
  static constexpr std::uint64_t kPiece = 4096;

  /// The byte at `offset` of the FAT; nothing where it can't be read.
  [[nodiscard]] std::optional<std::uint32_t> byte_at(std::uint64_t offset);

  ImageView volume_;
  FatLayout layout_;
  Bytes piece_;
  std::uint64_t piece_begin_ = 0;
  std::uint64_t loads_ = 0;  ///< Pieces that were read.
};

}  // namespace bootproof::inspectors
