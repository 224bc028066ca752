#include "builders/recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>
#include <utility>

#include "builders/placed_files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::array<std::string_view, 3> kPlatforms{"i386-pc", "x86_64-efi", "arm64-efi"};
constexpr std::array<std::string_view, 3> kCompressions{"none", "gzip", "zstd"};
constexpr std::array<std::string_view, 2> kArchitectures{"x86_64", "aarch64"};

bool is_volume_id(std::string_view text) {
  constexpr std::size_t kLongest = 32;  // ECMA-119, 8.4.7.
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '+' || c == '-' || c == ' ';
  };
  return text.size() <= kLongest && std::all_of(text.begin(), text.end(), allowed) &&
         text.front() != ' ' && text.back() != ' ';
}

IsoRecipe read_iso(const YamlNode& node) {
  constexpr std::array<std::string_view, 4> kKeys{"volume_id", "grub", "grub_cfg", "files"};
  node.check_keys(kKeys, "an iso recipe");
  IsoRecipe iso;
  const YamlNode volume_id = node.require("volume_id");
  iso.volume_id = volume_id.text();
  if (!is_volume_id(iso.volume_id)) {
    throw volume_id.error(
        fmt::format("'{}' is no volume identifier", escape_for_terminal(iso.volume_id)),
        "at most 32 letters, digits, blanks and _ . + -, with no blank at either end");
  }
  std::vector<ReservedPath> reserved;
  if (const YamlNode grub = node.find("grub"); !grub.is_absent()) {
    for (const YamlNode& element : grub.list_or_single()) {
      const auto platform =
          GrubPlatform{static_cast<int>(element.one_of(kPlatforms, "GRUB platform"))};
      if (std::find(iso.grub.begin(), iso.grub.end(), platform) != iso.grub.end()) {
        throw element.error(fmt::format("{} stands in the list twice", name_of(platform)));
      }
      iso.grub.push_back(platform);
    }
    std::sort(iso.grub.begin(), iso.grub.end());
  }
  if (!iso.grub.empty()) {
    reserved.push_back({"/boot/grub/boot.cat", "is the boot catalog that the builder writes"});
    reserved.push_back(
        {"/boot/grub/i386-pc/eltorito.img", "is the boot image that the builder writes"});
  }
  if (const YamlNode grub_cfg = node.find("grub_cfg"); !grub_cfg.is_absent()) {
    if (iso.grub.empty()) {
      throw grub_cfg.error("'grub_cfg' without a platform in 'grub'",
                           fmt::format("add grub: [{}]", fmt::join(kPlatforms, ", ")));
    }
    iso.grub_cfg = grub_cfg.text_or_empty();
    reserved.push_back({"/boot/grub/grub.cfg", "stands in 'grub_cfg' already"});
  }
  iso.files = read_placed_files(node.find("files"), reserved);
  return iso;
}

InitramfsRecipe read_initramfs(const YamlNode& node) {
  constexpr std::array<std::string_view, 5> kKeys{"busybox", "architecture", "init", "compression",
                                                  "files"};
  node.check_keys(kKeys, "an initramfs recipe");
  InitramfsRecipe initramfs;
  initramfs.busybox = read_file_source(node.require("busybox"));
  initramfs.architecture = Architecture{
      static_cast<int>(node.require("architecture").one_of(kArchitectures, "architecture"))};
  if (const YamlNode compression = node.find("compression"); !compression.is_absent()) {
    initramfs.compression =
        Compression{static_cast<int>(compression.one_of(kCompressions, "compression"))};
  }
  std::vector<ReservedPath> reserved{
      {"/bin/busybox", "stands in 'busybox' already"},
      {"/dev/console", "is a device node that the builder makes"},
      {"/dev/null", "is a device node that the builder makes"},
  };
  if (const YamlNode init = node.find("init"); !init.is_absent()) {
    initramfs.init = init.text();
    reserved.push_back({"/init", "stands in 'init' already"});
  }
  initramfs.files = read_placed_files(node.find("files"), reserved);
  return initramfs;
}

Recipe read_recipe(const std::string& name, const YamlNode& node) {
  constexpr std::array<std::string_view, 2> kKinds{"iso", "initramfs"};
  node.check_keys(kKinds, "a recipe");
  const YamlNode iso = node.find("iso");
  const YamlNode initramfs = node.find("initramfs");
  if (iso.is_absent() == initramfs.is_absent()) {
    throw node.error(fmt::format("recipe '{}' needs exactly one of 'iso' and 'initramfs'", name));
  }
  Recipe recipe{name, {}, node.mark()};
  if (!iso.is_absent()) {
    recipe.body = read_iso(iso);
  } else {
    recipe.body = read_initramfs(initramfs);
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

std::string_view name_of(GrubPlatform platform) {
  return kPlatforms.at(static_cast<std::size_t>(platform));
}

void RecipeBook::load(const std::filesystem::path& file) {
  std::error_code code;
  const std::filesystem::path real = std::filesystem::weakly_canonical(file, code);
  if (!code && files_.contains(real)) {
    return;
  }
  add(YamlNode::load_file(file));
  files_.insert(real);
}

void RecipeBook::load_text(std::string_view text, const std::string& file_name) {
  add(YamlNode::load_text(text, file_name));
}

void RecipeBook::add(const YamlNode& root) {
  constexpr std::array<std::string_view, 2> kKeys{"version", "recipes"};
  root.check_keys(kKeys, "a recipe file");
  static_cast<void>(root.require("version").integer(1, 1));
  const YamlNode recipes = root.require("recipes");
  std::map<std::string, Recipe> loaded;
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
    loaded.emplace(name, read_recipe(name, node));
  }
  recipes_.merge(loaded);
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
