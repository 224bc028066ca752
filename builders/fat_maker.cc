#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "builders/fat_image.h"
#include "builders/file_system_maker.h"
#include "builders/tools.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// "/a" for "/a/b", "" for "/a".
std::string_view folder_of(std::string_view path) { return path.substr(0, path.rfind('/')); }
std::string_view name_of_path(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// FAT holds files and folders, in names that differ in more than case.
void check_names(const FileSystemJob& job) {
  std::map<std::string, std::string_view> seen;
  for (const ImageFile& file : job.files) {
    const std::string shown = escape_for_terminal(file.path);
    if (!S_ISREG(file.mode) && !S_ISDIR(file.mode)) {
      throw error_at(job.recipe.mark,
                     fmt::format("{} is {}, and FAT holds files and folders alone", shown,
                                 S_ISLNK(file.mode) ? "a link" : "a device node or pipe"),
                     "leave it out, or take ext4");
    }
    if (const std::string_view problem = fat_path_problem(file.path); !problem.empty()) {
      throw error_at(job.recipe.mark, fmt::format("{} {}", shown, problem),
                     "leave it out, or give it another name");
    }
    std::string folded(file.path);
    std::transform(folded.begin(), folded.end(), folded.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto [other, is_new] = seen.emplace(std::move(folded), file.path);
    if (!is_new) {
      throw error_at(job.recipe.mark, fmt::format("{} and {} are one name on FAT",
                                                  escape_for_terminal(other->second), shown));
    }
    constexpr std::uint64_t kMost = 0xffffffff;
    if (size_of(file) > kMost) {
      throw error_at(job.recipe.mark,
                     fmt::format("{} has {}, and a file on FAT ends below 4096 MiB", shown,
                                 shown_size(size_of(file))),
                     "take ext4");
    }
  }
}

/// What the boot sector says (Microsoft FAT specification, 1.03, pages 9 to 12).
struct FatGeometry {
  std::uint64_t cluster_size = 0;
  std::uint64_t cluster_count = 0;
  std::uint64_t root_entries = 0;  ///< 0 on FAT32, whose root is a folder like others.
};

FatGeometry read_geometry(const DiskFile& disk, std::uint64_t start) {
  constexpr std::uint64_t kUsed = 48;
  const std::string sector = disk.read(start, kUsed);
  const auto number = [&](std::size_t offset, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i > 0; --i) {
      value = (value << 8U) | static_cast<unsigned char>(sector[offset + i - 1]);
    }
    return value;
  };
  constexpr std::uint64_t kEntry = 32;
  FatGeometry geometry;
  const std::uint64_t sector_size = number(11, 2);
  const std::uint64_t cluster_sectors = number(13, 1);
  geometry.root_entries = number(17, 2);
  const std::uint64_t sectors = number(19, 2) == 0 ? number(32, 4) : number(19, 2);
  const std::uint64_t table = number(22, 2) == 0 ? number(36, 4) : number(22, 2);
  const std::uint64_t before = number(14, 2) + number(16, 1) * table +
                               (geometry.root_entries * kEntry + sector_size - 1) / sector_size;
  geometry.cluster_size = sector_size * cluster_sectors;
  geometry.cluster_count = (sectors - before) / cluster_sectors;
  return geometry;
}

/// Entries of 32 bytes that a name takes: its short one, and a long one for each 13 characters.
std::uint64_t entries_for(std::string_view name) {
  constexpr std::uint64_t kCharacters = 13;
  return 1 + (name.size() + kCharacters - 1) / kCharacters;
}

void check_room(const FileSystemJob& job, const FatGeometry& geometry) {
  constexpr std::uint64_t kEntry = 32;
  std::map<std::string_view, std::uint64_t> entries{{"", 1}};  // The root has the label.
  std::uint64_t clusters = 0;
  const auto clusters_for = [&](std::uint64_t bytes) {
    return (bytes + geometry.cluster_size - 1) / geometry.cluster_size;
  };
  for (const ImageFile& file : job.files) {
    entries[folder_of(file.path)] += entries_for(name_of_path(file.path));
    if (S_ISDIR(file.mode)) {
      entries[file.path] += 2;  // `.` and `..`.
    }
    clusters += clusters_for(size_of(file));
  }
  for (const auto& [folder, count] : entries) {
    if (!folder.empty() || geometry.root_entries == 0) {
      clusters += clusters_for(count * kEntry);
    } else if (count > geometry.root_entries) {
      throw error_at(job.recipe.mark,
                     fmt::format("the root folder of '{}' needs {} entries, {} has {}", job.name,
                                 count, name_of(job.recipe.type), geometry.root_entries),
                     "put files into a folder, or take fat32");
    }
  }
  if (clusters > geometry.cluster_count) {
    throw does_not_fit(job, clusters * geometry.cluster_size,
                       geometry.cluster_count * geometry.cluster_size);
  }
}

/// One call of a tool for each few hundred arguments.
void run_in_parts(const std::vector<std::string>& command, const std::vector<std::string>& words,
                  const std::vector<std::string>& last, std::int64_t date) {
  constexpr std::size_t kMost = 256;
  for (std::size_t begin = 0; begin < words.size(); begin += kMost) {
    const std::size_t end = std::min(words.size(), begin + kMost);
    std::vector<std::string> arguments = command;
    arguments.insert(arguments.end(), words.begin() + static_cast<std::ptrdiff_t>(begin),
                     words.begin() + static_cast<std::ptrdiff_t>(end));
    arguments.insert(arguments.end(), last.begin(), last.end());
    run_tool(std::move(arguments), date);
  }
}

/// Copies the files folder by folder: mcopy would copy a whole tree in the order in which this
/// host's file system lists it.
void fill(const FileSystemJob& job, const fs::path& image) {
  const std::string place = fmt::format("{}@@{}", image.string(), job.place.start);
  std::vector<std::string> folders;
  std::map<std::string_view, std::vector<std::string>> files;
  std::map<std::string_view, fs::path> staged;
  for (const ImageFile& file : job.files) {
    if (S_ISDIR(file.mode)) {
      folders.push_back("::" + file.path);
      continue;
    }
    const std::string_view folder = folder_of(file.path);
    auto [stage, is_new] =
        staged.try_emplace(folder, job.work_folder / fmt::to_string(staged.size()));
    if (is_new) {
      fs::create_directory(stage->second);
    }
    // mcopy names a file as the host does.
    const fs::path piece = stage->second / name_of_path(file.path);
    if (const auto* source = std::get_if<InputFile>(&file.content)) {
      fs::create_symlink(source->path, piece);
    } else {
      DiskFile(piece).write(0, std::get<std::string>(file.content));
    }
    files[folder].push_back(piece.string());
  }
  run_in_parts({"mmd", "-i", place}, folders, {}, job.date);
  for (const auto& [folder, pieces] : files) {
    run_in_parts({"mcopy", "-i", place}, pieces, {fmt::format("::{}/", folder)}, job.date);
  }
}

}  // namespace

