#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builders/efi_signer.h"
#include "builders/file_set.h"

namespace bootproof {

/// A unified kernel image: an EFI program out of a stub, a kernel, an initramfs and a command line
/// (Unified Kernel Image specification of the UAPI group).
struct UkiRecipe {
  FileSource stub;  ///< Such as linuxx64.efi.stub of systemd-boot-efi.
  FileSource kernel;
  std::vector<FileSource> initrds;  ///< One behind the other, as the kernel takes them.
  std::optional<std::string> command_line;
  std::optional<std::string> os_release;  ///< Text of os-release(5).
  std::optional<std::string> uname;       ///< The kernel's release.
  std::optional<SignRecipe> sign;
};

/// Reads the map below `uki:`. Throws Error (kScenario).
UkiRecipe read_uki_recipe(const YamlNode& node);

/// Any EFI program with a signature of one's own.
struct SignedRecipe {
  FileSource program;
  SignRecipe sign;
};

/// Reads the map below `signed:`. Throws Error (kScenario).
SignedRecipe read_signed_recipe(const YamlNode& node);

}  // namespace bootproof
