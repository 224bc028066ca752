#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "builders/digest_memory.h"
#include "builders/file_system_recipe.h"
#include "builders/guestfs_answer.h"

namespace bootproof {

/// A file system to be made and filled.
struct GuestfsVolume {
  int partition = 0;  ///< Number in the partition table, from 1; 0: the whole disk.
  FileSystemType type = FileSystemType::kFat32;
  std::string label;  ///< What the made file system must have; empty: anything.
  /// UUID of ext, serial number (`1234-ABCD`) of FAT, as `label`.
  std::string uuid;
  /// mkfs_command(): run in the appliance, which appends its name of the partition.
  std::vector<std::string> command;
  /// A tar with what goes into it, with owners, modes, links and device nodes (FAT has none of
  /// these: owners are left out, links and nodes fail). Empty: nothing goes into it.
  std::filesystem::path tar;
};

/// A raw disk to be written: a file of its full size, whose partition table stands in it already.
struct GuestfsDisk {
  std::string name;  ///< What messages call it.
  std::filesystem::path file;
  std::uint32_t sector_size = 512;  ///< Bytes: 512 or 4096.
  std::vector<GuestfsVolume> volumes;
};

/// How an image's bytes lie in its file.
enum class GuestfsFormat { kRaw, kQcow2 };

/// How the worker is run. One call launches one appliance (a small virtual machine) with all its
/// drives.
struct GuestfsHost {
  std::filesystem::path worker;  ///< find_guestfs_worker().
  std::filesystem::path cache;   ///< Of bootproof: kernel package and appliance are kept there.
  /// KVM was seen to work here (choose_accelerator); otherwise the appliance is emulated, for QEMU
  /// aborts where KVM is there and broken.
  bool uses_kvm = false;
  /// After this the work is given up and the appliance killed. The build of an appliance that is
  /// not in the cache yet does not count.
  std::chrono::milliseconds limit{300'000};
  /// Takes the trace of libguestfs and the console of the appliance. Empty: kept until the call
  /// returns, its end is quoted in errors in either case.
  std::filesystem::path log;
};

/// The program bootproof-guestfs: `$BOOTPROOF_GUESTFS_WORKER`, else beside the running program,
/// else in `../libexec` from there. Throws Error (kHost) that names the package which brings it.
std::filesystem::path find_guestfs_worker();

/// The version of libguestfs, "1.48.6", as the worker tells it. Throws Error (kHost) where the
/// worker can't be run, for example for a missing library.
std::string guestfs_version(const std::filesystem::path& worker);

/// What the bytes of a file system depend on that libguestfs makes here: its version and the
/// appliance. Throws Error (kHost) as guestfs_version() and find_appliance_kernel() do.
std::string guestfs_identity(const std::filesystem::path& worker,
                             const std::filesystem::path& cache, const DigestMemory& memory);

/// How many disks go into one launch; libguestfs itself takes a few more.
inline constexpr std::size_t kMostGuestfsDisks = 24;

/// Makes file systems on all disks in one launch: at least one, at most kMostGuestfsDisks. Throws
/// Error: kBuild for what can't be made, with disk and partition; kHost where the appliance can't
/// start, with the reason, and for the limit; kInterrupted where the worker was told to end. A disk
/// of a failed call holds any bytes.
GuestfsTimes make_by_guestfs(const GuestfsHost& host, const std::vector<GuestfsDisk>& disks);

/// How much is read of an image.
struct GuestfsLimits {
  std::size_t files = 200;  ///< Files and folders listed of each file system.
};

/// Reads an image: file systems, volumes, operating systems. The image is only read, and its file
/// systems are mounted by the appliance's kernel alone, never by the host's. Throws Error: kUsage
/// for an image with a backing file or a data file (the host's own files would be read through
/// them), kHost as above, kGuest where the appliance ended while it read the image.
GuestfsReading read_by_guestfs(const GuestfsHost& host, const std::filesystem::path& image,
                               GuestfsFormat format, const GuestfsLimits& limits = {});

/// Launches an appliance without a drive of ours and shuts it down: the proof that it starts here.
/// Throws Error as the others do.
GuestfsTimes try_guestfs(const GuestfsHost& host);

/// kQcow2 by its magic, otherwise kRaw. Throws Error (kUsage) for a file that can't be read.
GuestfsFormat guestfs_format_of(const std::filesystem::path& image);

/// Throws Error (kUsage) for a qcow2 image that makes its reader open other files: a backing file
/// or an external data file (QEMU, docs/interop/qcow2.txt), or that is not version 2 or 3.
void refuse_references(const std::filesystem::path& image);

}  // namespace bootproof
