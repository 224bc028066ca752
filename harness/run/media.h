#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "builders/builder.h"
#include "harness/core/error.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// A medium whose files are there: found, taken from a package or built.
struct ReadyMedium {
  const Medium* medium = nullptr;
  std::filesystem::path image;   ///< Empty for a direct kernel.
  std::filesystem::path kernel;  ///< Direct kernels only.
  std::filesystem::path initrd;
  std::string digest;            ///< SHA-256 of the image, or of kernel and initrd joined by '+'.
  std::optional<Error> problem;  ///< Set where it could not be made: its cases end as Error.
};

/// Finds or builds the files of one medium and takes their digest. Blocking. Throws Error
/// (kScenario) where a path that the scenario names is missing, no regular file, empty or
/// unreadable: that stops a run before it begins. A build or package that fails is told in
/// `problem`.
ReadyMedium prepare_medium(const Medium& medium, const Builder& builder);

/// The digest of the medium's files now, as ReadyMedium::digest. Blocking. Error (kHost) where they
/// can't be read any more.
Result<std::string> digest_of(const ReadyMedium& medium);

}  // namespace bootproof
