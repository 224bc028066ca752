#include "builders/iso_maker.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "builders/fat_image.h"
#include "builders/iso_boot_parts.h"
#include "builders/iso_files.h"
#include "builders/tools.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// A GUID (RFC 4122, version 4 form) out of the first 128 bits of a digest.
std::string guid_of(const std::string& identity) {
  std::string digits = identity.substr(0, 32);
  digits[12] = '4';
  digits[16] = '8';
  return fmt::format("{}-{}-{}-{}-{}", digits.substr(0, 8), digits.substr(8, 4),
                     digits.substr(12, 4), digits.substr(16, 4), digits.substr(20, 12));
}

/// True where the FAT file system for UEFI is a partition behind the ISO 9660 file system.
bool has_uefi_partition(const IsoRecipe& recipe) {
  return boots_uefi_by_grub(recipe) || (recipe.hybrid && recipe.hybrid->uefi_partition);
}

/// The files of the ISO 9660 file system: those of the recipe, and those for UEFI where they are to
/// stand there too.
std::map<std::string, ImageFile> iso_files(const IsoInput& input,
                                           const std::vector<ImageFile>& for_uefi,
                                           const fs::path& work_folder) {
  std::map<std::string, ImageFile> files;
  for (ImageFile& file : all_files(input.files, work_folder / "iso")) {
    std::string path = file.path;
    files.emplace(std::move(path), std::move(file));
  }
  if (!input.recipe.uefi || !input.recipe.uefi->also_on_iso) {
    return files;
  }
  for (const ImageFile& file : for_uefi) {
    const auto [found, is_new] = files.emplace(file.path, file);
    if (!is_new && !(S_ISDIR(file.mode) && S_ISDIR(found->second.mode))) {
      throw error_at(
          input.recipe.uefi->mark,
          fmt::format("{} is among the files of the ISO already", escape_for_terminal(file.path)),
          "the files of 'uefi' are on the ISO too, unless also_on_iso: false");
    }
  }
  return files;
}

/// An Error at the mark, or without a place where there is none (a file of 'uefi').
Error refusal_at(const SourceMark& mark, const std::string& message, const std::string& hint) {
  return mark.line == 0 ? Error(ErrorKind::kScenario, message, hint)
                        : error_at(mark, message, hint);
}

/// Sees to the folders above a file that the builder writes, which xorriso does not make. Throws
/// Error where a tree has something in its place.
void make_room(std::string_view path, const FileSet& recipe,
               std::map<std::string, ImageFile>& files) {
  const auto refuse = [&](std::string_view there) {
    const std::string message =
        fmt::format("{} is in the place of {}, which the builder writes", there, path);
    return refusal_at(mark_of(recipe, there, {}), message, "take it out");
  };
  if (files.contains(std::string(path))) {
    throw refuse(path);
  }
  for (std::size_t end = path.find('/', 1); end != std::string_view::npos;
       end = path.find('/', end + 1)) {
    constexpr unsigned kFolderMode = 0755;
    const std::string above(path.substr(0, end));
    const ImageFile folder{above, std::string(), S_IFDIR | kFolderMode};
    if (!S_ISDIR(files.emplace(above, folder).first->second.mode)) {
      throw refuse(above);
    }
  }
}

/// Throws Error where the image for BIOS can't hold a boot info table, or is no file.
void check_bios_image(const IsoBiosBoot& bios, const std::map<std::string, ImageFile>& files) {
  constexpr std::uintmax_t kLeast = 64;  // The boot info table is at 8 to 63.
  const auto found = files.find(bios.image);
  if (found == files.end() || !S_ISREG(found->second.mode)) {
    throw error_at(bios.mark, fmt::format("{} is not among the files of the medium", bios.image),
                   "add it, for example {package: isolinux, file: /usr/lib/ISOLINUX/isolinux.bin}");
  }
  const auto* source = std::get_if<InputFile>(&found->second.content);
  const std::uintmax_t size = source != nullptr
                                  ? fs::file_size(source->path)
                                  : std::get<std::string>(found->second.content).size();
  if (size < kLeast) {
    throw error_at(bios.mark,
                   fmt::format("{} has {} bytes, too few for a boot info table", bios.image, size),
                   "a boot image such as isolinux.bin is expected");
  }
}

/// The words of xorriso's command, gathered.
class Command {
 public:
  void add(std::vector<std::string> more) {
    words_.insert(words_.end(), std::make_move_iterator(more.begin()),
                  std::make_move_iterator(more.end()));
  }
  [[nodiscard]] std::vector<std::string> take() && { return std::move(words_); }

