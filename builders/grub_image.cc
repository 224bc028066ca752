#include "builders/grub_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <system_error>
#include <utility>

#include "builders/packages.h"
#include "builders/tools.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct PlatformRow {
  GrubPlatform platform;
  std::string_view package;
  std::string_view architecture;
};

constexpr std::array<PlatformRow, 3> kPlatformRows{{
    {GrubPlatform::kI386Pc, "grub-pc-bin", "amd64"},
    {GrubPlatform::kX86_64Efi, "grub-efi-amd64-bin", "amd64"},
    {GrubPlatform::kArm64Efi, "grub-efi-arm64-bin", "arm64"},
}};

constexpr std::array<std::string_view, 32> kCommonModules{
    "all_video",      "boot",         "cat",     "chain",
    "configfile",     "echo",         "fat",     "gzio",
    "halt",           "help",         "iso9660", "linux",
    "loopback",       "ls",           "minicmd", "normal",
    "part_gpt",       "part_msdos",   "probe",   "read",
    "reboot",         "regexp",       "search",  "search_fs_file",
    "search_fs_uuid", "search_label", "serial",  "sleep",
    "terminal",       "terminfo",     "test",    "true"};

const PlatformRow& row_of(GrubPlatform platform) {
  return *std::find_if(kPlatformRows.begin(), kPlatformRows.end(),
                       [&](const PlatformRow& row) { return row.platform == platform; });
}

/// The command of the search modules that are in every core image; empty where nothing is sought.
std::string_view search_command(GrubSearchKey key) {
  switch (key) {
    case GrubSearchKey::kUuid:
      return "search.fs_uuid";
    case GrubSearchKey::kLabel:
      return "search.fs_label";
    case GrubSearchKey::kFile:
      return "search.file";
    case GrubSearchKey::kLoadedFrom:
      break;
  }
  return {};
}

/// What grub-mkimage calls the form of the image.
std::string format_of(GrubPlatform platform, GrubStart start) {
  const bool is_eltorito = platform == GrubPlatform::kI386Pc && start == GrubStart::kElTorito;
  return fmt::format("{}{}", name_of(platform), is_eltorito ? "-eltorito" : "");
}

}  // namespace

PackageFile grub_package(GrubPlatform platform) {
  const PlatformRow& row = row_of(platform);
  return {std::string(row.package), std::string(row.architecture),
          fmt::format("/usr/lib/grub/{}/moddep.lst", name_of(platform))};
}

fs::path find_grub_folder(GrubPlatform platform, const fs::path& cache) {
  const PackageFile package = grub_package(platform);
  std::error_code code;
  if (fs::is_regular_file(package.file, code)) {
    return fs::path(package.file).parent_path();
  }
  const std::optional<fs::path> fetched = find_package_file(cache, package);
  if (!fetched) {
    throw missing_package(package);
  }
  return fetched->parent_path();
}

std::vector<std::string> grub_modules(GrubPlatform platform) {
  std::vector<std::string> modules(kCommonModules.begin(), kCommonModules.end());
  if (platform == GrubPlatform::kI386Pc) {
    modules.insert(modules.end(), {"biosdisk", "linux16", "multiboot", "multiboot2"});
  } else {
    modules.insert(modules.end(), {"efi_gop", "efifwsetup"});
  }
  std::sort(modules.begin(), modules.end());
  return modules;
}

bool is_grub_word(std::string_view text) {
  constexpr std::size_t kLongest = 255;
  const auto allowed = [](char c) {
    return c != '\'' && c != '"' && c != '\\' && (c < 0 || c >= ' ') && c != '\x7f';
  };
  return !text.empty() && text.size() <= kLongest && std::all_of(text.begin(), text.end(), allowed);
}

void make_grub_image(const GrubFolder& grub, const GrubOptions& options,
                     const fs::path& work_folder, const fs::path& image) {
  const std::string_view search = search_command(options.search.key);
  std::string early;
  if (!search.empty()) {
    early = fmt::format("{} '{}' root\nset prefix=($root)'{}'\n", search, options.search.value,
                        options.folder);
  }
  early += options.config;
  std::vector<std::string> arguments{
      "grub-mkimage", "-O",        format_of(grub.platform, options.start),
      "-d",           grub.folder, "-o",
      image,          "-p",        options.folder};
  if (!early.empty()) {
    const fs::path file = work_folder / fmt::format("early-{}.cfg", name_of(grub.platform));
    replace_file(file, early);
    arguments.insert(arguments.end(), {"-c", file});
  }
  if (!options.sbat.empty()) {
    const fs::path file = work_folder / fmt::format("sbat-{}.csv", name_of(grub.platform));
    replace_file(file, options.sbat);
    arguments.insert(arguments.end(), {"-s", file});
  }
  std::vector<std::string> modules = grub_modules(grub.platform);
  modules.insert(modules.end(), options.modules.begin(), options.modules.end());
  std::sort(modules.begin(), modules.end());
  modules.erase(std::unique(modules.begin(), modules.end()), modules.end());
  arguments.insert(arguments.end(), std::make_move_iterator(modules.begin()),
                   std::make_move_iterator(modules.end()));
  run_tool(std::move(arguments));
}

}  // namespace bootproof
