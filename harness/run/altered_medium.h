#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/error.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// A change as it is made: bytes of the image, all that a MediumChange means.
struct PlacedChange {
  std::uint64_t offset = 0;  ///< In the image.
  std::string bytes;

  bool operator==(const PlacedChange&) const = default;
};

/// Finds where on `image` each change stands: a file of the medium wherever one of its file systems
/// has it, each of its bytes once. Blocking. Throws Error (kScenario) at the change's place where
/// no volume has the file, or where it or the image ends before.
std::vector<PlacedChange> place_changes(const std::filesystem::path& image,
                                        const std::vector<MediumChange>& changes);

/// Makes the altered medium of an image, or takes it from `folder`, where it is kept by the digest
/// of the image and the changes. The image is only read. Blocking. Throws Error: kScenario as
/// place_changes does, kHost for no space.
std::filesystem::path make_altered_medium(const std::filesystem::path& image,
                                          const std::string& image_sha256,
                                          const std::vector<MediumChange>& changes,
                                          const std::filesystem::path& folder);

}  // namespace bootproof
