#pragma once

#include <chrono>
#include <optional>

#include "harness/diagnosis/signature.h"

namespace bootproof {

/// Decides when a loader's countdown is ended by a key: after a short pause, in which a step can
/// match the menu first, and once for each time that the countdown appears. Pure: no I/O, no clock
/// of its own.
class CountdownSkipper {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// What stands on the console now (nothing: null), and whether it may be skipped. The countdown
  /// whose key is to be sent now, or null.
  const Countdown* look(const Countdown* standing, bool may_skip, Time now);

  /// When look() has something to do if nothing comes before.
  [[nodiscard]] std::optional<Time> deadline() const;

  /// The machine was reset: the same countdown may come anew.
  void note_reset();

 private:
  void remember_absence(const Countdown* standing, Time now);

  std::optional<Time> seen_;            ///< When the countdown that is to be skipped appeared.
  const Countdown* skipped_ = nullptr;  ///< Has got its key.
  std::optional<Time> absent_since_;    ///< Since when skipped_ has not been seen.
  int count_ = 0;                       ///< Of keys sent.
};

}  // namespace bootproof
