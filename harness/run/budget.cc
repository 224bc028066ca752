#include "harness/run/budget.h"

#include <sched.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "harness/core/files.h"

namespace bootproof {
namespace {

std::optional<std::uint64_t> first_number(std::string_view text) {
  const std::size_t start = text.find_first_of("0123456789");
  std::uint64_t value = 0;
  if (start == std::string_view::npos ||
      std::from_chars(text.data() + start, text.data() + text.size(), value).ec != std::errc()) {
    return std::nullopt;
  }
  return value;
}

/// The number in a one-line file such as those of a control group; "max" gives nothing.
std::optional<std::uint64_t> number_in(const char* file) {
  const Result<std::string> text = read_file(file, 4096);
  return text ? first_number(*text) : std::nullopt;
}

}  // namespace

unsigned usable_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) != 0) {
    return 1;
  }
  return static_cast<unsigned>(std::max(1, CPU_COUNT(&set)));
}

std::uint64_t available_memory_mib() {
  std::uint64_t available = 1024;
  if (const Result<std::string> info = read_file("/proc/meminfo", 64U << 10U)) {
    const std::size_t line = info->find("MemAvailable:");
    if (line != std::string::npos) {
      available = first_number(std::string_view(*info).substr(line)).value_or(1U << 20U) / 1024;
    }
  }
  const auto limit = number_in("/sys/fs/cgroup/memory.max");
  const auto used = number_in("/sys/fs/cgroup/memory.current");
  if (limit && used && *limit > *used) {
    available = std::min(available, (*limit - *used) >> 20U);
  }
  return available;
}

}  // namespace bootproof
