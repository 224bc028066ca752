#include "builders/grub_image.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>
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
  std::string_view format;  ///< grub-mkimage -O.
  std::string_view package;
  std::string_view architecture;
  std::string_view efi_name;  ///< UEFI 2.10, table 3.2.
};

constexpr std::array<PlatformRow, 3> kPlatformRows{{
    {GrubPlatform::kI386Pc, "i386-pc-eltorito", "grub-pc-bin", "amd64", ""},
    {GrubPlatform::kX86_64Efi, "x86_64-efi", "grub-efi-amd64-bin", "amd64", "BOOTX64.EFI"},
    {GrubPlatform::kArm64Efi, "arm64-efi", "grub-efi-arm64-bin", "arm64", "BOOTAA64.EFI"},
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

void run_mkimage(const GrubFolder& grub, std::string_view format, const std::string& filesystem_id,
                 const std::string& folder, std::vector<std::string> modules,
                 const fs::path& work_folder, const fs::path& image) {
  const fs::path early = work_folder / "early.cfg";
  write_file_atomically(
      early, fmt::format("search.fs_uuid {} root\nset prefix=($root){}\n", filesystem_id, folder));
  std::vector<std::string> arguments{
      "grub-mkimage", "-O",  std::string(format), "-d", grub.folder, "-o", image, "-c", early,
      "-p",           folder};
  arguments.insert(arguments.end(), std::make_move_iterator(modules.begin()),
                   std::make_move_iterator(modules.end()));
  run_tool(std::move(arguments));
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

void make_grub_image(const GrubFolder& grub, const std::string& filesystem_id,
                     const fs::path& work_folder, const fs::path& image) {
  run_mkimage(grub, row_of(grub.platform).format, filesystem_id, "/boot/grub",
              grub_modules(grub.platform), work_folder, image);
}

void make_grub_disk_image(const GrubFolder& grub, const std::string& filesystem_id,
                          const std::string& folder, const fs::path& work_folder,
                          const fs::path& image) {
  std::vector<std::string> modules = grub_modules(grub.platform);
  modules.emplace_back("ext2");
  run_mkimage(grub, name_of(grub.platform), filesystem_id, folder, std::move(modules), work_folder,
              image);
}

void make_efi_partition(const std::vector<std::pair<GrubPlatform, fs::path>>& images,
                        const std::string& volume_serial, const fs::path& image) {
  constexpr std::uint64_t kKibibyte = 1024;
  constexpr std::uint64_t kTrack = 32 * kKibibyte;     // mkfs.vfat wants whole tracks.
  constexpr std::uint64_t kOverhead = 64 * kKibibyte;  // Tables, folders and unfinished clusters.
  std::uint64_t size = kOverhead;
  for (const auto& [platform, file] : images) {
    size += platform == GrubPlatform::kI386Pc ? 0 : fs::file_size(file);
  }
  size = (size + kTrack - 1) / kTrack * kTrack;
  run_tool({"mkfs.vfat", "--invariant", "-i", volume_serial, "-n", "ESP", "-C", image,
            std::to_string(size / kKibibyte)});
  run_tool({"mmd", "-i", image, "::/EFI", "::/EFI/BOOT"});
  for (const auto& [platform, file] : images) {
    if (platform != GrubPlatform::kI386Pc) {
      run_tool(
          {"mcopy", "-i", image, file, fmt::format("::/EFI/BOOT/{}", row_of(platform).efi_name)});
    }
  }
}

}  // namespace bootproof
