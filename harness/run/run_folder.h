#pragma once

#include <filesystem>
#include <string>

#include "harness/core/unique_fd.h"

namespace bootproof {

/// The folder of one run: `events.jsonl`, `run.json`, `junit.xml`, one folder per case, and the
/// marker `.bootproof-run`, which is locked while the run lasts and says whether it ended.
class RunFolder {
 public:
  /// Makes the folder. One of an earlier run is emptied; one that holds anything else is refused,
  /// so that a slip in `--out` deletes nothing, and so is one that a run uses now. Throws Error:
  /// kUsage for such a folder, kHost where it can't be made or written.
  explicit RunFolder(std::filesystem::path folder);

  /// Notes in the marker that the run ended by itself and its reports are whole. A folder without
  /// that note is what a killed run left behind.
  void note_end();

 private:
  std::filesystem::path folder_;
  UniqueFd marker_;
};

/// The folder of a case's attempt, relative to the run folder: `scenario/case`, for retries
/// `scenario/case.2`. All names come from checked words, so it never leaves the run folder.
std::string attempt_folder(const std::string& full_id, int attempt);

}  // namespace bootproof
