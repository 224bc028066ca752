#include "inspectors/file_image.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <span>
#include <system_error>

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kBlockBytes = 16U << 10U;
constexpr std::size_t kMostBlocks = 64;

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
  if (into.size() >= kBlockBytes) {
    return read_file(offset, into);
  }
  while (!into.empty()) {
    const Block* cached = block(offset / kBlockBytes);
    if (cached == nullptr) {
      return false;
    }
    const ByteSpan bytes =
        ByteSpan(cached->bytes).subspan(static_cast<std::size_t>(offset % kBlockBytes));
    const std::size_t length = std::min(bytes.size(), into.size());
    std::copy_n(bytes.begin(), length, into.begin());
    into = into.subspan(length);
    offset += length;
  }
  return true;
}

const FileImage::Block* FileImage::block(std::uint64_t number) {
  ++uses_;
  for (Block& candidate : blocks_) {
    if (candidate.last_use != 0 && candidate.number == number) {
      candidate.last_use = uses_;
      return &candidate;
    }
  }
  Block& target = blocks_.size() < kMostBlocks
                      ? blocks_.emplace_back()
                      : *std::min_element(
                            blocks_.begin(), blocks_.end(),
                            [](const Block& a, const Block& b) { return a.last_use < b.last_use; });
  const std::uint64_t begin = number * kBlockBytes;
  target.last_use = 0;
  target.number = number;
  target.bytes.resize(static_cast<std::size_t>(std::min(kBlockBytes, size_ - begin)));
  if (!read_file(begin, target.bytes)) {
    return nullptr;
  }
  target.last_use = uses_;
  return &target;
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
