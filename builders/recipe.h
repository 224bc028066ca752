#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "builders/cut_recipe.h"
#include "builders/disk_recipe.h"
#include "builders/grub_recipe.h"
#include "builders/initramfs_recipe.h"
#include "builders/iso_recipe.h"
#include "builders/uki_recipe.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// A recipe of any kind.
using RecipeBody = std::variant<IsoRecipe, InitramfsRecipe, GrubRecipe, UkiRecipe, SignedRecipe,
                                DiskRecipe, CutRecipe>;

/// What is to be built, under the name by which scenarios and other recipes ask for it.
struct Recipe {
  std::string name;
  RecipeBody body;
  /// The time that all in it bears, as Unix time. Nothing: the builder's.
  std::optional<std::int64_t> date;
  SourceMark mark;
};

/// The recipes of one or more files, by name.
class RecipeBook {
 public:
  /// Adds the recipes of a file and of those that it includes; a file that was loaded before is
  /// passed over. Throws Error
  /// (kScenario) for whatever is wrong with it, and for a name that an earlier file has; then the
  /// book is as before.
  void load(const std::filesystem::path& file);
  /// The same for text in memory; `file_name` is what messages call it, and what relative paths are
  /// relative to.
  void load_text(std::string_view text, const std::string& file_name);
  /// The recipe of that name, or null. Valid as long as the book is.
  [[nodiscard]] const Recipe* find(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> names() const;

 private:
  void add_file(const std::filesystem::path& file,
                const std::vector<std::filesystem::path>& includers);
  void add(const YamlNode& root, const std::vector<std::filesystem::path>& includers);

  std::map<std::string, Recipe> recipes_;
  std::set<std::filesystem::path> files_;
};

}  // namespace bootproof
