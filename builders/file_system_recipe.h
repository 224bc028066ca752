#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builders/file_set.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {

/// File systems that a recipe can ask for.
enum class FileSystemType { kFat12, kFat16, kFat32, kExt2, kExt3, kExt4 };

/// "fat12" ... "ext4", as recipes write it.
std::string_view name_of(FileSystemType type);

/// FAT12, FAT16 or FAT32.
bool is_fat(FileSystemType type);

/// A file system and what is in it.
struct FileSystemRecipe {
  FileSystemType type = FileSystemType::kFat32;
  std::string label;  ///< At most 11 characters on FAT, 16 on ext. Empty: none.
  /// UUID of ext, serial number (`1234-ABCD`) of FAT. Nothing: derived from the build.
  std::optional<std::string> uuid;
  FileSet files;
  SourceMark mark;
};

/// Reads the map below `filesystem:`. Throws Error (kScenario) that points at the key, as
/// read_file_set() does, and for a label or UUID that the file system can't bear.
FileSystemRecipe read_file_system_recipe(const YamlNode& node,
                                         const std::vector<ReservedPath>& reserved);

/// The sizes in bytes that a file system may have on sectors of that size. For FAT the count of
/// clusters alone decides what it is (Microsoft FAT specification, 1.03, page 14), so a file system
/// outside of these would be read as another type.
struct FileSystemLimits {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
};
FileSystemLimits limits_of(FileSystemType type, std::uint32_t sector_size);

/// Sectors per cluster with which a FAT of `size` bytes has as many clusters as its type allows;
/// `size` is within limits_of().
std::uint32_t fat_cluster_sectors(FileSystemType type, std::uint64_t size,
                                  std::uint32_t sector_size);

}  // namespace bootproof
