#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "builders/build_key.h"
#include "builders/disk_file.h"
#include "builders/disk_layout.h"
#include "builders/disk_recipe.h"
#include "builders/file_system_maker.h"
#include "builders/guestfs_job.h"
#include "builders/input_finder.h"

namespace bootproof {

/// What goes into one partition.
struct PartitionInput {
  ImageFiles files;              ///< Of its file system.
  std::optional<InputFile> raw;  ///< Its bytes.
};

/// All that a disk image is made of.
struct DiskInput {
  const DiskRecipe& recipe;
  std::vector<PartitionInput> partitions;  ///< In the order of the recipe.
  std::vector<GrubFolder> grub;
  std::optional<InputFile> syslinux_code;  ///< mbr.bin or gptmbr.bin.
  std::optional<InputFile> written;
  std::string guestfs;  ///< guestfs_identity(), where libguestfs makes the file systems.
};

DiskInput find_inputs(const DiskRecipe& recipe, const InputFinder& finder);
void describe(const DiskInput& input, BuildKey& key);
std::string_view suffix_of(const DiskRecipe& recipe);

/// An image that is made in three steps, so that the file systems of many can be made in one launch
/// of libguestfs: begin(), then either make_file_systems() or what guestfs_disk() asks for, then
/// finish(). Table and boot code are made by ourselves in either case. What no file fills is a
/// hole.
class DiskBuild {
 public:
  /// The input must outlive the build.
  DiskBuild(const DiskInput& input, BuildPlace place);

  /// Table, raw bytes and GRUB's core images. Throws Error as lay_out() does, and kScenario for raw
  /// bytes that do not fit.
  void begin();
  /// By tools that work on plain files: the same input gives the same bytes. Throws Error as
  /// make_file_system() does.
  void make_file_systems() const;
  /// The disk as libguestfs is to fill it; its tars stand in the work folder. Throws Error as
  /// check_files() does.
  [[nodiscard]] GuestfsDisk guestfs_disk(std::string name) const;
  /// Boot code and the form that the recipe asks for. Throws Error as install_grub_bios() does.
  void finish() const;

 private:
  [[nodiscard]] std::filesystem::path core(GrubPlatform platform) const;
  void make_grub_images() const;
  void add_own_files(const std::string& partition, ImageFiles& files) const;
  [[nodiscard]] std::optional<FileSystemJob> job_of(std::size_t index) const;
  void write_raw(std::size_t index) const;

  const DiskInput& input_;
  const DiskRecipe& recipe_;
  BuildPlace place_;
  DiskFile disk_;
  DiskLayout layout_;
};

/// All three steps, file systems by tools that work on plain files.
void make(const DiskInput& input, const BuildPlace& place);

}  // namespace bootproof
