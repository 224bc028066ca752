#pragma once

#include <string>

#include "reports/result.h"
#include "reports/text_style.h"

namespace bootproof {

/// One row per case under a line per scenario: id, result, the stage or cause or reason, time,
/// number of tries, and how it came against its forecast where there is one. The reason gives way
/// first where the terminal is narrow, then the id, in its middle, then the forecast; below some 60
/// columns lines get longer than the terminal. Empty for a run without cases.
std::string case_table(const RunResult& run, const TextStyle& style);

/// A case that failed or ended in an error, in full:
///
///     scenario/id: FAILED  stage: cause: message
///         the lines of evidence
///       what to do: hint
///       evidence in: folder
///
/// Where there is no evidence the last lines of the console stand there. Paths are put after
/// `run_folder` where that is not empty. Empty for a case that passed or was skipped.
std::string failure_text(const CaseResult& result, const std::string& run_folder,
                         const TextStyle& style);

/// "21 passed, 1 failed, 0 errors, 2 skipped, 1 flaky in 3m12s", with "interrupted: " before it
/// where it was, and a line feed.
std::string totals_line(const RunResult& run, const TextStyle& style);

/// What a run says when it is over: the table, what was foretold and did not come so, each failure
/// in full, what cases passed only on retry, why cases were skipped (the same reason once), and the
/// totals.
std::string closing_text(const RunResult& run, const std::string& run_folder,
                         const TextStyle& style);
/// The same with another table than case_table() at its head, and with `skipped` (or nothing) for
/// why cases were skipped.
std::string closing_text(std::string table, std::string skipped, const RunResult& run,
                         const std::string& run_folder, const TextStyle& style);

}  // namespace bootproof
