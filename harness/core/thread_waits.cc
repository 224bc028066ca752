#include "harness/core/thread_waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace bootproof {

namespace fs = std::filesystem;

ThreadWaits::ThreadWaits(pid_t process) : folder_(fmt::format("/proc/{}/task", process)) {}

std::chrono::nanoseconds ThreadWaits::look() {
  std::chrono::nanoseconds longest{};
  std::map<std::string, std::chrono::nanoseconds> now;
  std::error_code code;
  for (fs::directory_iterator thread(folder_, code), end; !code && thread != end;
       thread.increment(code)) {
    std::ifstream account(thread->path() / "schedstat");
    std::int64_t running = 0;
    std::int64_t waiting = 0;
    if (account >> running >> waiting) {
      const std::string id = thread->path().filename().string();
      const std::chrono::nanoseconds waited(waiting);
      if (const auto before = seen_.find(id); before != seen_.end()) {
        longest = std::max(longest, waited - before->second);
      }
      now.emplace(id, waited);
    }
  }
  seen_ = std::move(now);
  return longest;
}

}  // namespace bootproof
