#pragma once

#include <sys/types.h>

#include <chrono>
#include <map>
#include <string>

namespace bootproof {

/// How long the threads of a process wait for a CPU, by the kernel's account
/// (/proc/PID/task/TID/schedstat, the second number).
class ThreadWaits {
 public:
  /// Of no process: never waits.
  ThreadWaits() = default;
  explicit ThreadWaits(pid_t process);

  /// Of all threads the longest wait since the last call. Threads that appeared since count from
  /// now on. Zero where the kernel keeps no account or the process is gone.
  [[nodiscard]] std::chrono::nanoseconds look();

 private:
  std::string folder_;
  std::map<std::string, std::chrono::nanoseconds> seen_;  ///< By thread id.
};

}  // namespace bootproof
