#include "builders/guestfs/make_job.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "harness/core/text.h"

namespace bootproof::guestfs {
namespace {

bool is_fat(const Volume& volume) { return volume.type.starts_with("fat"); }

/// Runs the command that the job brings, with this host's and not libguestfs's idea of a file
/// system: guestfs_mkfs can choose neither the bits nor the serial number of FAT.
void make_empty(const Guest& guest, const Volume& volume, std::size_t drive) {
  std::string command;
  for (const std::string& word : volume.command) {
    command += quote_for_shell(word) + ' ';
  }
  if (volume.partition == 0 && is_fat(volume)) {
    command += "-I ";  // Without it mkfs.vfat refuses a whole disk.
  }
  const std::string number = volume.partition == 0 ? "" : std::to_string(volume.partition);
  static_cast<void>(
      guest.shell(fmt::format("{}\"{}{}\" 2>&1", command, Guest::disk_link(drive), number)));
}

void expect(std::string_view what, std::string found, std::string wanted) {
  const auto lower = [](std::string& text) {
    std::transform(text.begin(), text.end(), text.begin(), [](char c) {
      return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
  };
  lower(found);
  lower(wanted);
  if (found != wanted) {
    throw Failure(
        "work", fmt::format("the made file system has the {} '{}', not '{}'", what, found, wanted));
  }
}

void verify(const Guest& guest, const Volume& volume, const std::string& device) {
  expect("type", guest.text(guestfs_vfs_type(guest.raw(), device.c_str())),
         is_fat(volume) ? "vfat" : volume.type);
  if (!volume.label.empty()) {
    expect("label", guest.text(guestfs_vfs_label(guest.raw(), device.c_str())), volume.label);
  }
  if (!volume.uuid.empty()) {
    expect("UUID", guest.text(guestfs_vfs_uuid(guest.raw(), device.c_str())), volume.uuid);
  }
}

void fill(const Guest& guest, const Volume& volume, const std::string& device) {
  if (volume.tar.empty()) {
    return;
  }
  guest.check(guestfs_mount(guest.raw(), device.c_str(), "/"));
  guest.check(guestfs_tar_in(guest.raw(), volume.tar.c_str(), "/"));
  guest.check(guestfs_umount(guest.raw(), "/"));
}

void make_volume(const Guest& guest, const Volume& volume, std::size_t drive,
                 const std::vector<std::string>& partitions) {
  std::string device = guest.device(drive);
  if (volume.partition != 0) {
    device += std::to_string(volume.partition);
    if (std::find(partitions.begin(), partitions.end(), device) == partitions.end()) {
      throw Failure("work", "the appliance sees no such partition in the disk's partition table");
    }
  }
  make_empty(guest, volume, drive);
  verify(guest, volume, device);
  fill(guest, volume, device);
}

}  // namespace

void make_file_systems(const Guest& guest, const Job& job) {
  const std::vector<std::string> partitions = guest.list(guestfs_list_partitions(guest.raw()));
  for (std::size_t drive = 0; drive < job.drives.size(); ++drive) {
    for (const Volume& volume : job.drives[drive].volumes) {
      try {
        make_volume(guest, volume, drive, partitions);
      } catch (const Failure& failure) {
        throw Failure(
            failure.stage(),
            fmt::format("{}, {}: {}", job.drives[drive].name,
                        volume.partition == 0 ? std::string("whole disk")
                                              : fmt::format("partition {}", volume.partition),
                        failure.what()));
      }
    }
  }
  guest.check(guestfs_sync(guest.raw()));
}

}  // namespace bootproof::guestfs
