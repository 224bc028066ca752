#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "builders/disk_recipe.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::uint32_t kBiosSector = 512;

bool is_for(GrubPlatform platform, Architecture architecture) {
  return (platform == GrubPlatform::kArm64Efi) == (architecture == Architecture::kAarch64);
}

bool has_type(const PartitionRecipe& partition, std::string_view word) {
  const std::optional<PartitionType> type = partition_type(word);
  return partition.type.guid == type->guid && partition.type.byte == type->byte;
}

/// The partition that `what` names. Throws Error where there is none, or where it has no file
/// system.
const PartitionRecipe& named(const DiskRecipe& recipe, const std::string& name,
                             const SourceMark& mark, std::string_view what) {
  const PartitionRecipe* const partition = find_partition(recipe, name);
  if (partition == nullptr) {
    std::vector<std::string> names;
    for (const PartitionRecipe& each : recipe.partitions) {
      names.push_back(each.name);
    }
    throw error_at(mark,
                   fmt::format("{} names the partition '{}', which the disk does not have", what,
                               escape_for_terminal(name)),
                   fmt::format("partitions: {}", fmt::join(names, ", ")));
  }
  if (file_system_of(*partition) == nullptr) {
    throw error_at(
        mark, fmt::format("{} names the partition '{}', which has no 'filesystem'", what, name));
  }
  return *partition;
}

void check_bios_grub(const DiskRecipe& recipe, const GrubInstallation& grub) {
  if (recipe.sector_size != kBiosSector) {
    throw error_at(grub.mark,
                   "GRUB for BIOS on sectors of 4096 bytes: a BIOS reads sectors of 512 bytes",
                   "take i386-pc out of 'platforms', or 'sector_size' out of the disk");
  }
  if (recipe.table == PartitionTable::kNone) {
    throw error_at(grub.mark, "GRUB for BIOS has no place on a disk without a partition table",
                   "take 'table: mbr', or SYSLINUX");
  }
  const bool has_place =
      std::any_of(recipe.partitions.begin(), recipe.partitions.end(),
                  [](const PartitionRecipe& each) { return has_type(each, "bios-boot"); });
  if (recipe.table == PartitionTable::kGpt && !has_place) {
    throw error_at(grub.mark, "GRUB for BIOS on a GPT needs a partition of type 'bios-boot'",
                   "add {name: bios, type: bios-boot, size: 1M}");
  }
}

void check_efi_grub(const DiskRecipe& recipe, const GrubInstallation& grub) {
  if (grub.esp.empty()) {
    throw error_at(grub.mark, "GRUB for UEFI needs an EFI system partition",
                   "add {name: esp, type: esp, size: 64M, filesystem: {type: fat32}}");
  }
  const PartitionRecipe& esp = named(recipe, grub.esp, grub.mark, "'esp'");
  if (!is_fat(file_system_of(esp)->type)) {  // UEFI 2.10, 13.3.1.
    throw error_at(esp.mark,
                   fmt::format("'{}' is to be the EFI system partition and has {}: UEFI reads FAT",
                               esp.name, name_of(file_system_of(esp)->type)));
  }
}

void check_grub(const DiskRecipe& recipe, const GrubInstallation& grub) {
  if (grub.platforms.empty()) {
    throw error_at(grub.mark, "'grub' without a platform",
                   fmt::format("add for example platforms: [{}]", name_of(GrubPlatform{})));
  }
  for (const GrubPlatform platform : grub.platforms) {
    if (recipe.architecture && !is_for(platform, *recipe.architecture)) {
      throw error_at(grub.mark,
                     fmt::format("GRUB for {} on a disk for {}{}", name_of(platform),
                                 name_of(*recipe.architecture),
                                 platform == GrubPlatform::kI386Pc ? ", which has no BIOS" : ""));
    }
  }
  named(recipe, grub.partition, grub.mark, "'partition'");
  const bool has_bios = grub.platforms.front() == GrubPlatform::kI386Pc;
  if (has_bios) {
    check_bios_grub(recipe, grub);
  }
  if (grub.platforms.size() > (has_bios ? 1U : 0U)) {
    check_efi_grub(recipe, grub);
  }
}

void check_syslinux(const DiskRecipe& recipe, const SyslinuxInstallation& syslinux) {
  const PartitionRecipe& partition =
      named(recipe, syslinux.partition, syslinux.mark, "'partition'");
  if (!is_fat(file_system_of(partition)->type)) {
    throw error_at(syslinux.mark,
                   fmt::format("SYSLINUX lives on FAT, and '{}' has {}", partition.name,
                               name_of(file_system_of(partition)->type)));
  }
  if (recipe.sector_size != kBiosSector) {
    throw error_at(syslinux.mark,
                   "SYSLINUX on sectors of 4096 bytes: a BIOS reads sectors of 512 bytes",
                   "take 'sector_size' out of the disk");
  }
  if (recipe.architecture == Architecture::kAarch64) {
    throw error_at(syslinux.mark, "SYSLINUX on a disk for aarch64, which has no BIOS");
  }
  if (recipe.table != PartitionTable::kNone && !partition.is_active) {
    throw error_at(syslinux.mark,
                   fmt::format("SYSLINUX's boot code starts the active partition, and '{}' is not",
                               partition.name),
                   "add 'active: true' to it");
  }
  if (recipe.grub && recipe.grub->platforms.front() == GrubPlatform::kI386Pc) {
    throw error_at(syslinux.mark, "GRUB for BIOS and SYSLINUX both want the boot code of the disk",
                   "take i386-pc out of 'platforms', or 'syslinux' out");
  }
}

}  // namespace

void check_disk(const DiskRecipe& recipe) {
  const PartitionRecipe* active = nullptr;
  for (const PartitionRecipe& partition : recipe.partitions) {
    if (partition.is_active && active != nullptr) {
      throw error_at(
          partition.mark,
          fmt::format("two active partitions, '{}' and '{}'", active->name, partition.name),
          "a BIOS starts one of them: take the other 'active' out");
    }
    active = partition.is_active ? &partition : active;
  }
  if (recipe.grub) {
    check_grub(recipe, *recipe.grub);
  }
  if (recipe.syslinux) {
    check_syslinux(recipe, *recipe.syslinux);
  }
  const auto has_file_system = [](const PartitionRecipe& partition) {
    return file_system_of(partition) != nullptr;
  };
  if (uses_guestfs(recipe) &&
      std::none_of(recipe.partitions.begin(), recipe.partitions.end(), has_file_system)) {
    throw error_at(recipe.backend_mark,
                   "'backend: guestfs' makes file systems, and no partition of the disk has one",
                   "take 'backend' out");
  }
}

}  // namespace bootproof
