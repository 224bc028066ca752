#pragma once

#include <filesystem>

#include "builders/build_parts.h"
#include "builders/digest_memory.h"
#include "builders/file_set.h"
#include "builders/image_input.h"

namespace bootproof {

/// Finds on this host what a recipe names; recipes that it needs are built. The seam between the
/// builder, which knows the book and the cache, and the kinds of recipes.
class InputFinder {
 public:
  InputFinder() = default;
  InputFinder(const InputFinder&) = delete;
  InputFinder& operator=(const InputFinder&) = delete;
  virtual ~InputFinder() = default;

  /// Throws Error as Builder::resolve() does.
  [[nodiscard]] virtual InputFile file(const FileSource& source) const = 0;
  /// Throws Error as file() does, and kScenario for a tree that is no folder.
  [[nodiscard]] virtual ImageFiles files(const FileSet& set) const = 0;
  /// A folder of this host: a path, or a folder of a package. Throws Error as file() does.
  [[nodiscard]] virtual std::filesystem::path folder(const FileSource& source) const = 0;
  /// What is remembered of this host's files from one build to the next.
  [[nodiscard]] virtual const DigestMemory& memory() const = 0;
  /// What builds have in common, in the cache.
  [[nodiscard]] virtual const BuildParts& parts() const = 0;
  /// guestfs_identity() of this host. Throws Error (kHost) as that does.
  [[nodiscard]] virtual std::string guestfs() const = 0;
  /// Throws Error (kHost) that names the package to install.
  [[nodiscard]] virtual GrubFolder grub(GrubPlatform platform) const = 0;
};

}  // namespace bootproof
