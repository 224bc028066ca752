#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

#include "builders/build_cache.h"
#include "builders/build_key.h"
#include "builders/digest_memory.h"
#include "builders/image_input.h"

namespace bootproof {

/// What several builds have in common (GRUB's core images, the FAT file systems that UEFI boots
/// from): entries of the cache by keys of their own, so that a build whose payload alone is another
/// one finds them made. Safe to be used by several threads and processes at once.
class BuildParts {
 public:
  /// Both must outlive the parts.
  BuildParts(const BuildCache& cache, const DigestMemory& memory)
      : cache_(cache), memory_(memory) {}

  /// A key that says nothing yet.
  [[nodiscard]] BuildKey key() const { return BuildKey(memory_); }

  /// The part from the cache, else what `make` makes. It must not be changed. Throws Error as
  /// `make` does, and kBuild where an input changed meanwhile.
  [[nodiscard]] InputFile part(const BuildKey& key, std::string_view suffix,
                               const MakeEntry& make) const;

 private:
  const BuildCache& cache_;
  const DigestMemory& memory_;
};

}  // namespace bootproof
