#include "harness/run/watchdogs.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

constexpr int kResetLoop = 3;  ///< Resets without a step in between that make a loop.
/// A triple fault on q35 resets twice, some 30 ms apart: by the fault and by SeaBIOS's resume path.
constexpr milliseconds kSameReset{80};

}  // namespace

Watchdogs::Watchdogs(const Limits& limits, double slowness, Time start)
    : limits_(limits),
      slowness_(slowness),
      start_(start),
      last_output_(start),
      step_started_(start) {}

bool Watchdogs::note_reset(Time now) {
  const bool is_echo = last_reset_ && now - *last_reset_ < kSameReset;
  last_reset_ = now;
  if (is_echo) {
    return false;
  }
  ++resets_;
  return resets_ >= kResetLoop;
}

Watchdogs::Duration Watchdogs::scaled(milliseconds limit) const {
  return std::chrono::duration_cast<Duration>(limit * slowness_);
}

Watchdogs::Limit Watchdogs::nearest(const Step* step, bool awaits_output) const {
  Limit nearest{start_ + scaled(limits_.cell), "case.limit", start_, "the start"};
  const auto consider = [&nearest](const Limit& other) {
    if (other.at < nearest.at) {
      nearest = other;
    }
  };
  if (awaits_output) {
    consider({last_output_ + scaled(limits_.silence), "machine.silent", last_output_,
              "the last output"});
  }
  if (step != nullptr) {
    consider({step_started_ + scaled(step->within.value_or(limits_.step)), "step.no-match",
              step_started_, "the step began"});
  }
  return nearest;
}

}  // namespace bootproof
