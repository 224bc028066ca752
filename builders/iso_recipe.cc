#include "builders/iso_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "builders/fat_image.h"
#include "harness/core/text.h"
#include "harness/core/words.h"

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

/// The loaders that firmware starts from removable media (UEFI 2.10, table 3.2), and on what.
struct LoaderRow {
  std::string_view path;
  Architecture architecture;
};

constexpr std::array<LoaderRow, 2> kLoaders{{
    {"/EFI/BOOT/BOOTX64.EFI", Architecture::kX86_64},
    {"/EFI/BOOT/BOOTAA64.EFI", Architecture::kAarch64},
}};

/// The architectures that a medium is said to be for; what does not go with them is refused.
class Architectures {
 public:
  explicit Architectures(const YamlNode& node) {
    constexpr std::array<std::string_view, 2> kNames{"x86_64", "aarch64"};
    if (!node.is_absent()) {
      for (const YamlNode& element : node.list_or_single()) {
        named_.push_back(Architecture{static_cast<int>(element.one_of(kNames, "architecture"))});
      }
    }
  }

  /// Throws Error at `node` where the medium is not for `needed`.
  void check(Architecture needed, std::string_view what, const YamlNode& node) const {
    if (!named_.empty() && std::find(named_.begin(), named_.end(), needed) == named_.end()) {
      throw node.error(fmt::format("{} is for {}, the medium is for {}", what, name_of(needed),
                                   name_of(named_.front())),
                       "take it out, or add the architecture to 'architecture'");
    }
  }

 private:
  std::vector<Architecture> named_;  ///< Empty: whatever the loaders are for.
};

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  const auto upper = [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return upper(x) == upper(y); });
}

bool boots_bios(const std::vector<GrubPlatform>& platforms) {
  return !platforms.empty() && platforms.front() == GrubPlatform::kI386Pc;
}

bool boots_uefi(const std::vector<GrubPlatform>& platforms) {
  return !platforms.empty() && platforms.back() != GrubPlatform::kI386Pc;
}

void read_grub(const YamlNode& node, const Architectures& architectures, IsoRecipe& iso) {
  if (node.is_absent()) {
    return;
  }
  iso.grub = read_grub_platforms(node);
  for (const GrubPlatform platform : iso.grub) {
    const bool is_arm = platform == GrubPlatform::kArm64Efi;
    architectures.check(is_arm ? Architecture::kAarch64 : Architecture::kX86_64,
                        fmt::format("GRUB for {}", name_of(platform)), node);
  }
}

void read_bios(const YamlNode& node, const Architectures& architectures, IsoRecipe& iso) {
  constexpr std::array<std::string_view, 1> kKeys{"image"};
  if (node.is_absent()) {
    return;
  }
  node.check_keys(kKeys, "the BIOS boot of an iso recipe");
  if (boots_bios(iso.grub)) {
    throw node.error("BIOS boots by 'grub' already: an image has one entry for it",
                     "take i386-pc out of 'grub', or 'bios' out");
  }
  architectures.check(Architecture::kX86_64, "BIOS boot", node);
  const YamlNode image = node.require("image");
  iso.bios = IsoBiosBoot{image.text(), image.mark()};
  if (const std::string_view problem = medium_path_problem(iso.bios->image); !problem.empty()) {
    throw image.error(
        fmt::format("the path '{}' {}", escape_for_terminal(iso.bios->image), problem),
        "write the path on the medium as /folder/name");
  }
}

void check_uefi_files(const IsoUefiBoot& uefi, const YamlNode& files,
                      const Architectures& architectures) {
  for (const PlacedFile& file : uefi.files.files) {
    if (const std::string_view problem = fat_path_problem(file.path); !problem.empty()) {
      throw files.error_at_key(file.path, fmt::format("{} {}", file.path, problem),
                               "give it another name");
    }
    if (std::holds_alternative<SymbolicLink>(file.content)) {
      throw files.find(file.path).error(fmt::format("{} is a link, which FAT has not", file.path),
                                        "name the file itself as its source");
    }
    for (const LoaderRow& row : kLoaders) {
      if (equal_ignoring_case(file.path, row.path)) {
        architectures.check(row.architecture, file.path, files.find(file.path));
      }
    }
  }
}

void read_uefi(const YamlNode& node, const Architectures& architectures, IsoRecipe& iso) {
  constexpr std::array<std::string_view, 4> kKeys{"files", "trees", "label", "also_on_iso"};
  if (node.is_absent()) {
    return;
  }
  node.check_keys(kKeys, "the UEFI boot of an iso recipe");
  if (boots_uefi(iso.grub)) {
    throw node.error("UEFI boots by 'grub' already: an image has one EFI system partition",
                     "leave i386-pc alone in 'grub', or take 'uefi' out");
  }
  IsoUefiBoot uefi;
  uefi.files = read_file_set(node, {});
  uefi.mark = node.mark();
  if (uefi.files.files.empty() && uefi.files.trees.empty()) {
    throw node.error("'uefi' has no files",
                     "add for example files: {/EFI/BOOT/BOOTX64.EFI: {build: NAME}}");
  }
  check_uefi_files(uefi, node.find("files"), architectures);
  if (const YamlNode label = node.find("label"); !label.is_absent()) {
    uefi.label = label.text();
    if (!is_fat_label(uefi.label)) {
      throw label.error(
          fmt::format("'{}' is no label of a FAT volume", escape_for_terminal(uefi.label)),
          "at most 11 capital letters, digits, _ and -");
    }
  }
  if (const YamlNode also = node.find("also_on_iso"); !also.is_absent()) {
    uefi.also_on_iso = also.boolean();
  }
  iso.uefi = std::move(uefi);
}

