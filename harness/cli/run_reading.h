#pragma once

#include <filesystem>

#include "reports/result.h"

namespace bootproof {

/// The `run.json` of a run folder, or the file itself where it is one. Throws Error (kUsage) where
/// there is none, or where it is no run of ours.
RunResult read_run(const std::filesystem::path& folder);

}  // namespace bootproof
