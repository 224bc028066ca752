#include "harness/run/countdown_skipper.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

constexpr int kMostCountdowns = 3;            ///< Countdowns that are skipped at most.
constexpr milliseconds kCountdownPause{200};  ///< Time for a step to match the menu first.
/// A countdown is drawn again each second; one that was gone for longer is another one.
constexpr milliseconds kLongestAbsence{1500};

}  // namespace

const Countdown* CountdownSkipper::look(const Countdown* standing, bool may_skip, Time now) {
  remember_absence(standing, now);
  const bool wanted =
      may_skip && standing != nullptr && standing != skipped_ && count_ < kMostCountdowns;
  if (!wanted) {
    seen_.reset();
    return nullptr;
  }
  if (!seen_) {
    seen_ = now;
  }
  if (now - *seen_ < kCountdownPause) {
    return nullptr;
  }
  seen_.reset();
  skipped_ = standing;
  absent_since_.reset();
  ++count_;
  return standing;
}

void CountdownSkipper::remember_absence(const Countdown* standing, Time now) {
  if (skipped_ == nullptr) {
    return;
  }
  if (standing != skipped_) {
    absent_since_ = absent_since_.value_or(now);
    return;
  }
  if (absent_since_ && now - *absent_since_ > kLongestAbsence) {
    skipped_ = nullptr;
  }
  absent_since_.reset();
}

std::optional<CountdownSkipper::Time> CountdownSkipper::deadline() const {
  return seen_ ? std::optional<Time>(*seen_ + kCountdownPause) : std::nullopt;
}

void CountdownSkipper::note_reset() {
  seen_.reset();
  skipped_ = nullptr;
  absent_since_.reset();
}

}  // namespace bootproof
