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
///
/// Each program that is started in an emulated appliance takes a tenth of a second, so the shell
/// itself does what env(1) and readlink(1) would.
void make_empty(const Guest& guest, const Volume& volume, const std::string& disk) {
  std::string command;
  auto word = volume.command.begin();
  if (word != volume.command.end() && *word == "env") {
    for (++word; word != volume.command.end() && word->find('=') != std::string::npos; ++word) {
      command += fmt::format("export {}; ", quote_for_shell(*word));
    }
  }
  command += "exec ";
  for (; word != volume.command.end(); ++word) {
    command += quote_for_shell(*word) + ' ';
  }
  if (volume.partition == 0 && is_fat(volume)) {
    command += "-I ";  // Without it mkfs.vfat refuses a whole disk.
  }
  const std::string number = volume.partition == 0 ? "" : std::to_string(volume.partition);
  static_cast<void>(guest.shell(fmt::format("{}{}{} 2>&1", command, disk, number)));
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

/// Asks once for all: each call starts a program in the appliance.
void verify(const Guest& guest, const Volume& volume, const std::string& device) {
  const std::vector<std::string> pairs = guest.list(guestfs_blkid(guest.raw(), device.c_str()));
  const auto value_of = [&](std::string_view name) {
    for (std::size_t i = 0; i + 1 < pairs.size(); i += 2) {
      if (pairs[i] == name) {
        return pairs[i + 1];
      }
    }
    return std::string();
  };
  expect("type", value_of("TYPE"), is_fat(volume) ? "vfat" : volume.type);
  if (!volume.label.empty()) {
    expect("label", value_of("LABEL"), volume.label);
  }
  if (!volume.uuid.empty()) {
    expect("UUID", value_of("UUID"), volume.uuid);
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

/// How the API and the appliance's kernel name a disk; the two can differ.
struct DiskNames {
  std::string api;
  std::string kernel;
};

std::vector<DiskNames> names_of(const Guest& guest, std::size_t count) {
  std::vector<DiskNames> disks;
  std::string command = "exec readlink -e";
  for (std::size_t drive = 0; drive < count; ++drive) {
    command += ' ' + Guest::disk_link(drive);
  }
  const std::string found = guest.shell(command);
  std::size_t begin = 0;
  for (std::size_t drive = 0; drive < count; ++drive) {
    const std::size_t end = std::min(found.find('\n', begin), found.size());
    disks.push_back({guest.device(drive), found.substr(begin, end - begin)});
    begin = std::min(end + 1, found.size());
    const std::string& kernel = disks.back().kernel;
    const bool is_plain = std::all_of(kernel.begin(), kernel.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '/';
    });
    if (!kernel.starts_with("/dev/") || !is_plain) {
      throw Failure("work", fmt::format("the appliance has no link to drive {}", drive));
    }
  }
  return disks;
}

void make_volume(const Guest& guest, const Volume& volume, const DiskNames& disk,
                 const std::vector<std::string>& partitions) {
  std::string device = disk.api;
  if (volume.partition != 0) {
    device += std::to_string(volume.partition);
    if (std::find(partitions.begin(), partitions.end(), device) == partitions.end()) {
      throw Failure("work", "the appliance sees no such partition in the disk's partition table");
    }
  }
  make_empty(guest, volume, disk.kernel);
  verify(guest, volume, device);
  fill(guest, volume, device);
}

}  // namespace

void make_file_systems(const Guest& guest, const Job& job) {
  const std::vector<std::string> partitions = guest.list(guestfs_list_partitions(guest.raw()));
  const std::vector<DiskNames> disks = names_of(guest, job.drives.size());
  for (std::size_t drive = 0; drive < job.drives.size(); ++drive) {
    for (const Volume& volume : job.drives[drive].volumes) {
      try {
        make_volume(guest, volume, disks[drive], partitions);
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
}

}  // namespace bootproof::guestfs