std::vector<std::string> mkfs_fat_command(const FileSystemJob& job, std::uint64_t offset) {
  const std::string_view bits = name_of(job.recipe.type).substr(3);
  std::string serial = job.uuid;
  serial.erase(serial.find('-'), 1);
  const std::uint64_t first = job.place.start / job.sector_size;
  // clang-format off
  std::vector<std::string> arguments{
      "mkfs.vfat", "--invariant",
      "-F", std::string(bits),
      "-S", std::to_string(job.sector_size),
      "-s", std::to_string(fat_cluster_sectors(job.recipe.type, job.place.size, job.sector_size)),
      "-i", serial,
      "-h", std::to_string(first),  // BPB_HiddSec: boot sectors find their partition by it.
  };
  // clang-format on
  if (offset != 0) {
    arguments.insert(arguments.end(), {"--offset", std::to_string(offset / job.sector_size)});
  }
  if (!job.recipe.label.empty()) {
    arguments.insert(arguments.end(), {"-n", job.recipe.label});
  }
  return arguments;
}

void check_fat_files(const FileSystemJob& job, const DiskFile& scratch) {
  constexpr std::uint64_t kKibibyte = 1024;
  check_names(job);
  std::vector<std::string> command = mkfs_fat_command(job, job.place.start);
  command.push_back(scratch.path().string());
  command.push_back(std::to_string(job.place.size / kKibibyte));
  run_tool(std::move(command), job.date);
  check_room(job, read_geometry(scratch, job.place.start));
}

void make_fat(const FileSystemJob& job, const DiskFile& disk) {
  check_fat_files(job, disk);
  fill(job, disk.path());
}

}  // namespace bootproof
