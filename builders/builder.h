#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "builders/build_cache.h"
#include "builders/build_parts.h"
#include "builders/built_file.h"
#include "builders/digest_memory.h"
#include "builders/guestfs_batch.h"
#include "builders/packages.h"
#include "builders/recipe.h"
#include "builders/source_date.h"

namespace bootproof {

/// What a builder takes from its surroundings.
struct BuilderOptions {
  /// The time that made things bear where a recipe has no `date`, as Unix time.
  std::int64_t date = kSourceDate;
  /// Says whether KVM works here; asked before libguestfs is launched. Without it libguestfs's
  /// appliance is emulated.
  std::function<bool()> has_kvm;
};

/// Makes files from recipes without root, loop devices or mounts, and keeps them in a cache by the
/// digest of the recipe, of all its inputs and of the tools. Blocking; safe to be used by several
/// threads and processes at once on one cache folder (a lock per key: two builds of one recipe make
/// one).
class Builder {
 public:
  /// The book must outlive the builder. The folder is made when it is needed.
  Builder(const RecipeBook& book, const std::filesystem::path& cache_folder,
          BuilderOptions options = {});

  /// Builds in one launch of libguestfs those of the recipes that it makes (`backend: guestfs`) and
  /// that are not in the cache; the others are left alone. What fails is told by build(). Not to be
  /// called while other threads use the builder.
  void prepare(const std::vector<std::string>& names);

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
  [[nodiscard]] std::int64_t date_of(const Recipe& recipe) const;
  [[nodiscard]] GuestfsOrder guestfs_order(const Recipe& recipe, const Chain& chain) const;
  [[nodiscard]] std::vector<Result<BuiltFile>> make_orders(
      const std::vector<GuestfsOrder>& orders) const;

  const RecipeBook& book_;
  std::filesystem::path folder_;
  DigestMemory digests_;
  BuildCache cache_;
  BuildParts parts_;
  BuilderOptions options_;
  std::map<std::string, Result<BuiltFile>> prepared_;  ///< By the recipe's name.
};

}  // namespace bootproof
