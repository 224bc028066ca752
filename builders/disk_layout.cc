#include "builders/disk_layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace bootproof {
namespace {

constexpr std::uint64_t kAlignment = 1U << 20U;

std::uint64_t aligned_up(std::uint64_t size) {
  return (size + kAlignment - 1) / kAlignment * kAlignment;
}

void check_file_system(const PartitionRecipe& partition, std::uint64_t size,
                       std::uint32_t sector_size) {
  const FileSystemRecipe* const file_system = file_system_of(partition);
  if (file_system == nullptr) {
    return;
  }
  const FileSystemLimits limits = limits_of(file_system->type, sector_size);
  if (size < limits.least) {
    throw error_at(partition.size_mark,
                   fmt::format("'{}' has {}, and {}{} begins at {}", partition.name,
                               shown_size(size), name_of(file_system->type),
                               sector_size == 512 ? "" : " on sectors of 4096 bytes",
                               shown_size(limits.least)),
                   fmt::format("write 'size: {}M' or more{}", limits.least / kAlignment,
                               is_fat(file_system->type) ? ", or another FAT type" : ""));
  }
  if (size > limits.most) {
    throw error_at(partition.size_mark,
                   fmt::format("'{}' has {}, and {} ends at {}", partition.name, shown_size(size),
                               name_of(file_system->type), shown_size(limits.most)));
  }
}

/// The sizes of the partitions, with the one that takes what is left.
std::vector<std::uint64_t> sizes_of(const DiskRecipe& recipe, std::uint64_t begin,
                                    std::uint64_t end) {
  std::uint64_t sum = 0;
  const PartitionRecipe* open = nullptr;
  for (const PartitionRecipe& partition : recipe.partitions) {
    if (partition.size != 0) {
      sum += partition.size;
      continue;
    }
    if (recipe.size == 0) {
      throw error_at(partition.size_mark,
                     fmt::format("'{}' has no size, and the disk has none either", partition.name),
                     "add 'size' to one of them");
    }
    if (open != nullptr) {
      throw error_at(partition.size_mark,
                     fmt::format("'{}' and '{}' both have no size: only one can take what is left",
                                 open->name, partition.name));
    }
    open = &partition;
  }
  const std::uint64_t room = end > begin ? end - begin : 0;
  if (recipe.size != 0 && (sum > room || (open != nullptr && sum == room))) {
    const std::uint64_t needed = sum + (open == nullptr ? 0 : kAlignment);
    throw error_at(
        recipe.size_mark,
        fmt::format("the partitions need {}, the disk has room for {}: {} too little",
                    shown_size(needed), shown_size(room), shown_size(needed - room)),
        fmt::format("write 'size: {}M' or more", (recipe.size + needed - room) / kAlignment));
  }
  std::vector<std::uint64_t> sizes;
  for (const PartitionRecipe& partition : recipe.partitions) {
    sizes.push_back(partition.size == 0 ? room - sum : partition.size);
  }
  return sizes;
}

/// The one file system of a disk without a table.
DiskLayout lay_out_superfloppy(const DiskRecipe& recipe) {
  if (recipe.partitions.size() != 1) {
    throw error_at(recipe.mark,
                   fmt::format("a disk without a partition table has one partition, found {}",
                               recipe.partitions.size()));
  }
  const PartitionRecipe& partition = recipe.partitions.front();
  if (partition.size == 0 && recipe.size == 0) {
    throw error_at(partition.size_mark,
                   fmt::format("'{}' has no size, and the disk has none either", partition.name),
                   "add 'size' to one of them");
  }
  DiskLayout layout;
  layout.size = recipe.size == 0 ? partition.size : recipe.size;
  const std::uint64_t size = partition.size == 0 ? layout.size : partition.size;
  if (size > layout.size) {
    throw error_at(partition.size_mark, fmt::format("'{}' has {}, the disk {}", partition.name,
                                                    shown_size(size), shown_size(layout.size)));
  }
  check_file_system(partition, size, recipe.sector_size);
  layout.partitions.push_back({0, size});
  return layout;
}

/// An image is read whole for its digest, holes as well.
void check_size(const DiskRecipe& recipe, std::uint64_t size) {
  constexpr std::uint64_t kLargest = std::uint64_t{64} << 30U;
  if (size > kLargest) {
    throw error_at(recipe.size_mark,
                   fmt::format("the disk has {}, and at most {} are built", shown_size(size),
                               shown_size(kLargest)),
                   "make it smaller; on a larger disk the partitions can be moved and grown");
  }
}

}  // namespace

std::uint64_t gpt_backup_size(std::uint32_t sector_size) {
  constexpr std::uint64_t kEntries = std::uint64_t{128} * 128;
  return kEntries + sector_size;
}

std::string shown_size(std::uint64_t bytes) {
  constexpr std::uint64_t kKibibyte = 1024;
  if (bytes % kAlignment == 0 || bytes > 100 * kAlignment) {
    return fmt::format("{} MiB", (bytes + kAlignment - 1) / kAlignment);
  }
  return fmt::format("{} KiB", (bytes + kKibibyte - 1) / kKibibyte);
}

DiskLayout lay_out(const DiskRecipe& recipe, std::uint64_t taken) {
  if (recipe.table == PartitionTable::kNone) {
    DiskLayout layout = lay_out_superfloppy(recipe);
    check_size(recipe, layout.size);
    return layout;
  }
  const std::uint64_t backup =
      recipe.table == PartitionTable::kGpt ? aligned_up(gpt_backup_size(recipe.sector_size)) : 0;
  const std::uint64_t begin = std::max(aligned_up(taken), kAlignment);
  const std::uint64_t end = recipe.size > backup ? recipe.size - backup : 0;
  const std::vector<std::uint64_t> sizes = sizes_of(recipe, begin, end);
  DiskLayout layout;
  std::uint64_t next = begin;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    check_file_system(recipe.partitions[i], sizes[i], recipe.sector_size);
    layout.partitions.push_back({next, sizes[i]});
    next += sizes[i];
  }
  layout.size = recipe.size == 0 ? next + backup : recipe.size;
  if (layout.size < taken) {
    throw error_at(recipe.size_mark, fmt::format("the written image has {}, the disk {}",
                                                 shown_size(taken), shown_size(layout.size)));
  }
  check_size(recipe, layout.size);
  return layout;
}

}  // namespace bootproof
