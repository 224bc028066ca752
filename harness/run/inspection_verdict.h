#pragma once

#include <string_view>

#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What evidence that the inspection of the medium gave begins with.
inline constexpr std::string_view kInspectionMark = "(inspection) ";

/// A failed verdict as the inspection of the medium completes it. Where a boot was lost for a cause
/// that only says so (firmware.no-bootable-device, machine.silent, ...) and the inspection foretold
/// that it can't boot here, the link that breaks joins the evidence, marked "(inspection)", and
/// gives its cause, sentence and hint where a row of medium_causes() knows it; what the machine
/// said stays in the message. Where it is lost as foretold for a cause that the machine proved, the
/// link joins the evidence alone. Other causes, those in `tolerated` and those that `scenario`
/// expects stay. `cut`: what the inspection found of an image that ends too early (cut_of()), or
/// empty. Pure.
Verdict judge_by_inspection(Verdict verdict, const Foretold& foretold, std::string_view cut,
                            const Scenario& scenario);

}  // namespace bootproof
