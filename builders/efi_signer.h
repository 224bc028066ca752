#pragma once

#include <optional>
#include <string>

#include "builders/build_key.h"
#include "builders/efi_program.h"
#include "builders/file_set.h"
#include "builders/image_input.h"
#include "builders/input_finder.h"

namespace bootproof {

/// With what an EFI program is signed: `{key: FILE, certificate: FILE, passphrase: TEXT}`, both in
/// PEM. The passphrase stands in the recipe as it is, so this is for keys that protect nothing,
/// such as PkKek-1-snakeoil.key of the package ovmf.
struct SignRecipe {
  FileSource key;
  FileSource certificate;
  std::optional<std::string> passphrase;
};

/// Reads the keys `key`, `certificate` and `passphrase` of a map, whose keys have been checked.
/// Throws Error (kScenario).
SignRecipe read_sign_recipe(const YamlNode& node);

/// The same, found on this host.
struct SignInput {
  const SignRecipe* recipe = nullptr;
  InputFile key;
  InputFile certificate;
};

SignInput find_inputs(const SignRecipe& recipe, const InputFinder& finder);
void describe(const SignInput& input, BuildKey& key);

/// Signs the program for Secure Boot (Authenticode with SHA-256, Windows Authenticode Portable
/// Executable Signature Format). The signature bears the time `date` (BuildPlace::date), so that
/// the same program and key give the same bytes, which sbsign does not. Throws Error (kScenario)
/// that points at the key or certificate for one that can't be read, that do not belong together,
/// or a key that is no RSA key.
void sign(EfiProgram& program, const SignInput& input, std::int64_t date);

}  // namespace bootproof
