#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "builders/file_set.h"
#include "harness/core/words.h"

namespace bootproof {

/// What an initramfs recipe says below `modules`.
struct ModulesRecipe {
  /// A folder /lib/modules/RELEASE: a path of this host, or of a package with a `*` in it.
  FileSource folder;
  /// A module that is asked for, and where.
  struct Name {
    std::string name;  ///< As module_name() writes it.
    SourceMark mark;
  };
  std::vector<Name> names;
};

/// Reads `{package: linux-image-amd64, architecture: amd64, names: [...]}` or `{folder: DIR, names:
/// [...]}`. Throws Error (kScenario).
ModulesRecipe read_modules_recipe(const YamlNode& node);

/// The modules that a recipe asks for, all that these need, and the lists by which modprobe finds
/// them.
struct ModuleSet {
  std::string release;  ///< The kernel's, as `uname -r` says it.
  /// Files of this host by their paths below /lib/modules/RELEASE, there without compression.
  std::map<std::string, std::filesystem::path> files;
  /// Texts by names: modules.dep, modules.alias, modules.softdep (depmod(8)), and modules.builtin.
  std::map<std::string, std::string> lists;
};

/// Names of modules that bear an alias, by a search in all of them (which takes a second): the seam
/// for whoever remembers the answer.
using AliasSearch = std::function<std::vector<std::string>(std::string_view alias)>;

/// Finds the modules in `folder` with all their dependencies; soft ones where they are there. A
/// module that is built into the kernel needs nothing. `search` is asked only where a soft
/// dependency is no module's name; by default all_with_alias(). Throws Error (kScenario): an
/// unknown module at its place with the nearest name; a module for another architecture; a needed
/// module that is missing.
ModuleSet find_modules(const ModulesRecipe& recipe, const std::filesystem::path& folder,
                       Architecture architecture, const AliasSearch& search);

/// The search itself, in a folder /lib/modules/RELEASE. Sorted.
std::vector<std::string> all_with_alias(const std::filesystem::path& folder,
                                        std::string_view alias);

}  // namespace bootproof
