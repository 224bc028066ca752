#include "reports/event_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <utility>

namespace bootproof {

EventLog::EventLog(EventLog&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)),
      first_error_(std::exchange(other.first_error_, 0)),
      torn_(std::exchange(other.torn_, false)) {}

EventLog& EventLog::operator=(EventLog&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(first_error_, other.first_error_);
  std::swap(torn_, other.torn_);
  return *this;
}

EventLog::~EventLog() {
  if (descriptor_ >= 0) {
    ::close(descriptor_);
  }
}

int EventLog::open(const std::filesystem::path& file) {
  EventLog opened;
  constexpr mode_t kMode = 0644;
  opened.descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode);
  if (opened.descriptor_ < 0) {
    return errno;
  }
  *this = std::move(opened);
  return 0;
}

int EventLog::append(std::string_view line) {
  if (descriptor_ < 0) {
    return remember(EBADF);
  }
  const std::string text = (torn_ ? "\n" : "") + std::string(line);
  std::string_view rest = text;
  while (!rest.empty()) {
    const ssize_t written = ::write(descriptor_, rest.data(), rest.size());
    if (written < 0) {
      if (errno == EINTR) {
        continue;
      }
      const int error = errno;
      torn_ = torn_ || rest.size() < text.size();
      return remember(error);
    }
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
  torn_ = false;
  return 0;
}

int EventLog::close() {
  if (descriptor_ < 0) {
    return 0;
  }
  return remember(::close(std::exchange(descriptor_, -1)) == 0 ? 0 : errno);
}

int EventLog::remember(int error) {
  if (first_error_ == 0) {
    first_error_ = error;
  }
  return error;
}

}  // namespace bootproof
