#include "inspectors/file_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <span>
#include <system_error>

namespace bootproof::inspectors {
namespace {

std::string text_of(int error) { return std::generic_category().message(error); }

}  // namespace

tl::expected<std::unique_ptr<FileImage>, std::string> FileImage::open(
    const std::filesystem::path& path) {
  // O_NONBLOCK: a FIFO without a writer must not hang; it changes nothing for what is accepted.
  const int descriptor =
      ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);  // NOLINT(*-vararg)
  if (descriptor < 0) {
    return tl::make_unexpected(
        fmt::format("{}: cannot be opened: {}", path.string(), text_of(errno)));
  }
  // Owns the descriptor from here on.
  std::unique_ptr<FileImage> image(new FileImage(descriptor, 0));
  struct stat status {};
  if (fstat(descriptor, &status) != 0) {
    return tl::make_unexpected(
        fmt::format("{}: cannot be looked at: {}", path.string(), text_of(errno)));
  }
  if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode)) {
    return tl::make_unexpected(
        fmt::format("{}: is neither a regular file nor a block device", path.string()));
  }
  const off_t end = lseek(descriptor, 0, SEEK_END);
  if (end < 0) {
    return tl::make_unexpected(fmt::format("{}: has no size: {}", path.string(), text_of(errno)));
  }
  image->size_ = static_cast<std::uint64_t>(end);
  return image;
}

FileImage::~FileImage() { close(descriptor_); }

bool FileImage::read_inside(std::uint64_t offset, std::span<std::uint8_t> into) {
  return cache_.read(offset, into, size_, [this](std::uint64_t at, std::span<std::uint8_t> bytes) {
    return read_file(at, bytes);
  });
}

bool FileImage::read_file(std::uint64_t offset, std::span<std::uint8_t> into) const {
  while (!into.empty()) {
    const ssize_t got = pread(descriptor_, into.data(), into.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) {
      continue;
    }
    if (got <= 0) {  // An end before size_: the file shrank.
      return false;
    }
    into = into.subspan(static_cast<std::size_t>(got));
    offset += static_cast<std::uint64_t>(got);
  }
  return true;
}

}  // namespace bootproof::inspectors
