#pragma once

#include "harness/diagnosis/signature.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What a failure is worth in a case that was to fail for the causes `expected`: passed where it is
/// one of them and all steps have passed before; otherwise failed, and for another cause the
/// message says both.
Verdict judge_expected_failure(Verdict failure, const ExpectedFailure& expected, bool steps_passed);

/// True where a boot that has come to `stage` can't fail for `expected` any more: its kernel has
/// started, and all the causes are the firmware's or the loader's.
bool is_too_far_for(const ExpectedFailure& expected, Stage stage);

}  // namespace bootproof
