#include "builders/iso_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "harness/core/text.h"

namespace bootproof {
namespace {

bool is_volume_id(std::string_view text) {
  constexpr std::size_t kLongest = 32;  // ECMA-119, 8.4.7.
  const auto allowed = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '+' || c == '-' || c == ' ';
  };
  return text.size() <= kLongest && std::all_of(text.begin(), text.end(), allowed) &&
         text.front() != ' ' && text.back() != ' ';
}

}  // namespace

IsoRecipe read_iso_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 5> kKeys{"volume_id", "grub", "grub_cfg", "files",
                                                  "trees"};
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
    iso.grub = read_grub_platforms(grub);
  }
  if (!iso.grub.empty()) {
    reserved.push_back({"/boot/grub/boot.cat", "is the boot catalog that the builder writes"});
    reserved.push_back(
        {"/boot/grub/i386-pc/eltorito.img", "is the boot image that the builder writes"});
  }
  if (const YamlNode grub_cfg = node.find("grub_cfg"); !grub_cfg.is_absent()) {
    if (iso.grub.empty()) {
      throw grub_cfg.error("'grub_cfg' without a platform in 'grub'",
                           fmt::format("add for example grub: [{}]", name_of(GrubPlatform{})));
    }
    iso.grub_cfg = grub_cfg.text_or_empty();
    reserved.push_back({"/boot/grub/grub.cfg", "stands in 'grub_cfg' already"});
  }
  iso.files = read_file_set(node, reserved);
  return iso;
}

}  // namespace bootproof
