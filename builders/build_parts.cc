#include "builders/build_parts.h"

#include <utility>

namespace bootproof {

namespace fs = std::filesystem;

InputFile BuildParts::part(const BuildKey& key, std::string_view suffix,
                           const MakeEntry& make) const {
  const auto make_checked = [&](const fs::path& work_folder, const fs::path& file) {
    make(work_folder, file);
    key.check_unchanged();
  };
  BuiltFile built = find_or_make(cache_, key.digest(), suffix, make_checked);
  return {std::move(built.path), std::move(built.sha256), false};
}

}  // namespace bootproof