 private:
  std::vector<std::string> words_;
};

/// Adds the entry for BIOS and its boot code in the MBR.
void add_bios_boot(const IsoInput& input, std::string_view catalog, Command& command) {
  const IsoRecipe& recipe = input.recipe;
  const std::string image(recipe.bios ? recipe.bios->image : kIsoGrubImage);
  command.add({"-b", image, "-c", std::string(catalog), "-no-emul-boot", "-boot-load-size", "4",
               "-boot-info-table"});
  if (!recipe.bios) {
    command.add({"--grub2-boot-info", "--grub2-mbr", input.grub.front().folder / "boot_hybrid.img",
                 "--mbr-force-bootable"});
  } else if (input.mbr) {
    command.add({"-isohybrid-mbr", input.mbr->path, "--mbr-force-bootable"});
  }
}

/// True where the image for UEFI is a partition behind the ISO 9660 volume. The catalog counts 512
/// byte sectors in 16 bits (El Torito 1.0, figure 3): of a larger image it can't tell the size, EDK
/// II takes what is left of the volume then, and that is nothing behind its end.
bool is_behind_volume(const IsoRecipe& recipe, const fs::path& image) {
  constexpr std::uintmax_t kMost = std::uintmax_t{0xFFFF} * 512;
  return has_uefi_partition(recipe) && fs::file_size(image) <= kMost;
}

/// Adds the entry for UEFI, and its partition where there is one.
void add_uefi_boot(const IsoInput& input, const fs::path& image, IsoFiles& lists,
                   Command& command) {
  const IsoRecipe& recipe = input.recipe;
  if (is_behind_volume(recipe, image)) {
    command.add({"-append_partition", "2", "0xef", image, "-appended_part_as_gpt", "-e",
                 "--interval:appended_partition_2:all::", "-no-emul-boot"});
    return;
  }
  lists.add(kIsoUefiImage, image);
  command.add({"-e", std::string(kIsoUefiImage), "-no-emul-boot"});
  if (has_uefi_partition(recipe) && input.mbr) {
    command.add({"-isohybrid-gpt-basdat"});  // xorriso can't join the other one with isohybrid.
  } else if (has_uefi_partition(recipe)) {
    command.add({"-efi-boot-part", "--efi-boot-image"});
  }
}

}  // namespace

VolumeTime volume_time(const std::string& identity) {
  std::uint64_t number = 0;
  constexpr std::size_t kDigits = 15;
  constexpr int kHexadecimal = 16;
  std::from_chars(identity.data(), identity.data() + kDigits, number, kHexadecimal);
  const auto take = [&](std::uint64_t count) {
    const std::uint64_t part = number % count;
    number /= count;
    return part;
  };
  const std::uint64_t hundredths = take(100);
  const std::uint64_t seconds = take(60);
  const std::uint64_t minutes = take(60);
  const std::uint64_t hours = take(24);
  const std::uint64_t day = 1 + take(28);
  const std::uint64_t month = 1 + take(12);
  const auto format = [&](std::string_view pattern) {
    return fmt::format(fmt::runtime(pattern), month, day, hours, minutes, seconds, hundredths);
  };
  return {format("2024{:02}{:02}{:02}{:02}{:02}{:02}"),
          format("2024-{:02}-{:02}-{:02}-{:02}-{:02}-{:02}")};
}

IsoInput find_inputs(const IsoRecipe& recipe, const InputFinder& finder) {
  IsoInput input{recipe, finder.files(recipe.files), {}, {}, {}, finder.parts()};
  if (recipe.grub_cfg) {
    input.files.files.push_back({"/boot/grub/grub.cfg", *recipe.grub_cfg});
    const auto by_path = [](const ImageFile& a, const ImageFile& b) { return a.path < b.path; };
    std::sort(input.files.files.begin(), input.files.files.end(), by_path);
  }
  for (const GrubPlatform platform : recipe.grub) {
    input.grub.push_back(finder.grub(platform));
  }
  if (recipe.uefi) {
    input.uefi_files = finder.files(recipe.uefi->files);
  }
  if (recipe.hybrid && recipe.hybrid->mbr) {
    constexpr std::uintmax_t kMost = 440;  // Disk signature and partition table follow.
    input.mbr = finder.file(*recipe.hybrid->mbr);
    if (const std::uintmax_t size = fs::file_size(input.mbr->path); size > kMost) {
      throw error_at(recipe.hybrid->mbr->mark,
                     fmt::format("{} has {} bytes, boot code in the MBR at most {}",
                                 input.mbr->path.string(), size, kMost),
                     "take for example {package: isolinux, file: /usr/lib/ISOLINUX/isohdpfx.bin}");
    }
  }
  return input;
}

