#pragma once

#include <string_view>

#include "builders/build_key.h"
#include "builders/grub_recipe.h"
#include "builders/input_finder.h"

namespace bootproof {

/// All that a GRUB core image is made of.
struct GrubInput {
  const GrubRecipe& recipe;
  GrubFolder folder;
};

/// Throws Error as the finder does, and kScenario for a module that GRUB does not have.
GrubInput find_inputs(const GrubRecipe& recipe, const InputFinder& finder);
void describe(const GrubInput& input, BuildKey& key);
std::string_view suffix_of(const GrubRecipe& recipe);
/// Makes the PE program. The same input gives the same bytes. Throws Error (kBuild).
void make(const GrubInput& input, const BuildPlace& place);

/// Adds to `key` what a core image made with these options depends on, GRUB's folder and tools
/// excepted.
void describe(const GrubOptions& options, BuildKey& key);

}  // namespace bootproof
