#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"

namespace bootproof::inspectors {

/// What the walk over the directories knows, for comparison.
struct IsoDirectoriesSeen {
  std::set<std::uint64_t> blocks;     ///< First blocks of the directories that were looked at.
  std::set<std::uint64_t> relocated;  ///< Of those that were seen and are looked at elsewhere.
  bool is_all = false;                ///< No other one can be there.
};

/// A longer path table is not judged.
inline constexpr std::uint64_t kMostPathTableBytes = std::uint64_t{256} << 10U;

/// Judges both path tables of a volume (ECMA-119, 9.4): whether they agree with each other, in
/// themselves and with the directories. Tables outside the image have been judged by
/// read_iso9660(). `prefix` begins the paths of findings.
void judge_path_tables(const ImageView& image, const IsoVolume& volume,
                       const IsoDirectoriesSeen& seen, const std::string& prefix,
                       Findings& findings);

}  // namespace bootproof::inspectors
