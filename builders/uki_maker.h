#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "builders/build_key.h"
#include "builders/input_finder.h"
#include "builders/uki_recipe.h"

namespace bootproof {

/// All that a unified kernel image is made of.
struct UkiInput {
  const UkiRecipe& recipe;
  InputFile stub;
  InputFile kernel;
  std::vector<InputFile> initrds;
  std::optional<SignInput> sign;
};

UkiInput find_inputs(const UkiRecipe& recipe, const InputFinder& finder);
void describe(const UkiInput& input, BuildKey& key);
std::string_view suffix_of(const UkiRecipe& recipe);

/// Adds the sections .osrel, .cmdline, .uname, .initrd and .linux, as far as the recipe has them,
/// to the stub (Unified Kernel Image specification, "UKI Components"), and signs the result. The
/// same input gives the same bytes. Throws Error: kScenario for a stub or kernel that is no EFI
/// program or of another architecture, kHost for a failing write.
void make(const UkiInput& input, const BuildPlace& place);

/// All that a signed program is made of.
struct SignedInput {
  const SignedRecipe& recipe;
  InputFile program;
  SignInput sign;
};

SignedInput find_inputs(const SignedRecipe& recipe, const InputFinder& finder);
void describe(const SignedInput& input, BuildKey& key);
std::string_view suffix_of(const SignedRecipe& recipe);

/// Adds a signature to the program, behind those that it has. Throws Error as sign() does.
void make(const SignedInput& input, const BuildPlace& place);

}  // namespace bootproof
