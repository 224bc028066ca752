#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "builders/build_key.h"
#include "builders/image_input.h"
#include "builders/source_date.h"

namespace bootproof {

/// What a FAT file system bears besides its files.
struct FatOptions {
  std::string label = "ESP";  ///< See is_fat_label.
  std::string serial;         ///< Volume serial number: 8 hexadecimal digits.
  SourceMark mark;            ///< What errors point at.
  std::int64_t date = kSourceDate;
};

/// True for a label that every reader of FAT takes: 1 to 11 of `A-Z 0-9 _ -`.
bool is_fat_label(std::string_view text);

/// What is wrong with `path` as a path on a FAT file system written by mtools; empty where nothing
/// is.
std::string_view fat_path_problem(std::string_view path);

/// Makes an image that is a FAT file system without a partition table, as large as the files need:
/// FAT12, FAT16 or FAT32, clusters of 4 KiB, all of one time. `files` are what all_files() gives;
/// owners and permissions are lost. The same files give the same bytes. Throws Error: kScenario at
/// the mark for a file that FAT can't hold (links, device nodes, names that differ in case alone),
/// kBuild for a tool that fails.
void make_fat_image(const std::vector<ImageFile>& files, const FatOptions& options,
                    const std::filesystem::path& work_folder, const std::filesystem::path& image);

/// Adds the programs by which make_fat_image() works.
void add_fat_image_tools(BuildKey& key);

}  // namespace bootproof
