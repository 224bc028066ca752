#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <variant>

#include "harness/core/yaml_reader.h"

namespace bootproof {

/// A file of a Debian package, of any architecture: `{package: busybox-static, architecture: arm64,
/// file: /bin/busybox}`. `architecture` is Debian's word ("amd64", "arm64").
struct PackageFile {
  std::string package;
  std::string architecture;
  /// Absolute path inside the package. One `*` in its last name stands for any run of characters;
  /// exactly one file has to match.
  std::string file;
};

/// What a recipe makes: `{build: NAME}`.
struct RecipeName {
  std::string name;
};

/// Where the bytes of an input come from: a path (relative paths are relative to the file that
/// names them, and are made absolute by the loader), a file of a package, or another recipe's
/// result.
struct FileSource {
  std::variant<std::filesystem::path, PackageFile, RecipeName> source;
  SourceMark mark;
};

/// Debian Policy 5.6.1: lower case letters, digits, plus, minus and full stop, at least two
/// characters.
bool is_package_name(std::string_view name);

/// Reads a FileSource: a scalar is a path, a map has `path`, or `build`, or `package` + `file` (+
/// `architecture`, by default amd64). Throws Error (kScenario).
FileSource read_file_source(const YamlNode& node);

}  // namespace bootproof
