#include "builders/disk_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kBlock = 1U << 20U;

}  // namespace

DiskFile::DiskFile(std::filesystem::path path)
    : path_(std::move(path)),
      fd_(::open(path_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {  // NOLINT: variadic in POSIX
  if (!fd_) {
    throw system_error(fmt::format("cannot write {}", path_.string()), errno);
  }
}

DiskFile::DiskFile(UniqueFd fd, std::filesystem::path path)
    : path_(std::move(path)), fd_(std::move(fd)) {
  if (!fd_) {
    throw system_error(fmt::format("cannot read {}", path_.string()), errno);
  }
}

std::uint64_t DiskFile::size() const {
  struct stat status {};
  if (::fstat(fd_.get(), &status) != 0) {
    throw system_error(fmt::format("cannot read {}", path_.string()), errno);
  }
  return static_cast<std::uint64_t>(status.st_size);
}

void DiskFile::resize(std::uint64_t size) const {
  if (::ftruncate(fd_.get(), static_cast<off_t>(size)) != 0) {
    throw system_error(fmt::format("cannot make {} {} bytes long", path_.string(), size), errno);
  }
}

void DiskFile::write(std::uint64_t offset, std::string_view bytes) const {
  while (!bytes.empty()) {
    const ssize_t count =
        ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      throw system_error(fmt::format("cannot write {}", path_.string()), errno);
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
}

std::string DiskFile::read(std::uint64_t offset, std::uint64_t size) const {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t count =
        ::pread(fd_.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      throw system_error(
          fmt::format("cannot read {} bytes at {} of {}", size, offset, path_.string()),
          count == 0 ? ENODATA : errno);
    }
    done += static_cast<std::size_t>(count);
  }
  return bytes;
}

std::uint64_t DiskFile::copy_from(const std::filesystem::path& source, std::uint64_t offset) const {
  const DiskFile input(UniqueFd(::open(source.c_str(), O_RDONLY | O_CLOEXEC)), source);
  const std::uint64_t size = input.size();
  for (const FileRun& run : value_or_throw(data_runs(input.fd_.get()))) {
    const std::uint64_t end = run.offset + run.size;
    for (std::uint64_t at = run.offset; at < end;) {
      const std::uint64_t count = std::min(kBlock, end - at);
      write(offset + at, input.read(at, count));
      at += count;
    }
  }
  return size;
}

}  // namespace bootproof
