#include "harness/run/watchdogs.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

constexpr int kResetLoop = 3;  ///< Resets without a step in between that make a loop.
/// A triple fault on q35 resets twice, some 30 ms apart: by the fault and by SeaBIOS's resume path.
constexpr milliseconds kSameReset{80};
/// By how many silence limits reads of the medium put off the end of a silence.
constexpr int kReadingGrace = 3;

}  // namespace

Watchdogs::Watchdogs(const Limits& limits, double slowness, Time start)
    : limits_(limits),
      slowness_(slowness),
      start_(start),
      last_output_(start),
      step_started_(start),
      last_read_(start) {}

bool Watchdogs::note_reset(Time now) {
  if (counted_reset_ && now - *counted_reset_ < kSameReset) {
    return false;
  }
  counted_reset_ = now;
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
    const Duration silence = scaled(limits_.silence);
    const Time moved =
        std::clamp(last_read_, quiet_since(), quiet_since() + kReadingGrace * silence);
    consider({moved + silence, "machine.silent", quiet_since(),
              last_output_ < step_started_ ? "the step began" : "the last output"});
  }
  if (step != nullptr) {
    // A goal is the whole boot, a step a part of it.
    const bool is_goal = std::holds_alternative<ReachStep>(step->action);
    const milliseconds limit = step->within.value_or(is_goal ? limits_.cell : limits_.step);
    consider({step_started_ + scaled(limit), "step.no-match", step_started_, "the step began"});
  }
  return nearest;
}

}  // namespace bootproof
