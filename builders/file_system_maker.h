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
};

/// What the recipe states, else what derives from `identity`: `1234-ABCD` of FAT, a UUID of ext, as
/// GRUB's search.fs_uuid takes it.
std::string file_system_uuid(const FileSystemRecipe& recipe, const std::string& partition,
                             const std::string& identity);

/// Makes the file system by mkfs.vfat and fills it by mtools, or by mke2fs and libext2fs. The same
/// job gives the same bytes: all times are kSourceDate. The image has its whole size; its part is a
/// hole. Throws Error: kScenario at the file system for files that do not fit, by how much, and for
/// names and kinds of files that FAT does not have; kBuild for a tool that fails.
void make_file_system(const FileSystemJob& job, const DiskFile& disk);

/// The two of make_file_system().
void make_fat(const FileSystemJob& job, const DiskFile& disk);
void make_ext(const FileSystemJob& job, const DiskFile& disk);

/// Names the tools of make_file_system() to the key.
void add_file_system_tools(FileSystemType type, BuildKey& key);

/// What to say where `needed` bytes of files do not go into the `room` of the file system.
Error does_not_fit(const FileSystemJob& job, std::uint64_t needed, std::uint64_t room);

/// Bytes of a regular file that is to be put on a medium.
std::uint64_t size_of(const ImageFile& file);

}  // namespace bootproof