void describe(const IsoInput& input, BuildKey& key) {
  const IsoRecipe& recipe = input.recipe;
  key.add("iso", recipe.volume_id);
  key.add("form", fmt::format("{} {} {}", recipe.iso_level, recipe.rock_ridge, recipe.joliet));
  for (const GrubFolder& grub : input.grub) {
    key.add(grub);
  }
  key.add("bios", recipe.bios ? recipe.bios->image : "");
  if (input.mbr) {
    key.add("mbr", *input.mbr);
  }
  key.add(input.files);
  if (recipe.uefi) {
    key.add("uefi", fmt::format("{} {} {}", recipe.uefi->label, recipe.uefi->also_on_iso,
                                has_uefi_partition(recipe)));
    key.add(input.uefi_files);
  }
  key.add_tool("xorriso");
  if (!input.grub.empty()) {
    key.add_tool("grub-mkimage");
  }
  if (recipe.uefi || boots_uefi_by_grub(recipe)) {
    add_fat_image_tools(key);
  }
}

std::string_view suffix_of(const IsoRecipe& /*recipe*/) { return ".iso"; }

void make(const IsoInput& input, const BuildPlace& place) {
  const IsoRecipe& recipe = input.recipe;
  const VolumeTime time = volume_time(place.identity);
  const IsoBootParts parts = iso_boot_parts(input, time.filesystem_id, place);
  std::map<std::string, ImageFile> files = iso_files(input, parts.uefi_files, place.work_folder);
  const bool boots_bios = recipe.bios || boots_bios_by_grub(recipe);
  const std::string_view catalog = recipe.grub.empty() ? kIsoBootCatalog : kIsoGrubCatalog;
  if (recipe.bios) {
    check_bios_image(*recipe.bios, files);
  }
  if (boots_bios || parts.uefi_image) {
    make_room(catalog, recipe.files, files);
  }
  if (parts.bios_core) {
    make_room(kIsoGrubImage, recipe.files, files);
  }
  if (parts.uefi_image && !is_behind_volume(recipe, *parts.uefi_image)) {
    make_room(kIsoUefiImage, recipe.files, files);
  }
  IsoFiles lists(place.work_folder);
  for (const auto& [path, file] : files) {
    if (S_ISLNK(file.mode) && !recipe.rock_ridge) {
      throw refusal_at(
          mark_of(recipe.files, path, {}),
          fmt::format("{} is a link, which needs Rock Ridge", escape_for_terminal(path)),
          "take rock_ridge: false out");
    }
    lists.add(file);
  }
  Command command;
  // xorriso looks whether it is done at the end of each interval of its progress messages, which it
  // does not print here: one of a second has many a build wait for the rest of that second.
  command.add({"xorriso", "-no_rc", "-pacifier", "interval=0.1", "-as", "mkisofs", "-quiet", "-o",
               place.image, "-iso-level", std::to_string(recipe.iso_level), "-V", recipe.volume_id,
               "--modification-date=" + time.digits, "--set_all_file_dates",
               date_digits(place.date) + "00"});
  command.add({recipe.rock_ridge ? "-R" : "--norock"});
  if (recipe.joliet) {
    command.add({"-J", "-joliet-long"});
  }
  if (has_uefi_partition(recipe) || input.mbr || boots_bios_by_grub(recipe)) {
    command.add({"--gpt_disk_guid", guid_of(place.identity)});
  }
  if (!recipe.grub.empty() && !recipe.bios) {
    command.add({"-partition_offset", "16"});  // So that the stick's partition can be mounted too.
  }
  if (boots_bios) {
    if (parts.bios_core) {
      lists.add(kIsoGrubImage, *parts.bios_core);
    }
    add_bios_boot(input, catalog, command);
  }
  if (parts.uefi_image) {
    command.add(boots_bios ? std::vector<std::string>{"-eltorito-alt-boot"}
                           : std::vector<std::string>{"-c", std::string(catalog)});
    add_uefi_boot(input, *parts.uefi_image, lists, command);
  }
  IsoFiles::Arguments arguments = lists.arguments();
  command.add(std::move(arguments.emulation));
  command.add({"--"});
  command.add(std::move(arguments.after));
  run_tool(std::move(command).take(), place.date);
}

}  // namespace bootproof
