#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What the judgement of a FAT volume depends on beside its bytes.
struct FatSurroundings {
  /// "partition 1", "boot image of UEFI"; empty for a volume without a partition table.
  std::string place;
  /// Where the volume begins on a disk, in sectors of the disk, as boot code that believes the
  /// field hidden sectors needs it: 0 without a partition table. Nothing where that says nothing:
  /// inside an ISO, or on an image of a partition alone.
  std::optional<std::uint64_t> first_sector;
};

/// Judges the boot sector, the FATs, and the chains of the directories and files that firmware and
/// loaders look for, in bounds: 64 directories of at most four levels and 65536 clusters. Nothing
/// is found where the view does not claim to be a FAT volume (claims_to_be_fat). `view` is what
/// holds the volume: the partition, the boot image, the whole medium.
void judge_fat_volume(const ImageView& view, const FatSurroundings& surroundings,
                      Findings& findings);

}  // namespace bootproof::inspectors
