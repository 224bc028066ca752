#pragma once

#include <string>

#include "reports/result.h"
#include "reports/table.h"

namespace bootproof {

/// A table for each medium: a row for each firmware, a column for each device, in order of first
/// appearance. A cell says "ok prompt 12.3s", "FAILED(cause) 4.0s", "ERROR(cause)" or, for what was
/// not booted, "impossible [1]" with the reasons below the table; cases at the same place stand
/// side by side. "!" marks what contradicts its forecast, "?" what was doubtful. Reads the
/// properties `medium`, `firmware` and `device`; cases without them are left out. Empty where there
/// is none.
std::string matrix_table(const RunResult& run, const TextStyle& style);

}  // namespace bootproof
