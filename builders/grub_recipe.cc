#include "builders/grub_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "builders/file_set.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

GrubPlatform read_platform(const YamlNode& node) {
  const std::vector<GrubPlatform> platforms = read_grub_platforms(node);
  if (platforms.size() != 1) {
    throw node.error("a core image is for one platform");
  }
  if (platforms.front() == GrubPlatform::kI386Pc) {
    throw node.error("a core image for BIOS is no file that firmware starts",
                     "put grub: [i386-pc] into the recipe of the ISO image or disk");
  }
  return platforms.front();
}

GrubSearch read_search(const YamlNode& node) {
  struct Row {
    std::string_view name;
    GrubSearchKey key;
  };
  constexpr std::array<Row, 3> kRows{{{"label", GrubSearchKey::kLabel},
                                      {"uuid", GrubSearchKey::kUuid},
                                      {"file", GrubSearchKey::kFile}}};
  constexpr std::array<std::string_view, 3> kKeys{kRows[0].name, kRows[1].name, kRows[2].name};
  GrubSearch search;
  if (node.is_absent()) {
    return search;
  }
  node.check_keys(kKeys, "'search' of a grub recipe");
  for (const Row& row : kRows) {
    const YamlNode value = node.find(row.name);
    if (value.is_absent()) {
      continue;
    }
    if (search.key != GrubSearchKey::kLoadedFrom) {
      throw value.error("'search' goes by one thing alone", "leave one of label, uuid and file");
    }
    search = {row.key, value.text()};
    if (!is_grub_word(search.value)) {
      throw value.error(
          fmt::format("'{}' can't be searched for", escape_for_terminal(search.value)),
          "at most 255 bytes without quotes, backslashes and control characters");
    }
  }
  if (search.key == GrubSearchKey::kLoadedFrom) {
    throw node.error("'search' says nothing", "write {label: X}, {uuid: X} or {file: /path}");
  }
  return search;
}

std::vector<std::string> read_modules(const YamlNode& node) {
  std::vector<std::string> modules;
  for (const YamlNode& element : node.list_or_single()) {
    std::string name = element.text();
    const auto allowed = [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
    };
    if (!std::all_of(name.begin(), name.end(), allowed)) {
      throw element.error(fmt::format("'{}' is no name of a module", escape_for_terminal(name)),
                          "as in /usr/lib/grub/PLATFORM, without .mod");
    }
    modules.push_back(std::move(name));
  }
  return modules;
}

}  // namespace

GrubRecipe read_grub_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 6> kKeys{"platform", "search", "folder",
                                                  "modules",  "config", "sbat"};
  node.check_keys(kKeys, "a grub recipe");
  GrubRecipe grub;
  grub.platform = read_platform(node.require("platform"));
  grub.options.search = read_search(node.find("search"));
  if (const YamlNode folder = node.find("folder"); !folder.is_absent()) {
    grub.options.folder = folder.text();
    if (!medium_path_problem(grub.options.folder).empty() || !is_grub_word(grub.options.folder)) {
      throw folder.error(
          fmt::format("'{}' can't be GRUB's folder", escape_for_terminal(grub.options.folder)),
          "write for example /boot/grub");
    }
  }
  grub.modules_mark = node.mark();
  if (const YamlNode modules = node.find("modules"); !modules.is_absent()) {
    grub.options.modules = read_modules(modules);
    grub.modules_mark = modules.mark();
  }
  if (const YamlNode config = node.find("config"); !config.is_absent()) {
    grub.options.config = config.text();
  }
  if (const YamlNode sbat = node.find("sbat"); !sbat.is_absent()) {
    grub.options.sbat = sbat.text();
  }
  return grub;
}

}  // namespace bootproof
