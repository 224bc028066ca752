#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "builders/build_cache.h"
#include "builders/digest_memory.h"
#include "builders/packages.h"
#include "builders/recipe.h"

namespace bootproof {

/// A built file in the cache. It must not be changed (it is read-only).
struct BuiltFile {
  std::filesystem::path path;
  std::string sha256;  ///< Of its bytes, 64 hexadecimal digits.
  std::uint64_t size = 0;
  bool from_cache = false;
};

/// Makes files from recipes without root, loop devices or mounts, and keeps them in a cache by the
/// digest of the recipe, of all its inputs and of the tools. Blocking; safe to be used by several
/// threads and processes at once on one cache folder (a lock per key: two builds of one recipe make
/// one).
class Builder {
 public:
  /// The book must outlive the builder. The folder is made when it is needed.
  Builder(const RecipeBook& book, const std::filesystem::path& cache_folder);

  /// Builds the recipe or takes it from the cache. Throws Error: kBuild for a tool that failed,
  /// kScenario for an unknown recipe, a missing input or recipes that need each other, kHost for no
  /// space or a missing program or package.
  [[nodiscard]] BuiltFile build(const std::string& name) const;

  /// The file on this host for a source: the path itself, a file out of a package, or build().
  /// Throws Error as build() does; a path where no regular file is, is kScenario; a package that is
  /// neither installed nor fetched is kHost, with the command that brings it.
  [[nodiscard]] std::filesystem::path resolve(const FileSource& source) const;

 private:
  /// The recipes that wait for the one at hand, outermost first.
  using Chain = std::vector<std::string>;
  class Finder;

  [[nodiscard]] BuiltFile build(const Recipe& recipe, const Chain& chain) const;
  [[nodiscard]] BuiltFile build_source(const RecipeName& wanted, const SourceMark& mark,
                                       const Chain& chain) const;
  [[nodiscard]] std::filesystem::path find_source(const FileSource& source) const;
  const RecipeBook& book_;
  std::filesystem::path folder_;
  DigestMemory digests_;
  BuildCache cache_;
};

}  // namespace bootproof
