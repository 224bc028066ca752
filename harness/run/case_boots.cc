#include "harness/run/case_logic.h"
#include "harness/run/machine_steps.h"

// The part of CaseLogic that is about the machine rather than its console: what steps do to it, and
// that one case may see several boots.

namespace bootproof {

void CaseLogic::on_reset_button(Time now) {
  if (!verdict_ && operation_ == Operation::kAsked) {
    begin_boot(now, "reset");
  }
}

void CaseLogic::on_power_on(Time now) {
  if (!verdict_) {
    begin_boot(now, "cold boot");
  }
}

/// The firmware begins anew: what was seen before belongs to another boot.
void CaseLogic::begin_boot(Time now, std::string_view how) {
  note(now, "boot", std::string(how));
  watch_.note_reset();
  noted_stage_ = Stage::kNone;
  skipper_.note_reset();
  screen_.feed("\x1b[2J\x1b[H");
  vga_.clear();
  position_ = transcript_.end();
  matched_before_ = true;
  guest_shut_down_ = false;
  operation_ = Operation::kDone;
  advance(now, Look::kEverywhere);
}

/// A step that is done to the machine; true once it has taken effect.
bool CaseLogic::operate(const Step& step) {
  if (operation_ == Operation::kNone) {
    if (const std::optional<OperateMachine> action = operation_of(step)) {
      actions_.emplace_back(*action);
    }
    operation_ = takes_effect_later(step) ? Operation::kAsked : Operation::kDone;
  }
  if (operation_ != Operation::kDone) {
    return false;
  }
  operation_ = Operation::kNone;
  return true;
}

}  // namespace bootproof
