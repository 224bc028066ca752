#include "harness/run/expected_failure.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/core/text.h"
#include "harness/run/case_texts.h"

namespace bootproof {

Verdict judge_expected_failure(Verdict failure, const ExpectedFailure& expected,
                               bool steps_passed) {
  const bool is_expected = expected.covers(failure.cause);
  if (is_expected && steps_passed) {
    failure.outcome = Outcome::kPassed;
    // A cause of the user's own is not in the table.
    const std::string said =
        is_cause(failure.cause) ? std::string(sentence_of(failure.cause)) : failure.message;
    failure.message = fmt::format("failed as it should: {}", said);
    failure.hint.clear();
  } else if (!is_expected && failure.cause != "case.did-not-fail") {
    failure.message = fmt::format("the case was to fail for {}, but failed for {}: {}",
                                  expected.text(), failure.cause, failure.message);
  }
  return failure;
}

bool is_too_far_for(const ExpectedFailure& expected, Stage stage) {
  if (stage < Stage::kKernel) {
    return false;
  }
  const std::span<const Signature> rows = failure_signatures();
  return std::all_of(expected.causes.begin(), expected.causes.end(), [&](const std::string& glob) {
    bool is_known = false;
    for (const Signature& row : rows) {
      if (matches_glob(glob, row.cause)) {
        is_known = true;
        if (row.stage >= Stage::kKernelLoad) {
          return false;
        }
      }
    }
    return is_known;
  });
}

}  // namespace bootproof
