#include "harness/core/file_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

namespace bootproof {
namespace {

constexpr std::array<std::string_view, 5> kKeys{"path", "build", "package", "file", "architecture"};
constexpr std::array<std::string_view, 2> kDebianArchitectures{"amd64", "arm64"};
constexpr std::string_view kForms =
    "write a path, {path: FILE}, {build: RECIPE} or {package: NAME, file: /PATH/IN/PACKAGE}";

bool is_lower_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_letter_or_digit(char c) { return is_lower_or_digit(c) || (c >= 'A' && c <= 'Z'); }

bool is_recipe_name(std::string_view name) {
  return !name.empty() && name.size() <= 64 && is_letter_or_digit(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.';
         });
}

std::filesystem::path read_path(const YamlNode& node) {
  const std::string text = node.text();
  if (text.find('\0') != std::string::npos) {
    throw node.error("a path can't hold a NUL character");
  }
  const std::filesystem::path base = std::filesystem::absolute(node.mark().file).parent_path();
  return (base / text).lexically_normal();
}

PackageFile read_package_file(const YamlNode& node) {
  PackageFile source;
  const YamlNode package = node.require("package");
  source.package = package.text();
  if (!is_package_name(source.package)) {
    throw package.error(fmt::format("'{}' is no name of a Debian package", source.package),
                        "lower case letters, digits and + - . only");
  }
  const YamlNode file = node.require("file");
  source.file = file.text();
  const std::filesystem::path path(source.file);
  if (!path.is_absolute() || path.lexically_normal() != path || !path.has_filename() ||
      source.file.find('\0') != std::string::npos) {
    throw file.error(
        fmt::format("'file' must be an absolute path in the package, found '{}'", source.file),
        fmt::format("`dpkg -L {}` lists the files of an installed package", source.package));
  }
  const std::size_t star = source.file.find('*');
  if (star != std::string::npos && (source.file.find('*', star + 1) != std::string::npos ||
                                    source.file.find('/', star) != std::string::npos)) {
    throw file.error("'file' may have one '*', in its last name",
                     "write for example /boot/vmlinuz-*");
  }
  source.architecture = kDebianArchitectures[0];
  const YamlNode architecture = node.find("architecture");
  if (!architecture.is_absent()) {
    source.architecture =
        kDebianArchitectures[architecture.one_of(kDebianArchitectures, "Debian architecture")];
  }
  return source;
}

}  // namespace

bool is_package_name(std::string_view name) {
  return name.size() >= 2 && name.size() <= 128 && is_lower_or_digit(name[0]) &&
         std::all_of(name.begin(), name.end(), [](char c) {
           return is_lower_or_digit(c) || c == '+' || c == '-' || c == '.';
         });
}

FileSource read_file_source(const YamlNode& node) {
  const SourceMark mark = node.mark();
  if (!node.is_map()) {
    if (!node.is_scalar()) {
      throw node.mismatch("a file", kForms);
    }
    return {read_path(node), mark};
  }
  node.check_keys(kKeys, "a file");
  const bool has_path = !node.find("path").is_absent();
  const bool has_build = !node.find("build").is_absent();
  const bool has_package = !node.find("package").is_absent();
  if (int{has_path} + int{has_build} + int{has_package} != 1) {
    throw node.error("a file needs exactly one of 'path', 'build' and 'package'", kForms);
  }
  if (!has_package) {
    for (const std::string_view key :
         {std::string_view("file"), std::string_view("architecture")}) {
      if (!node.find(key).is_absent()) {
        throw node.error_at_key(key, fmt::format("'{}' belongs to 'package'", key), kForms);
      }
    }
  }
  if (has_package) {
    return {read_package_file(node), mark};
  }
  if (has_path) {
    return {read_path(node.find("path")), mark};
  }
  const YamlNode build = node.find("build");
  RecipeName recipe{build.text()};
  if (!is_recipe_name(recipe.name)) {
    throw build.error(fmt::format("'{}' is no name of a recipe", recipe.name),
                      "letters, digits and . _ - only, at most 64");
  }
  return {std::move(recipe), mark};
}

}  // namespace bootproof
