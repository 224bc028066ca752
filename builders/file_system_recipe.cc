#include "builders/file_system_recipe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "builders/partition_type.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::array<std::string_view, 6> kNames{"fat12", "fat16", "fat32", "ext2", "ext3", "ext4"};
constexpr std::uint64_t kMebibyte = 1U << 20U;
constexpr std::uint64_t kGibibyte = 1U << 30U;
constexpr std::uint32_t kSmallSector = 512;
constexpr std::uint64_t kMostClusterBytes = 32U << 10U;  // What every reader of FAT takes.

/// Counts of clusters (Microsoft FAT specification, 1.03, page 14).
struct ClusterCounts {
  std::uint64_t least;
  std::uint64_t most;
};

ClusterCounts clusters_of(FileSystemType type) {
  switch (type) {
    case FileSystemType::kFat12:
      return {1, 4084};
    case FileSystemType::kFat16:
      return {4085, 65524};
    default:
      return {65525, (1U << 28U) - 12};
  }
}

/// Sectors in front of the clusters, at most: reserved ones and the root directory with 512
/// entries, both aligned to clusters by mkfs.vfat, and two tables.
std::uint64_t sectors_before_clusters(FileSystemType type, std::uint64_t clusters,
                                      std::uint32_t sector_size) {
  constexpr std::uint64_t kReserved = 64;
  constexpr std::uint64_t kRootBytes = std::uint64_t{512} * 32;
  const std::uint64_t entry_bits = type == FileSystemType::kFat12   ? 12
                                   : type == FileSystemType::kFat16 ? 16
                                                                    : 32;
  const std::uint64_t table_bytes = ((clusters + 2) * entry_bits + 7) / 8;
  return kReserved + kRootBytes / kSmallSector + 2 * (table_bytes / sector_size + 8);
}

std::uint64_t rounded_up(std::uint64_t size) {
  return (size + kMebibyte - 1) / kMebibyte * kMebibyte;
}

void check_fat_label(const YamlNode& node, const std::string& label) {
  constexpr std::size_t kLongest = 11;
  if (label.size() > kLongest) {
    throw node.error(fmt::format("the label '{}' has {} characters, a FAT file system holds 11",
                                 escape_for_terminal(label), label.size()),
                     "shorten it");
  }
  const auto is_good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == ' ';
  };
  if (!std::all_of(label.begin(), label.end(), is_good) || label.front() == ' ' ||
      label.back() == ' ') {
    throw node.error(
        fmt::format("'{}' is no label of a FAT file system", escape_for_terminal(label)),
        "capital letters, digits, _ - and blanks inside");
  }
}

void check_ext_label(const YamlNode& node, const std::string& label) {
  constexpr std::size_t kLongest = 16;  // s_volume_name of the superblock.
  if (label.size() > kLongest) {
    throw node.error(fmt::format("the label '{}' has {} bytes, an ext file system holds 16",
                                 escape_for_terminal(label), label.size()),
                     "shorten it");
  }
  const auto is_good = [](unsigned char c) { return c > ' ' && c != 0x7f && c != '/'; };
  if (!std::all_of(label.begin(), label.end(), is_good)) {
    throw node.error(
        fmt::format("'{}' is no label of an ext file system", escape_for_terminal(label)),
        "no blanks, slashes and control characters");
  }
}

bool is_serial(std::string_view text) {
  constexpr std::size_t kLength = 9;
  constexpr std::size_t kDash = 4;
  if (text.size() != kLength || text[kDash] != '-') {
    return false;
  }
  const auto is_good = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F'); };
  return std::all_of(text.begin(), text.begin() + kDash, is_good) &&
         std::all_of(text.begin() + kDash + 1, text.end(), is_good);
}

}  // namespace

std::string_view name_of(FileSystemType type) { return kNames.at(static_cast<std::size_t>(type)); }

bool is_fat(FileSystemType type) { return type <= FileSystemType::kFat32; }

FileSystemRecipe read_file_system_recipe(const YamlNode& node,
                                         const std::vector<ReservedPath>& reserved) {
  constexpr std::array<std::string_view, 5> kKeys{"type", "label", "uuid", "files", "trees"};
  node.check_keys(kKeys, "a file system");
  FileSystemRecipe recipe;
  recipe.mark = node.mark();
  recipe.type =
      FileSystemType{static_cast<int>(node.require("type").one_of(kNames, "file system"))};
  if (const YamlNode label = node.find("label"); !label.is_absent()) {
    recipe.label = label.text();
    is_fat(recipe.type) ? check_fat_label(label, recipe.label)
                        : check_ext_label(label, recipe.label);
  }
  if (const YamlNode uuid = node.find("uuid"); !uuid.is_absent()) {
    recipe.uuid = uuid.text();
    if (is_fat(recipe.type) ? !is_serial(*recipe.uuid) : !is_guid(*recipe.uuid)) {
      throw uuid.error(
          fmt::format("'{}' is no {}", escape_for_terminal(*recipe.uuid),
                      is_fat(recipe.type) ? "serial number of a FAT file system" : "UUID"),
          is_fat(recipe.type) ? "write it as '1234-ABCD'"
                              : "write it as 01234567-89ab-cdef-0123-456789abcdef");
    }
  }
  recipe.files = read_file_set(node, reserved);
  return recipe;
}

FileSystemLimits limits_of(FileSystemType type, std::uint32_t sector_size) {
  switch (type) {
    case FileSystemType::kExt2:
      return {kMebibyte, 1024 * kGibibyte};
    case FileSystemType::kExt3:
    case FileSystemType::kExt4: {  // A journal of at least 1024 blocks.
      constexpr std::uint64_t kSmall = 4 * kMebibyte;
      constexpr std::uint64_t kLarge = 16 * kMebibyte;
      return {sector_size > kSmallSector ? kLarge : kSmall, 1024 * kGibibyte};
    }
    default:
      break;
  }
  const ClusterCounts counts = clusters_of(type);
  const std::uint64_t least =
      type == FileSystemType::kFat12
          ? kMebibyte
          : rounded_up((counts.least + sectors_before_clusters(type, counts.least, sector_size)) *
                       sector_size);
  // An MBR, and what firmware reads, end at 2 TiB.
  const std::uint64_t most = std::min(counts.most * kMostClusterBytes, 1024 * kGibibyte);
  return {least, most / kMebibyte * kMebibyte};
}

std::uint32_t fat_cluster_sectors(FileSystemType type, std::uint64_t size,
                                  std::uint32_t sector_size) {
  const ClusterCounts counts = clusters_of(type);
  const std::uint64_t sectors = size / sector_size;
  // FAT32 could have a cluster a sector up to 128 GiB, with tables as large as the smallest disk.
  constexpr std::uint64_t kSensible = 1U << 19U;
  const std::uint64_t most =
      type == FileSystemType::kFat32 ? std::min(counts.most, kSensible) : counts.most;
  std::uint32_t cluster = 1;
  while (sectors / cluster > most && std::uint64_t{cluster} * sector_size < kMostClusterBytes) {
    cluster *= 2;
  }
  return cluster;
}

}  // namespace bootproof