void read_hybrid(const YamlNode& node, IsoRecipe& iso) {
  constexpr std::array<std::string_view, 2> kKeys{"mbr", "uefi_partition"};
  if (node.is_absent()) {
    return;
  }
  node.check_keys(kKeys, "the hybrid of an iso recipe");
  IsoHybrid hybrid;
  if (const YamlNode mbr = node.find("mbr"); !mbr.is_absent()) {
    if (!iso.bios) {
      throw mbr.error("boot code without 'bios': there is nothing for it to start",
                      "add bios: {image: /isolinux/isolinux.bin}");
    }
    hybrid.mbr = read_file_source(mbr);
  }
  if (const YamlNode partition = node.find("uefi_partition"); !partition.is_absent()) {
    hybrid.uefi_partition = partition.boolean();
    if (hybrid.uefi_partition && !iso.uefi) {
      throw partition.error("a partition for UEFI without 'uefi'",
                            "add uefi: {files: {/EFI/BOOT/BOOTX64.EFI: SOURCE}}");
    }
  }
  if (!hybrid.mbr && !hybrid.uefi_partition) {
    throw node.error("'hybrid' makes nothing boot", "add 'mbr', or uefi_partition: true");
  }
  iso.hybrid = std::move(hybrid);
}

/// What the builder itself puts on the medium.
std::vector<ReservedPath> reserved_paths(const IsoRecipe& iso) {
  std::vector<ReservedPath> reserved;
  if (!iso.grub.empty()) {
    reserved.push_back({kIsoGrubCatalog, "is the boot catalog that the builder writes"});
    reserved.push_back({kIsoGrubImage, "is the boot image that the builder writes"});
  }
  if (iso.bios || iso.uefi) {
    reserved.push_back({kIsoBootCatalog, "is the boot catalog that the builder writes"});
    reserved.push_back({kIsoUefiImage, "is the boot image that the builder writes"});
  }
  if (iso.grub_cfg) {
    reserved.push_back({"/boot/grub/grub.cfg", "stands in 'grub_cfg' already"});
  }
  return reserved;
}

/// What stands in 'uefi' and goes on the ISO too can't come from 'files'.
void check_files(const IsoRecipe& iso, const YamlNode& files) {
  const auto placed = [&](const std::string& path) {
    return std::any_of(iso.files.files.begin(), iso.files.files.end(),
                       [&](const PlacedFile& file) { return file.path == path; });
  };
  if (iso.uefi && iso.uefi->also_on_iso) {
    for (const PlacedFile& file : iso.uefi->files.files) {
      if (placed(file.path)) {
        throw files.error_at_key(
            file.path, fmt::format("{} stands in 'uefi' already", file.path),
            "the files of 'uefi' are on the ISO too, unless also_on_iso: false");
      }
    }
  }
  if (iso.bios && iso.files.trees.empty() && !placed(iso.bios->image)) {
    throw error_at(iso.bios->mark, fmt::format("{} is not among the 'files'", iso.bios->image),
                   "add it, for example {package: isolinux, file: /usr/lib/ISOLINUX/isolinux.bin}");
  }
  if (!iso.rock_ridge) {
    for (const PlacedFile& file : iso.files.files) {
      if (std::holds_alternative<SymbolicLink>(file.content)) {
        throw files.find(file.path).error(
            fmt::format("{} is a link, which needs Rock Ridge", file.path),
            "take rock_ridge: false out");
      }
    }
  }
}

}  // namespace

IsoRecipe read_iso_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 12> kKeys{
      "volume_id", "architecture", "iso_level", "rock_ridge", "joliet", "grub",
      "grub_cfg",  "bios",         "uefi",      "hybrid",     "files",  "trees"};
  constexpr int kHighestLevel = 3;
  node.check_keys(kKeys, "an iso recipe");
  IsoRecipe iso;
  const YamlNode volume_id = node.require("volume_id");
  iso.volume_id = volume_id.text();
  if (!is_volume_id(iso.volume_id)) {
    throw volume_id.error(
        fmt::format("'{}' is no volume identifier", escape_for_terminal(iso.volume_id)),
        "at most 32 letters, digits, blanks and _ . + -, with no blank at either end");
  }
  if (const YamlNode level = node.find("iso_level"); !level.is_absent()) {
    iso.iso_level = static_cast<int>(level.integer(1, kHighestLevel));
  }
  if (const YamlNode rock_ridge = node.find("rock_ridge"); !rock_ridge.is_absent()) {
    iso.rock_ridge = rock_ridge.boolean();
  }
  if (const YamlNode joliet = node.find("joliet"); !joliet.is_absent()) {
    iso.joliet = joliet.boolean();
  }
  const Architectures architectures(node.find("architecture"));
  read_grub(node.find("grub"), architectures, iso);
  if (const YamlNode grub_cfg = node.find("grub_cfg"); !grub_cfg.is_absent()) {
    if (iso.grub.empty()) {
      throw grub_cfg.error("'grub_cfg' without a platform in 'grub'",
                           fmt::format("add for example grub: [{}]", name_of(GrubPlatform{})));
    }
    iso.grub_cfg = grub_cfg.text_or_empty();
  }
  read_bios(node.find("bios"), architectures, iso);
  read_uefi(node.find("uefi"), architectures, iso);
  read_hybrid(node.find("hybrid"), iso);
  iso.files = read_file_set(node, reserved_paths(iso));
  check_files(iso, node.find("files"));
  return iso;
}

}  // namespace bootproof
