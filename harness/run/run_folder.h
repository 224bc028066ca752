#pragma once

#include <filesystem>
#include <string>

namespace bootproof {

/// The folder of one run: `events.jsonl`, `run.json`, `junit.xml` and one folder per case.
///
/// A folder of an earlier run is emptied; a folder that holds anything else is refused, so that a
/// slip in
/// `--out` deletes nothing. Throws Error: kUsage for such a folder, kHost where it can't be made or
/// written.
void open_run_folder(const std::filesystem::path& folder);

/// The folder of a case's attempt, relative to the run folder: `scenario/case`, for retries
/// `scenario/case.2`. All names come from checked words, so it never leaves the run folder.
std::string attempt_folder(const std::string& full_id, int attempt);

}  // namespace bootproof
