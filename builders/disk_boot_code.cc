#include "builders/disk_boot_code.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "builders/partition_table.h"
#include "builders/tools.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

constexpr std::size_t kSector = 512;
constexpr std::uint64_t kMostCore = 16U << 20U;

/// Of boot.img: where the core image begins, and a jump over the repair of the drive number. Some
/// BIOSes pass 0 for the first hard disk.
constexpr std::size_t kKernelSector = 0x5c;
constexpr std::size_t kDriveCheck = 0x66;

/// Of diskboot.img: the first block list at its end, of first sector, count and segment.
constexpr std::size_t kBlockList = kSector - 12;
constexpr std::size_t kBlockCount = kSector - 4;

/// Where the core image goes: first byte, and bytes that are there.
PartitionPlace place_for_core(const DiskRecipe& recipe, const DiskLayout& layout) {
  if (recipe.table == PartitionTable::kGpt) {
    const std::string guid = partition_type("bios-boot")->guid;
    for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
      if (recipe.partitions[i].type.guid == guid) {
        return layout.partitions[i];
      }
    }
  }
  return {kSector, layout.partitions.empty() ? 0 : layout.partitions.front().start - kSector};
}

/// The installer leaves FAT32's second boot sector as mkfs.vfat wrote it; a boot sector and its
/// backup are to be the same (Microsoft FAT specification, 1.03, page 12).
void copy_boot_sector(const DiskFile& disk, std::uint64_t start) {
  constexpr std::size_t kTableSize16 = 22;  // 0 on FAT32.
  constexpr std::size_t kBackup = 50;
  const std::string sector = disk.read(start, kSector);
  const auto number = [&](std::size_t offset) -> unsigned {
    return static_cast<unsigned char>(sector[offset]) |
           static_cast<unsigned>(static_cast<unsigned char>(sector[offset + 1])) << 8U;
  };
  if (number(kTableSize16) == 0) {
    disk.write(start + std::uint64_t{number(kBackup)} * kSector, sector);
  }
}

}  // namespace

GrubStages grub_stages(std::string boot_img, std::string core, std::uint64_t core_lba) {
  const bool is_boot = boot_img.size() == kSector && boot_img.ends_with("\x55\xaa") &&
                       boot_img.compare(kDriveCheck, 2, "\xeb\x05") == 0;
  if (!is_boot || core.size() <= kSector) {
    throw Error(ErrorKind::kBuild, "boot.img and core image are not those of GRUB 2.06",
                "install the package grub-pc-bin of Debian 12");
  }
  boot_img.resize(kBootCodeSize);
  boot_img.replace(kKernelSector, 8, little_endian(core_lba, 8));
  boot_img.replace(kDriveCheck, 2, "\x90\x90");
  core.resize((core.size() + kSector - 1) / kSector * kSector, '\0');
  core.replace(kBlockList, 8, little_endian(core_lba + 1, 8));
  core.replace(kBlockCount, 2, little_endian(core.size() / kSector - 1, 2));
  return {std::move(boot_img), std::move(core)};
}

void install_grub_bios(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                       const std::filesystem::path& grub_folder,
                       const std::filesystem::path& core) {
  const PartitionPlace place = place_for_core(recipe, layout);
  const GrubStages stages =
      grub_stages(value_or_throw(read_file(grub_folder / "boot.img", kSector)),
                  value_or_throw(read_file(core, kMostCore)), place.start / kSector);
  if (stages.core.size() > place.size) {
    throw error_at(
        recipe.grub->mark,
        fmt::format("GRUB's core image has {} bytes, its place on the disk {}", stages.core.size(),
                    place.size),
        recipe.table == PartitionTable::kGpt
            ? "make the partition of type bios-boot larger"
            : "the place ends where the first partition begins: take 'table: gpt' with a "
              "partition of type bios-boot");
  }
  disk.write(place.start, stages.core);
  disk.write(0, stages.boot_code);
}

void install_syslinux(const DiskFile& disk, const DiskRecipe& recipe, const DiskLayout& layout,
                      const std::filesystem::path& boot_code, std::int64_t date) {
  const SyslinuxInstallation& syslinux = *recipe.syslinux;
  std::uint64_t start = 0;
  for (std::size_t i = 0; i < recipe.partitions.size(); ++i) {
    if (recipe.partitions[i].name == syslinux.partition) {
      start = layout.partitions[i].start;
    }
  }
  std::vector<std::string> arguments{"syslinux", "--install", "--offset", std::to_string(start)};
  if (!syslinux.folder.empty()) {
    arguments.insert(arguments.end(), {"--directory", syslinux.folder});
  }
  arguments.push_back(disk.path().string());
  run_tool(std::move(arguments), date);
  copy_boot_sector(disk, start);
  if (recipe.table != PartitionTable::kNone) {
    disk.write(0, value_or_throw(read_file(boot_code, kBootCodeSize)));
  }
}

}  // namespace bootproof
