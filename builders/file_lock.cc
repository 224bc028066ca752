#include "builders/file_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <cerrno>

#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {

FileLock::FileLock(const std::filesystem::path& file, int operation) {
  create_folders(file.parent_path(), kCacheRemedy);
  UniqueFd fd(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!fd) {
    throw system_error(fmt::format("cannot open {}", file.string()), errno,
                       "choose a cache folder where this user may write: set BOOTPROOF_CACHE");
  }
  while (::flock(fd.get(), operation) != 0) {
    if (errno == EWOULDBLOCK) {
      return;
    }
    if (errno != EINTR) {
      throw system_error(fmt::format("cannot lock {}", file.string()), errno,
                         "choose a cache folder on a local file system: set BOOTPROOF_CACHE");
    }
  }
  fd_ = std::move(fd);
}

FileLock::FileLock(const std::filesystem::path& file) : FileLock(file, LOCK_EX) {}

FileLock FileLock::try_lock(const std::filesystem::path& file) { return {file, LOCK_EX | LOCK_NB}; }

}  // namespace bootproof
