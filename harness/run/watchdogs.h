#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

#include "scenarios/scenario.h"

namespace bootproof {

/// The clocks of a case: how long it, its step and a silence may last, and how often the guest may
/// be reset. Pure: no I/O, no clock of its own. Every limit is multiplied by the host's slowness.
class Watchdogs {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;

  /// A limit, and what fires when it is reached.
  struct Limit {
    Time at;
    std::string_view cause;       ///< `case.limit`, `machine.silent` or `step.no-match`.
    Time since;                   ///< When the clock started.
    std::string_view since_what;  ///< "the start", "the last output", "the step began".
  };

  /// `slowness`: 1 for the reference machine, 2 for one that takes twice as long.
  Watchdogs(const Limits& limits, double slowness, Time start);

  /// The guest has shown something.
  void note_output(Time now) { last_output_ = now; }
  /// The guest has read something of its medium that it had not read before: it is getting on, and
  /// a silence meanwhile counts only when it is four times as long as its limit.
  void note_read(Time now) { last_read_ = now; }
  /// When that was told last; the start where it never was.
  [[nodiscard]] Time last_read() const { return last_read_; }
  /// A step begins.
  void begin_step(Time now) { step_started_ = now; }
  /// A step has passed: resets before it make no loop.
  void note_progress() { resets_ = 0; }
  /// The guest was reset. True when it was reset so often without progress that it is a loop.
  [[nodiscard]] bool note_reset(Time now);

  /// Resets since the last progress.
  [[nodiscard]] int resets() const { return resets_; }
  [[nodiscard]] Time step_started() const { return step_started_; }
  /// Since when the guest has been quiet: a step's beginning ends a silence too, for only then it
  /// was told what it is to answer.
  [[nodiscard]] Time quiet_since() const { return std::max(last_output_, step_started_); }
  /// How slow this host is, as given.
  [[nodiscard]] double slowness() const { return slowness_; }
  /// A time on the reference machine as one on this host.
  [[nodiscard]] Duration scaled(std::chrono::milliseconds limit) const;

  /// The limit that is reached first. `step`: none where all steps have passed. A silence counts
  /// only where output is awaited.
  [[nodiscard]] Limit nearest(const Step* step, bool awaits_output) const;

 private:
  Limits limits_;
  double slowness_;
  Time start_;
  Time last_output_;
  Time step_started_;
  Time last_read_;
  int resets_ = 0;
  std::optional<Time> counted_reset_;
};

}  // namespace bootproof
