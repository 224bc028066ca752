#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "builders/recipe.h"

namespace bootproof {

/// A path that a recipe may not use, and why.
struct ReservedPath {
  std::string_view path;
  std::string_view reason;
};

/// Reads `files:`, a map from absolute paths on the medium to sources. Sorted by path. Throws Error
/// (kScenario) that points at the key: for a path that is not absolute and normal, is too long,
/// holds control characters, stands in `reserved`, or needs a folder where another file is.
std::vector<PlacedFile> read_placed_files(const YamlNode& node,
                                          const std::vector<ReservedPath>& reserved);

/// What is wrong with `path` as an absolute path on a medium; empty where nothing is. At most 1024
/// bytes, names of at most 255 (Rock Ridge and Linux).
std::string_view medium_path_problem(std::string_view path);

}  // namespace bootproof
