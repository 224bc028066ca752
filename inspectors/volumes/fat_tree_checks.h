#pragma once

#include <string_view>

#include "inspectors/finding.h"
#include "inspectors/volumes/fat_volume.h"

namespace bootproof::inspectors {

/// Judges the chains of clusters of the directories and files of a volume, those first that
/// firmware and loaders look for: 64 directories of at most four levels, 1024 files and 65536
/// clusters in all, so that the cost does not follow the size of the volume. `place`: which part of
/// the medium, printable, or nothing.
void judge_fat_tree(FatVolume& volume, std::string_view place, Findings& findings);

}  // namespace bootproof::inspectors
