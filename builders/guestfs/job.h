#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::guestfs {

/// A file system to be made; see GuestfsVolume.
struct Volume {
  int partition = 0;
  std::string type;
  std::string label;
  std::string uuid;
  std::vector<std::string> command;  ///< Makes the file system; the device is appended.
  std::filesystem::path tar;
};

/// A drive of the appliance.
struct Drive {
  std::string name;  ///< What messages call it.
  std::filesystem::path file;
  std::string format = "raw";
  std::uint32_t sector_size = 512;  ///< Bytes.
  bool is_read_only = false;
  std::vector<Volume> volumes;
};

/// What the worker is asked to do.
enum class JobKind { kMake, kRead, kTry };

/// A job, as it comes on stdin.
struct Job {
  JobKind kind = JobKind::kTry;
  std::filesystem::path folder;  ///< Private to this job.
  std::filesystem::path log;
  std::filesystem::path appliance;  ///< A fixed appliance, see guestfs_appliance().
  bool uses_kvm = false;
  bool allows_quick = false;  ///< The appliance has /init.quick, and it is enough for this job.
  std::chrono::milliseconds limit{0};
  int parent = 0;  ///< Process id of who wrote the job.
  std::vector<Drive> drives;
  std::size_t file_limit = 0;  ///< Of kRead: entries listed of each file system.
};

/// Reads a job. Throws std::runtime_error that says what is wrong.
Job parse_job(std::string_view text);

}  // namespace bootproof::guestfs
