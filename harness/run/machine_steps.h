#pragma once

#include <optional>
#include <string>

#include "harness/run/case_logic.h"
#include "scenarios/scenario.h"

namespace bootproof {

// The steps that are done to the machine: one row of sense in three functions.

/// What a step asks of the machine; nothing where it only waits, as `power_down: guest` does.
std::optional<OperateMachine> operation_of(const Step& step);

/// Whether the step has passed only when the machine says so: a reset, its end, a new start.
bool takes_effect_later(const Step& step);

/// What such a step waits for, after "was waiting for": "the machine to be switched off"; "quiet"
/// for `wait_quiet`.
std::string effect_of(const Step& step);

/// Such a step as verdicts and the event log write it: "plug stick".
std::string text_of_machine_step(const Step& step);

}  // namespace bootproof
