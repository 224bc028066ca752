#include "builders/iso_boot_parts.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <future>
#include <utility>

#include "builders/fat_image.h"
#include "builders/grub_image.h"
#include "builders/grub_maker.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

InputFile grub_core(const GrubFolder& grub, const GrubOptions& options, const BuildParts& parts) {
  BuildKey key = parts.key();
  key.add("part", "GRUB core image");
  describe(options, key);
  key.add(grub);
  key.add_tool("grub-mkimage");
  return parts.part(key, ".core", [&](const fs::path& work_folder, const fs::path& file) {
    make_grub_image(grub, options, work_folder, file);
  });
}

/// GRUB's programs for UEFI, with the placeholder in them, where firmware looks for them.
ImageFiles grub_loaders(const IsoInput& input) {
  GrubOptions options;
  options.search = {GrubSearchKey::kUuid, std::string(kVolumeIdPlaceholder)};
  std::vector<std::future<ImageFile>> loaders;
  for (const GrubFolder& grub : input.grub) {
    if (grub.platform != GrubPlatform::kI386Pc) {
      loaders.push_back(std::async(std::launch::async, [&grub, &options, &input] {
        return ImageFile{fmt::format("/EFI/BOOT/{}", removable_media_name(grub.platform)),
                         grub_core(grub, options, input.parts)};
      }));
    }
  }
  ImageFiles files;
  for (std::future<ImageFile>& loader : loaders) {
    files.files.push_back(loader.get());
  }
  return files;
}

/// The FAT file system with `files`, of which `described` says the same before they are unpacked.
/// Its serial number derives from what is in it.
fs::path fat_part(const ImageFiles& described, const std::vector<ImageFile>& files,
                  FatOptions options, const BuildParts& parts) {
  BuildKey key = parts.key();
  key.add("part", "FAT file system");
  key.add("label", options.label);
  key.add("date", std::to_string(options.date));
  key.add(described);
  add_fat_image_tools(key);
  constexpr std::size_t kSerialDigits = 8;
  options.serial = key.identity().substr(0, kSerialDigits);
  const auto make = [&](const fs::path& work_folder, const fs::path& file) {
    make_fat_image(files, options, work_folder, file);
  };
  return parts.part(key, ".fat", make).path;
}

void add_uefi_parts(const IsoInput& input, const std::string& filesystem_id,
                    const BuildPlace& place, IsoBootParts& made) {
  const IsoRecipe& recipe = input.recipe;
  FatOptions options;
  options.date = place.date;
  if (recipe.uefi) {
    options.label = recipe.uefi->label;
    options.mark = recipe.uefi->mark;
    made.uefi_files = all_files(input.uefi_files, place.work_folder / "uefi");
    if (made.uefi_files.empty()) {
      throw error_at(recipe.uefi->mark, "the trees of 'uefi' hold nothing",
                     "UEFI looks for a loader such as /EFI/BOOT/BOOTX64.EFI");
    }
    made.uefi_image = fat_part(input.uefi_files, made.uefi_files, options, input.parts);
    return;
  }
  const ImageFiles loaders = grub_loaders(input);
  made.uefi_files = all_files(loaders, place.work_folder);
  const fs::path common = fat_part(loaders, made.uefi_files, options, input.parts);
  constexpr std::uint64_t kLargest = 256U << 20U;
  made.uefi_image = place.work_folder / "efi.img";
  replace_file(*made.uefi_image, with_volume_id(value_or_throw(read_file(common, kLargest)),
                                                filesystem_id, loaders.files.size()));
}

}  // namespace

bool boots_bios_by_grub(const IsoRecipe& recipe) {
  return !recipe.grub.empty() && recipe.grub.front() == GrubPlatform::kI386Pc;
}

bool boots_uefi_by_grub(const IsoRecipe& recipe) {
  return !recipe.grub.empty() && recipe.grub.back() != GrubPlatform::kI386Pc;
}

std::string with_volume_id(std::string bytes, std::string_view filesystem_id, std::size_t count) {
  std::size_t found = 0;
  for (std::size_t at = 0; (at = bytes.find(kVolumeIdPlaceholder, at)) != std::string::npos;
       at += filesystem_id.size()) {
    bytes.replace(at, kVolumeIdPlaceholder.size(), filesystem_id);
    ++found;
  }
  if (found != count || filesystem_id.size() != kVolumeIdPlaceholder.size()) {
    throw Error(ErrorKind::kBuild,
                fmt::format("GRUB's images have a place for the volume's identifier {} times, "
                            "expected {}",
                            found, count),
                "this grub-mkimage packs its configuration: take Debian 12's");
  }
  return bytes;
}

IsoBootParts iso_boot_parts(const IsoInput& input, const std::string& filesystem_id,
                            const BuildPlace& place) {
  IsoBootParts made;
  std::future<InputFile> bios;
  if (boots_bios_by_grub(input.recipe)) {
    bios = std::async(std::launch::async,
                      [&input] { return grub_core(input.grub.front(), {}, input.parts); });
  }
  if (input.recipe.uefi || boots_uefi_by_grub(input.recipe)) {
    add_uefi_parts(input, filesystem_id, place, made);
  }
  if (bios.valid()) {
    made.bios_core = bios.get().path;
  }
  return made;
}

}  // namespace bootproof
