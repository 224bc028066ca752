#include "builders/cut_maker.h"

#include <fmt/format.h>

#include <cerrno>
#include <filesystem>
#include <string>
#include <system_error>

#include "harness/core/files.h"

namespace bootproof {

namespace fs = std::filesystem;

CutInput find_inputs(const CutRecipe& recipe, const InputFinder& finder) {
  return {recipe, finder.file(recipe.of)};
}

void describe(const CutInput& input, BuildKey& key) {
  key.add("cut", input.recipe.is_share ? "share" : "bytes");
  key.add("keep", std::to_string(input.recipe.keep));
  key.add("of", input.whole);
}

std::string_view suffix_of(const CutRecipe& /*recipe*/) { return ".cut"; }

void make(const CutInput& input, const BuildPlace& place) {
  constexpr std::uint64_t kWhole = 100;
  std::error_code code;
  const std::uint64_t size = fs::file_size(input.whole.path, code);
  if (code) {
    throw system_error(fmt::format("cannot read {}", input.whole.path.string()), code.value());
  }
  // Divided first: a size near 2^64 must not wrap.
  const std::uint64_t keep = input.recipe.is_share ? size / kWhole * input.recipe.keep +
                                                         size % kWhole * input.recipe.keep / kWhole
                                                   : input.recipe.keep;
  if (keep >= size) {
    throw error_at(input.recipe.keep_mark,
                   fmt::format("{} has {} bytes, no more than the {} that are to be kept",
                               input.whole.path.string(), size, keep),
                   "keep less of it");
  }
  copy_keeping_holes(input.whole.path, place.image);
  fs::resize_file(place.image, keep, code);
  if (code) {
    throw system_error(fmt::format("cannot write {}", place.image.string()), code.value());
  }
}

}  // namespace bootproof
