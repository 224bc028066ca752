#pragma once

#include <filesystem>

#include "harness/core/unique_fd.h"

namespace bootproof {

/// An exclusive lock (flock) on a file of its own, between processes and between threads. Held
/// until destruction; the kernel releases it when a process is killed. The file stays: to remove it
/// would be a race.
class FileLock {
 public:
  /// Waits until the lock is free. Throws Error (kHost) where the file can't be made.
  explicit FileLock(const std::filesystem::path& file);

  /// The lock, if it is free at once; otherwise one for which held() is false.
  static FileLock try_lock(const std::filesystem::path& file);

  [[nodiscard]] bool held() const { return static_cast<bool>(fd_); }

 private:
  FileLock(const std::filesystem::path& file, int operation);

  UniqueFd fd_;
};

}  // namespace bootproof
