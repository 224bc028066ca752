#include "builders/file_system_maker.h"

#include <ext2fs/ext2fs.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "builders/partition_type.h"
#include "harness/core/text.h"

namespace bootproof {
std::string file_system_uuid(const FileSystemRecipe& recipe, const std::string& partition,
                             const std::string& identity) {
  if (recipe.uuid) {
    return *recipe.uuid;
  }
  const std::string role = fmt::format("file system {}", partition);
  if (!is_fat(recipe.type)) {
    return derived_guid(identity, role);
  }
  const std::string digits = fmt::format("{:08X}", derived_number(identity, role));
  return fmt::format("{}-{}", digits.substr(0, 4), digits.substr(4));
}

void make_file_system(const FileSystemJob& job, const DiskFile& disk) {
  std::filesystem::create_directories(job.work_folder);
  is_fat(job.recipe.type) ? make_fat(job, disk) : make_ext(job, disk);
}

std::vector<std::string> mkfs_command(const FileSystemJob& job, std::uint64_t offset) {
  return is_fat(job.recipe.type) ? mkfs_fat_command(job, offset) : mkfs_ext_command(job, offset);
}

void check_files(const FileSystemJob& job) {
  std::filesystem::create_directories(job.work_folder);
  const std::filesystem::path file = job.work_folder / "scratch";
  const DiskFile scratch(file);
  scratch.resize(job.place.size);
  FileSystemJob moved = job;
  moved.place.start = 0;
  is_fat(job.recipe.type) ? check_fat_files(moved, scratch) : check_ext_files(moved, scratch);
  std::filesystem::remove(file);
}

void add_file_system_tools(FileSystemType type, BuildKey& key) {
  if (is_fat(type)) {
    for (const std::string_view tool : {"mkfs.vfat", "mcopy", "mmd"}) {
      key.add_tool(tool);
    }
    return;
  }
  key.add_tool("mke2fs");
  const char* version = nullptr;
  const char* date = nullptr;
  ext2fs_get_library_version(&version, &date);
  key.add_library(fmt::format("libext2fs {} {}", version, date));
}

Error does_not_fit(const FileSystemJob& job, std::uint64_t needed, std::uint64_t room) {
  const auto by_size = [](const ImageFile& a, const ImageFile& b) {
    return size_of(a) < size_of(b);
  };
  const auto largest = std::max_element(job.files.begin(), job.files.end(), by_size);
  constexpr std::uint64_t kMebibyte = 1U << 20U;
  const std::uint64_t missing = needed > room ? needed - room : 0;
  std::string hint = fmt::format("make the partition {} MiB larger", missing / kMebibyte + 1);
  if (largest != job.files.end()) {
    hint += fmt::format("; the largest file is {} with {}", escape_for_terminal(largest->path),
                        shown_size(size_of(*largest)));
  }
  if (largest != job.files.end() && size_of(*largest) > room) {
    return error_at(mark_of(job.recipe.files, largest->path, job.recipe.mark),
                    fmt::format("{} has {}, the whole {} of '{}' has room for {}",
                                escape_for_terminal(largest->path), shown_size(size_of(*largest)),
                                name_of(job.recipe.type), job.name, shown_size(room)),
                    fmt::format("make the partition {} MiB larger", missing / kMebibyte + 1));
  }
  return error_at(job.recipe.mark,
                  fmt::format("the files of '{}' need {}, its {} has room for {}: {} too little",
                              job.name, shown_size(needed), name_of(job.recipe.type),
                              shown_size(room), shown_size(missing)),
                  hint);
}

std::uint64_t size_of(const ImageFile& file) {
  if (!S_ISREG(file.mode)) {
    return 0;
  }
  const auto* source = std::get_if<InputFile>(&file.content);
  return source == nullptr ? std::get<std::string>(file.content).size()
                           : std::filesystem::file_size(source->path);
}

}  // namespace bootproof
