#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "reports/result.h"

namespace bootproof {

/// The `run.json` of a run folder, or the file itself where it is one. Throws Error (kUsage) where
/// there is none, or where it is no run of ours.
RunResult read_run(const std::filesystem::path& folder);

/// The youngest run below `out/`; nothing where there is none.
std::optional<std::filesystem::path> find_youngest_run();

/// The youngest run below `out/`, where none was named. Throws Error (kUsage) where there is none.
std::filesystem::path youngest_run();

/// The cases that a name stands for: a whole id, or those that it is a part of or a pattern for.
std::vector<const CaseResult*> find_cases(const RunResult& run, const std::string& name);

}  // namespace bootproof
