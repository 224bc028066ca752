#include "harness/run/expected_failure.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/run/case_texts.h"

namespace bootproof {

Verdict judge_expected_failure(Verdict failure, std::string_view expected, bool steps_passed) {
  if (failure.cause == expected && steps_passed) {
    failure.outcome = Outcome::kPassed;
    failure.message = fmt::format("failed as it should: {}", sentence_of(expected));
    failure.hint.clear();
  } else if (failure.cause != expected && failure.cause != "case.did-not-fail") {
    failure.message = fmt::format("the case was to fail for {}, but failed for {}: {}", expected,
                                  failure.cause, failure.message);
  }
  return failure;
}

bool is_too_far_for(std::string_view expected, Stage stage) {
  const std::span<const Signature> rows = failure_signatures();
  const auto row = std::find_if(rows.begin(), rows.end(),
                                [&](const Signature& one) { return one.cause == expected; });
  return stage >= Stage::kKernel && row != rows.end() && row->stage < Stage::kKernelLoad;
}

}  // namespace bootproof
