#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "builders/build_key.h"
#include "builders/disk_file.h"
#include "builders/disk_layout.h"
#include "builders/file_system_recipe.h"
#include "builders/image_input.h"
#include "builders/source_date.h"

namespace bootproof {

/// A file system that is to be made on a part of an image.
struct FileSystemJob {
  const FileSystemRecipe& recipe;
  std::string name;      ///< Of the partition, for messages.
  PartitionPlace place;  ///< In bytes of the image.
  std::uint32_t sector_size = 512;
  std::string uuid;                   ///< As FileSystemRecipe::uuid.
  std::string identity;               ///< BuildPlace::identity.
  std::vector<ImageFile> files;       ///< As all_files() gives them: folders first.
  std::filesystem::path work_folder;  ///< Of this file system alone; is made.
  std::int64_t date = kSourceDate;    ///< BuildPlace::date.
};

/// What the recipe states, else what derives from `identity`: `1234-ABCD` of FAT, a UUID of ext, as
/// GRUB's search.fs_uuid takes it.
std::string file_system_uuid(const FileSystemRecipe& recipe, const std::string& partition,
                             const std::string& identity);

/// Makes the file system by mkfs.vfat and fills it by mtools, or by mke2fs and libext2fs. The same
/// job gives the same bytes: all times are the job's date. The image has its whole size; its part
/// is a hole. Throws Error: kScenario at the file system for files that do not fit, by how much,
/// and for names and kinds of files that FAT does not have; kBuild for a tool that fails.
void make_file_system(const FileSystemJob& job, const DiskFile& disk);

/// The two of make_file_system().
void make_fat(const FileSystemJob& job, const DiskFile& disk);
void make_ext(const FileSystemJob& job, const DiskFile& disk);

/// The command that makes the empty file system `offset` bytes into the file or device that is
/// appended to it; a number of KiB may follow. Both backends run it, the one on this host and the
/// other in libguestfs's appliance.
std::vector<std::string> mkfs_command(const FileSystemJob& job, std::uint64_t offset);
std::vector<std::string> mkfs_fat_command(const FileSystemJob& job, std::uint64_t offset);
std::vector<std::string> mkfs_ext_command(const FileSystemJob& job, std::uint64_t offset);

/// Throws what make_file_system() would of files that the file system can't hold or that do not
/// fit, and makes nothing but a file in the work folder.
void check_files(const FileSystemJob& job);
void check_fat_files(const FileSystemJob& job, const DiskFile& scratch);
void check_ext_files(const FileSystemJob& job, const DiskFile& scratch);

/// Names the tools of make_file_system() to the key.
void add_file_system_tools(FileSystemType type, BuildKey& key);

/// What to say where `needed` bytes of files do not go into the `room` of the file system: at the
/// file where one alone is too large, else at the file system.
Error does_not_fit(const FileSystemJob& job, std::uint64_t needed, std::uint64_t room);

/// Bytes of a regular file that is to be put on a medium.
std::uint64_t size_of(const ImageFile& file);

}  // namespace bootproof
