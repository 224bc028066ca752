#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "builders/recipe.h"

namespace bootproof {

/// A source that has been found on this host.
struct InputFile {
  std::filesystem::path path;
  std::string sha256;
  bool executable = false;
};

/// A file to be put on the medium: a found source, or a text.
struct ImageFile {
  std::string path;  ///< Absolute, on the medium.
  std::variant<InputFile, std::string> content;
  unsigned mode = 0644;
};

/// A folder with GRUB's modules for one platform.
struct GrubFolder {
  GrubPlatform platform = GrubPlatform::kI386Pc;
  std::filesystem::path folder;
  std::string digest;  ///< Of all files in it.
};

/// All that an ISO image is made of.
struct IsoInput {
  const IsoRecipe& recipe;
  std::vector<ImageFile> files;  ///< Sorted by path; grub.cfg among them.
  std::vector<GrubFolder> grub;
  std::string
      identity;  ///< Digest of all of the above: what is unique on the image derives from it.
};

/// All that an initramfs is made of.
struct InitramfsInput {
  const InitramfsRecipe& recipe;
  InputFile busybox;
  std::vector<ImageFile> files;  ///< Sorted by path; /init among them.
};

}  // namespace bootproof
