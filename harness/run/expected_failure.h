#pragma once

#include <string_view>

#include "harness/diagnosis/signature.h"
#include "reports/result.h"

namespace bootproof {

/// What a failure is worth in a case that was to fail for the cause `expected`: passed where it is
/// that one and all steps have passed before; otherwise failed, and for another cause the message
/// says both.
Verdict judge_expected_failure(Verdict failure, std::string_view expected, bool steps_passed);

/// True where a boot that has come to `stage` can't fail for `expected` any more: its kernel has
/// started, and the cause is one of the firmware's or the loader's.
bool is_too_far_for(std::string_view expected, Stage stage);

}  // namespace bootproof
