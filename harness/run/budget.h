#pragma once

#include <cstdint>

#include "harness/core/async.h"

namespace bootproof {

/// CPU slots and memory that running machines share. A claim that could never be met (a machine
/// larger than the host's whole budget) is admitted alone.
class Budget {
 public:
  Budget(asio::any_io_executor executor, unsigned slots, std::uint64_t memory_mib)
      : freed_(std::move(executor)),
        free_slots_(slots),
        slots_(slots),
        free_memory_(static_cast<std::int64_t>(memory_mib)) {}

  /// True where a claim of so much memory fits now.
  [[nodiscard]] bool fits(std::uint64_t memory_mib) const {
    const bool idle = free_slots_ == slots_;
    return free_slots_ > 0 && (idle || static_cast<std::int64_t>(memory_mib) <= free_memory_);
  }
  void claim(std::uint64_t memory_mib) {
    --free_slots_;
    free_memory_ -= static_cast<std::int64_t>(memory_mib);
  }
  void release(std::uint64_t memory_mib) {
    ++free_slots_;
    free_memory_ += static_cast<std::int64_t>(memory_mib);
    freed_.notify();
  }
  /// Returns when something was released or wake() called.
  Task<void> wait() { return freed_.wait_until(Clock::time_point::max()); }
  void wake() { freed_.notify(); }

 private:
  Wakeup freed_;
  unsigned free_slots_;
  unsigned slots_;
  std::int64_t free_memory_;
};

/// CPUs this process may use (its affinity), and the memory that is available now, in MiB
/// (MemAvailable of /proc/meminfo, or the limit of its control group where that is less).
unsigned usable_cpus();
std::uint64_t available_memory_mib();

}  // namespace bootproof
