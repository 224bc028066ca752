#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof {

/// How long the parts of a worker's work took, in milliseconds.
struct GuestfsTimes {
  std::uint64_t launch_ms = 0;  ///< Until the appliance answered.
  std::uint64_t work_ms = 0;    ///< From there until it was shut down.
  bool is_quick = false;        ///< Launched without udev and LVM, see builders/guestfs/README.md.
};

/// A file or folder that the appliance saw. Paths are escaped (escape_for_terminal).
struct GuestfsFile {
  std::string path;        ///< From the root of its file system, with a leading slash.
  char kind = 'f';         ///< As `find -printf %y`: f file, d folder, l link, b c p s others.
  std::uint64_t size = 0;  ///< Bytes.
};

/// A file system of an image, as the appliance sees it. All texts are escaped.
struct GuestfsFileSystem {
  std::string device;  ///< "/dev/sda1", "/dev/VG/LV", "btrfsvol:/dev/sda2/root".
  std::string type;    ///< As blkid says it: "ext4", "vfat", "ntfs", "crypto_LUKS", "unknown".
  std::string label;
  std::string uuid;
  std::uint64_t size = 0;  ///< Bytes of the device.
  bool is_mounted = false;
  std::string problem;               ///< Why it was not mounted or not read; empty: nothing.
  std::vector<GuestfsFile> loaders;  ///< Boot loaders, their configuration, kernels.
  std::vector<GuestfsFile> files;    ///< The first files and folders, sorted by path.
  bool is_cut = false;               ///< There are more than these.
};

/// An operating system that libguestfs recognised.
struct GuestfsSystem {
  std::string root;  ///< Device of its root file system.
  std::string type;  ///< "linux", "windows".
  std::string distribution;
  std::string product;
  std::string version;  ///< "12.5".
  std::string architecture;
  std::string hostname;
  std::vector<std::string> mounts;  ///< "/boot on /dev/sda2".
};

/// All that the appliance read from an image.
struct GuestfsReading {
  std::string library;  ///< Version of libguestfs.
  GuestfsTimes times;
  std::vector<GuestfsFileSystem> file_systems;
  std::vector<std::string> physical_volumes;  ///< LVM: devices.
  std::vector<std::string> volume_groups;     ///< LVM: names.
  std::vector<std::string> logical_volumes;   ///< LVM: devices.
  std::vector<GuestfsSystem> systems;
  std::vector<std::string> problems;  ///< What could not be found out, and why.
};

/// What the worker printed on stdout.
struct GuestfsAnswer {
  /// Empty: all went well. Else what failed: "job" (the job itself is wrong), "launch" (the
  /// appliance did not start), "work", "appliance" (it ended meanwhile), "limit", "interrupted".
  std::string failed;
  std::string message;  ///< Of a failure; escaped.
  GuestfsReading reading;
};

/// Reads an answer. Any bytes are allowed: what is missing or of the wrong type is left at its
/// default, lists are cut at a bound, texts are escaped. What is no answer at all gives `failed`
/// "answer" with a message.
GuestfsAnswer parse_guestfs_answer(std::string_view text);

}  // namespace bootproof
