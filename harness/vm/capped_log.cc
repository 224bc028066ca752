#include "harness/vm/capped_log.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "harness/core/error.h"

namespace bootproof {

CappedLog::CappedLog(const std::filesystem::path& file, std::uint64_t head_bytes,
                     std::size_t tail_bytes)
    : fd_(::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)),
      head_left_(head_bytes),
      tail_bytes_(tail_bytes) {
  if (!fd_) {
    throw system_error(fmt::format("cannot create {}", file.string()), errno);
  }
}

CappedLog::~CappedLog() { close(); }

void CappedLog::write(std::string_view bytes) {
  const std::string_view head = bytes.substr(0, std::min<std::uint64_t>(bytes.size(), head_left_));
  write_now(head);
  head_left_ -= head.size();
  bytes.remove_prefix(head.size());
  if (bytes.empty()) {
    return;
  }
  tail_ += bytes;
  if (tail_.size() > 2 * tail_bytes_) {  // Drop in large steps, so that each byte is moved once.
    const std::size_t surplus = tail_.size() - tail_bytes_;
    left_out_ += surplus;
    tail_.erase(0, surplus);
  }
}

void CappedLog::close() {
  if (!fd_) {
    return;
  }
  if (tail_.size() > tail_bytes_) {
    const std::size_t surplus = tail_.size() - tail_bytes_;
    left_out_ += surplus;
    tail_.erase(0, surplus);
  }
  if (left_out_ > 0) {
    write_now(fmt::format("\n[{} bytes left out here]\n", left_out_));
  }
  write_now(tail_);
  tail_.clear();
  fd_.reset();
}

void CappedLog::write_now(std::string_view bytes) {
  while (!bytes.empty() && problem_ == 0 && fd_) {
    const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) {
      problem_ = errno;
    } else if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

}  // namespace bootproof
