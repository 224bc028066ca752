#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <optional>
#include <string>

#include "harness/core/async.h"
#include "harness/core/spawn.h"
#include "harness/core/unique_fd.h"

namespace bootproof {

/// A running child process seen from a coroutine. The destructor kills and reaps a child that still
/// runs: the backstop behind kill() and wait().
class Child {
 public:
  /// Takes over a child that spawn() started.
  Child(const asio::any_io_executor& executor, SpawnedChild child);
  ~Child();
  Child(Child&&) = delete;

  /// Waits for the end: exit code, or 128 + signal number. May be called again after the end.
  Task<int> wait();
  /// Sends a signal, unless the child has ended.
  void kill(int signal_number);
  /// The exit code once wait() has returned.
  [[nodiscard]] std::optional<int> exit_code() const { return exit_code_; }
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  asio::any_io_executor executor_;
  pid_t pid_;
  UniqueFd pidfd_;
  std::optional<int> exit_code_;
};

/// CPU time (user + system) of a child that has ended, by getrusage(RUSAGE_CHILDREN): of all of
/// them.
std::chrono::microseconds cpu_time_of_children();
/// CPU time (user + system) of this process.
std::chrono::microseconds cpu_time_of_self();
/// The most memory that this process has had resident, in MiB.
std::uint64_t peak_memory_mib();

}  // namespace bootproof
