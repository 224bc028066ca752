#include "builders/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "builders/source_date.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// A kind of recipe: its key and what reads the map below it.
struct Kind {
  std::string_view key;
  RecipeBody (*read)(const YamlNode& node);
};

constexpr std::array<Kind, 7> kKinds{{
    {"cut", [](const YamlNode& node) -> RecipeBody { return read_cut_recipe(node); }},
    {"disk", [](const YamlNode& node) -> RecipeBody { return read_disk_recipe(node); }},
    {"grub", [](const YamlNode& node) -> RecipeBody { return read_grub_recipe(node); }},
    {"initramfs", [](const YamlNode& node) -> RecipeBody { return read_initramfs_recipe(node); }},
    {"iso", [](const YamlNode& node) -> RecipeBody { return read_iso_recipe(node); }},
    {"signed", [](const YamlNode& node) -> RecipeBody { return read_signed_recipe(node); }},
    {"uki", [](const YamlNode& node) -> RecipeBody { return read_uki_recipe(node); }},
}};

Recipe read_recipe(const std::string& name, const YamlNode& node) {
  std::vector<std::string_view> keys;
  std::vector<const Kind*> found;
  for (const Kind& kind : kKinds) {
    keys.push_back(kind.key);
    if (!node.find(kind.key).is_absent()) {
      found.push_back(&kind);
    }
  }
  const std::string choices = fmt::format("{}", fmt::join(keys, ", "));
  keys.emplace_back("date");
  node.check_keys(keys, "a recipe");
  if (found.size() != 1) {
    throw node.error(fmt::format("recipe '{}' {} one of {}", name,
                                 found.empty() ? "needs" : "has more than", choices));
  }
  Recipe recipe{name, found[0]->read(node.find(found[0]->key)), std::nullopt, node.mark()};
  if (const YamlNode date = node.find("date"); !date.is_absent()) {
    recipe.date = read_source_date(date);
  }
  return recipe;
}

bool is_recipe_name(std::string_view name) {
  constexpr std::size_t kLongest = 64;
  const auto plain = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const auto allowed = [&](char c) { return plain(c) || c == '_' || c == '-' || c == '.'; };
  return !name.empty() && name.size() <= kLongest && plain(name[0]) &&
         std::all_of(name.begin(), name.end(), allowed);
}

}  // namespace

void RecipeBook::load(const fs::path& file) {
  RecipeBook larger = *this;
  larger.add_file(file, {});
  *this = std::move(larger);
}

void RecipeBook::load_text(std::string_view text, const std::string& file_name) {
  RecipeBook larger = *this;
  larger.add(YamlNode::load_text(text, file_name), {});
  *this = std::move(larger);
}

void RecipeBook::add_file(const fs::path& file, const std::vector<fs::path>& includers) {
  std::error_code code;
  const fs::path real = fs::weakly_canonical(file, code);
  if (!files_.insert(code ? file : real).second) {
    return;
  }
  add(YamlNode::load_file(file), includers);
}

void RecipeBook::add(const YamlNode& root, const std::vector<fs::path>& includers) {
  constexpr std::array<std::string_view, 3> kKeys{"version", "include", "recipes"};
  constexpr std::size_t kDeepest = 16;
  root.check_keys(kKeys, "a recipe file");
  static_cast<void>(root.require("version").integer(1, 1));
  if (const YamlNode include = root.find("include"); !include.is_absent()) {
    if (includers.size() == kDeepest) {
      throw include.error("recipe files include each other more than 16 deep");
    }
    std::vector<fs::path> deeper = includers;
    deeper.emplace_back(root.mark().file);
    for (const YamlNode& element : include.list_or_single()) {
      const fs::path file = fs::path(root.mark().file).parent_path() / element.text();
      std::error_code code;
      if (!fs::exists(file, code)) {
        throw element.error(fmt::format("{}: no such file", escape_for_terminal(file.string())),
                            "a relative path starts at the folder of the file that names it");
      }
      add_file(file, deeper);
    }
  }
  const YamlNode recipes = root.require("recipes");
  for (const auto& [name, node] : recipes.entries()) {
    if (!is_recipe_name(name)) {
      throw recipes.error_at_key(
          name, fmt::format("'{}' is no name of a recipe", escape_for_terminal(name)),
          "letters, digits and . _ - only, at most 64");
    }
    if (const Recipe* earlier = find(name); earlier != nullptr) {
      throw recipes.error_at_key(name,
                                 fmt::format("recipe '{}' is there already: {}:{}", name,
                                             earlier->mark.file, earlier->mark.line),
                                 "give one of the two another name");
    }
    recipes_.emplace(name, read_recipe(name, node));
  }
}

const Recipe* RecipeBook::find(const std::string& name) const {
  const auto found = recipes_.find(name);
  return found == recipes_.end() ? nullptr : &found->second;
}

std::vector<std::string> RecipeBook::names() const {
  std::vector<std::string> names;
  names.reserve(recipes_.size());
  for (const auto& [name, recipe] : recipes_) {
    names.push_back(name);
  }
  return names;
}

}  // namespace bootproof
