#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "builders/file_system_recipe.h"
#include "builders/grub_platform.h"
#include "builders/partition_type.h"
#include "harness/core/words.h"

namespace bootproof {

/// How a disk is divided. kNone: one file system from its first sector on ("superfloppy").
enum class PartitionTable { kGpt, kMbr, kNone };

/// A partition. Partitions lie on the disk in the order of the recipe, each from a multiple of 1
/// MiB on.
struct PartitionRecipe {
  std::string name;        ///< By which the recipe speaks of it; the GPT's partition name.
  int number = 0;          ///< Place in the table, from 1.
  PartitionType type;      ///< Has what the table of this disk needs.
  std::uint64_t size = 0;  ///< Bytes, whole MiB. 0: what is left of the disk.
  /// Active flag of an MBR entry; "legacy BIOS bootable" attribute of a GPT's.
  bool is_active = false;
  std::optional<std::string> uuid;  ///< GPT unique partition GUID. Nothing: derived.
  /// A file system, raw bytes of a source, or nothing: zeros.
  std::variant<std::monostate, FileSystemRecipe, FileSource> content;
  SourceMark mark;
  SourceMark size_mark;
};

/// GRUB, installed by us: core images that look for `partition` by its file system's UUID and run
/// FOLDER/grub.cfg there.
struct GrubInstallation {
  std::vector<GrubPlatform> platforms;
  std::string partition;                ///< Name of the partition with `folder`.
  std::string folder = "/boot/grub";    ///< The prefix there.
  std::optional<std::string> grub_cfg;  ///< Text of FOLDER/grub.cfg. Nothing: no such file.
  /// Partition with /EFI/BOOT, for the UEFI platforms.
  std::string esp;
  SourceMark mark;
};

/// SYSLINUX, installed by its own installer into a FAT partition, and its boot code in the MBR.
struct SyslinuxInstallation {
  std::string partition;
  std::string folder;  ///< Where ldlinux.sys goes. Empty: the root.
  SourceMark mark;
};

/// What makes file systems. kFiles: tools that work on plain files; same recipe, same bytes.
/// kGuestfs: libguestfs, in a small virtual machine; same recipe, same content. kAuto: whatever is
/// fastest.
enum class DiskBackend { kAuto, kFiles, kGuestfs };

/// Form of the built file.
enum class DiskFormat { kRaw, kQcow2 };

/// A disk or stick image.
struct DiskRecipe {
  PartitionTable table = PartitionTable::kGpt;
  /// What it is for, where the recipe says so: what can't start there is refused.
  std::optional<Architecture> architecture;
  std::uint32_t sector_size = 512;  ///< Bytes: 512 or 4096.
  std::uint64_t size = 0;           ///< Bytes, whole MiB. 0: what the partitions need.
  SourceMark size_mark;
  std::vector<PartitionRecipe> partitions;  ///< In disk order; one where there is no table.
  std::optional<GrubInstallation> grub;
  std::optional<SyslinuxInstallation> syslinux;
  /// An image that is written to the start of the disk, as onto a stick. Its table is kept, the
  /// GPT's backup moved to the end, and `partitions` are added behind what it has.
  std::optional<FileSource> written;
  DiskBackend backend = DiskBackend::kAuto;
  SourceMark backend_mark;
  DiskFormat format = DiskFormat::kRaw;
  SourceMark mark;
};

/// The file system of a partition; null where it has none.
const FileSystemRecipe* file_system_of(const PartitionRecipe& partition);

/// True where libguestfs makes the disk's file systems.
bool uses_guestfs(const DiskRecipe& recipe);

/// The partition of that name; null where there is none.
const PartitionRecipe* find_partition(const DiskRecipe& recipe, std::string_view name);

/// Reads the map below `disk:`. Throws Error (kScenario), also for whatever check_disk() and
/// lay_out() refuse.
DiskRecipe read_disk_recipe(const YamlNode& node);

/// Refuses what would not boot, or what two parts of the recipe contradict each other in: GRUB for
/// BIOS without a place for it, UEFI platforms without an ESP, two active partitions, boot code
/// twice, a backend with nothing to do. Throws Error (kScenario) that points at the part.
void check_disk(const DiskRecipe& recipe);

}  // namespace bootproof
