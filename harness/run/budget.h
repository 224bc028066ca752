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
        free_memory_(static_cast<std::int64_t>(memory_mib)) {}

  /// True where a claim of so much memory fits now.
  [[nodiscard]] bool fits(std::uint64_t memory_mib) const {
    const bool idle = machines_ == 0;
    return free_slots_ > 0 && (idle || static_cast<std::int64_t>(memory_mib) <= free_memory_);
  }
  void claim(std::uint64_t memory_mib) {
    --free_slots_;
    ++machines_;
    free_memory_ -= static_cast<std::int64_t>(memory_mib);
  }
  /// The machine needs no CPU any more: another one may start while its evidence is kept.
  void release_slot() {
    ++free_slots_;
    freed_.notify();
  }
  /// The machine is gone.
  void release_memory(std::uint64_t memory_mib) {
    --machines_;
    free_memory_ += static_cast<std::int64_t>(memory_mib);
    freed_.notify();
  }
  /// Returns when something was released or wake() called.
  Task<void> wait() { return freed_.wait_until(Clock::time_point::max()); }
  void wake() { freed_.notify(); }

 private:
  Wakeup freed_;
  unsigned free_slots_;
  unsigned machines_ = 0;  ///< Whose memory is claimed.
  std::int64_t free_memory_;
};

/// CPUs this process may use (its affinity), and the memory that is available now, in MiB
/// (MemAvailable of /proc/meminfo, or the limit of its control group where that is less).
unsigned usable_cpus();
std::uint64_t available_memory_mib();

}  // namespace bootproof
