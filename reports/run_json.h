#pragma once

#include <string>
#include <string_view>

#include "reports/result.h"

namespace bootproof {

/// The version of the document that run_json writes; it grows as kVerdictFormatVersion does.
inline constexpr int kRunFormatVersion = 1;

/// Its `format`.
inline constexpr std::string_view kRunFormat = "bootproof-run";

/// The whole run for `run --json`: one JSON object and a line feed. Keys (README.md has the table):
/// `format` ("bootproof-run"), `version`, `name`, `started`, `duration_ms`, `interrupted`,
/// `properties`, `totals`, and `cases`, each with `suite`, `id`, the last attempt's verdict,
/// `flaky`, `duration_ms`, `properties`, `foretold`, all `attempts` and `console_tail`.
std::string run_json(const RunResult& run);

}  // namespace bootproof
