#include "harness/core/child.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <utility>

namespace bootproof {
namespace {

std::chrono::microseconds cpu_time(int who) {
  rusage usage{};
  ::getrusage(who, &usage);
  const auto sum = [](const timeval& time) {
    return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
  };
  return sum(usage.ru_utime) + sum(usage.ru_stime);
}

/// The exit code, or 128 + signal number, of a child that has ended; nothing while it runs.
std::optional<int> reap_if_ended(pid_t pid) {
  int status = 0;
  pid_t ended = ::waitpid(pid, &status, WNOHANG);
  while (ended < 0 && errno == EINTR) {
    ended = ::waitpid(pid, &status, WNOHANG);
  }
  if (ended == 0) {
    return std::nullopt;
  }
  if (ended < 0) {
    return -1;
  }
  return exit_code_of_status(status);
}

}  // namespace

Child::Child(const asio::any_io_executor& executor, SpawnedChild child)
    : executor_(executor), pid_(child.pid), pidfd_(std::move(child.pidfd)) {}

Child::~Child() {
  if (!exit_code_) {
    ::kill(pid_, SIGKILL);
    reap(SpawnedChild{pid_, UniqueFd()});
  }
}

Task<int> Child::wait() {
  // An event of a pidfd is no proof. Linux 6.9 and later raise a second one (EPOLLHUP) when a child
  // is reaped; Asio may hand it, queued, to whatever was registered since in its place: the pidfd
  // of the next machine. So it is asked whether this child has ended; each wait has a registration
  // of its own, since a fresh one tells at once what an event lost elsewhere would have told.
  while (!exit_code_) {
    UniqueFd own(::fcntl(pidfd_.get(), F_DUPFD_CLOEXEC, 0));
    if (!own) {
      throw system_error("cannot watch a child process", errno);
    }
    asio::posix::stream_descriptor ended(executor_, own.release());
    auto waiting = ended.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    co_await std::move(waiting);
    if (!exit_code_) {
      exit_code_ = reap_if_ended(pid_);
    }
  }
  co_return *exit_code_;
}

void Child::kill(int signal_number) {
  if (!exit_code_) {
    ::kill(pid_, signal_number);
  }
}

std::chrono::microseconds cpu_time_of_children() { return cpu_time(RUSAGE_CHILDREN); }
std::chrono::microseconds cpu_time_of_self() { return cpu_time(RUSAGE_SELF); }

std::uint64_t peak_memory_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<std::uint64_t>(usage.ru_maxrss) / 1024;  // ru_maxrss is in KiB.
}

}  // namespace bootproof
