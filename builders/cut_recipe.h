#pragma once

#include <cstdint>

#include "harness/core/file_source.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// The first part of a file, as a broken download or a full disk leaves it: for proofs that a
/// medium which is cut off is found out.
struct CutRecipe {
  FileSource of;
  /// How much of it is kept: a share of its size in hundredths where `is_share`, else bytes.
  std::uint64_t keep = 0;
  bool is_share = false;
  SourceMark keep_mark;
};

/// Reads the map below `cut:`, the keys `of` and `keep` (`60%` or a number of bytes). Throws Error
/// (kScenario).
CutRecipe read_cut_recipe(const YamlNode& node);

}  // namespace bootproof
