#pragma once

#include <string_view>

#include "builders/build_key.h"
#include "builders/cut_recipe.h"
#include "builders/input_finder.h"

namespace bootproof {

/// The file that is cut off.
struct CutInput {
  const CutRecipe& recipe;
  InputFile whole;
};

/// Throws Error as the finder does.
CutInput find_inputs(const CutRecipe& recipe, const InputFinder& finder);
void describe(const CutInput& input, BuildKey& key);
std::string_view suffix_of(const CutRecipe& recipe);
/// Copies the part that is kept. Throws Error: kScenario that points at `keep` where the file is no
/// longer than that, kHost for a failing write.
void make(const CutInput& input, const BuildPlace& place);

}  // namespace bootproof
