#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

#include "reports/result.h"

namespace bootproof {

/// A document that is no `run.json` of ours: says what was found and expected.
class NotARun : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Reads what run_json() wrote: the inverse, but for texts that were cut or escaped there. Keys
/// that are not known are passed over, missing ones stand for nothing. Throws NotARun for what is
/// no JSON, has another format or a later version, or a value of another kind.
RunResult read_run_json(std::string_view text);

/// The case in a `verdict.json`, with the one attempt that it is of. Throws NotARun.
CaseResult read_verdict_json(std::string_view text);

}  // namespace bootproof
