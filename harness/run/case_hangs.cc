#include <algorithm>
#include <utility>

#include "harness/core/text.h"
#include "harness/run/case_logic.h"
#include "harness/run/case_texts.h"
#include "harness/run/verdict_basis.h"

// The part of CaseLogic that ends a case whose machine can't go on.

namespace bootproof {
namespace {

/// How long the guest has to be quiet before its processors are looked at.
constexpr std::chrono::milliseconds kSuspicion{1000};

}  // namespace

std::optional<CaseLogic::Time> CaseLogic::suspicion_at() const {
  // What waits for its own time decides by itself: a prompt, a countdown, a goal, an echo.
  const bool waits = lost_since_ || typist_ || skipper_.deadline() ||
                     watch_.countdown() != nullptr || goal_due() || watch_.settled(tolerated_);
  if (verdict_ || !awaits_output() || waits) {
    return std::nullopt;
  }
  const auto& expected = scenario_.expect_failure;
  const auto is_expected = [&](std::string_view cause) { return expected->covers(cause); };
  const auto unproved = unproved_causes();
  if (expected && std::any_of(unproved.begin(), unproved.end(), is_expected)) {
    return std::nullopt;
  }
  return watchdogs_.quiet_since() + kSuspicion;
}

void CaseLogic::on_hang(std::string cause, std::string screen, Time now) {
  const std::optional<Time> suspicion = suspicion_at();
  if (!suspicion || now < *suspicion) {
    return;
  }
  if (!screen.empty()) {
    const std::size_t step = step_;
    show_vga(std::move(screen));
    note_stage(now);
    advance(now, Look::kEverywhere);
    fail_if_lost(now);
    if (verdict_ || step_ != step) {
      return;
    }
  }
  const std::string circumstance =
      awaited() + ", " + seconds_text(now - watchdogs_.quiet_since()) + " after the last output";
  const Cause* row = find_cause(cause);
  fail_unproved(std::move(cause), circumstance, row == nullptr ? "" : std::string(row->hint), now);
}

/// A new read of the medium shows that something gets on beside what goes round.
std::optional<CaseLogic::Time> CaseLogic::loop_due() const {
  const std::optional<Finding> loop =
      loop_since_ && awaits_output() ? watch_.repeating(tolerated_) : std::nullopt;
  if (!loop) {
    return std::nullopt;
  }
  return std::max(*loop_since_, watchdogs_.last_read()) + watchdogs_.scaled(loop->proof->settle);
}

void CaseLogic::check_loop(Time now) {
  const bool goes_round = awaits_output() && watch_.repeating(tolerated_).has_value();
  loop_since_ = goes_round ? std::optional<Time>(loop_since_.value_or(now)) : std::nullopt;
  const std::optional<Time> due = loop_due();
  if (due && now >= *due) {
    fail(*watch_.repeating(tolerated_), now);
  }
}

}  // namespace bootproof
