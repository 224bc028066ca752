#include "harness/core/child.h"

#include <sys/resource.h>

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

}  // namespace

Child::Child(const asio::any_io_executor& executor, SpawnedChild child)
    : pid_(child.pid), pidfd_(executor, child.pidfd.release()) {}

Child::~Child() {
  if (!exit_code_) {
    ::kill(pid_, SIGKILL);
    reap(SpawnedChild{pid_, UniqueFd()});
  }
}

Task<int> Child::wait() {
  if (!exit_code_) {
    auto ended = pidfd_.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    co_await std::move(ended);
  }
  if (!exit_code_) {
    exit_code_ = reap(SpawnedChild{pid_, UniqueFd()});
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
