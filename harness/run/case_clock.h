#pragma once

#include <algorithm>
#include <chrono>

namespace bootproof {

/// The clock by which a case is judged: the wall's, without the time in which nobody could get on:
/// the harness was stopped or came to its work too late, or QEMU waited for a CPU of an overloaded
/// host. What is measured by it is the guest's doing. Pure.
class CaseClock {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// A delay up to this is the host's ordinary noise.
  static constexpr std::chrono::milliseconds kOrdinaryDelay{200};

  /// A time of the wall clock as one of this clock, and back.
  [[nodiscard]] Time at(Time wall) const { return wall - lost_; }
  [[nodiscard]] Time wall(Time own) const {
    return own > Time::max() - lost_ ? Time::max() : own + lost_;
  }

  /// Of the time since the last call, `late` went by after the harness was to wake up, and QEMU
  /// waited `starved` for a CPU. The longer one of the two did not count, at most all that passed.
  void account(Duration passed, Duration late, Duration starved) {
    const Duration noticed = late > kOrdinaryDelay ? late : Duration::zero();
    lost_ += std::clamp(std::max(noticed, starved), Duration::zero(),
                        std::max(passed, Duration::zero()));
  }

  /// All that was left out so far.
  [[nodiscard]] Duration lost() const { return lost_; }

 private:
  Duration lost_{};
};

}  // namespace bootproof
