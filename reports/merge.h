#pragma once

#include <string>
#include <vector>

#include "reports/result.h"

namespace bootproof {

/// A part of a run that was made in shards, with where it lies.
struct RunPart {
  RunResult run;
  std::string folder;  ///< Of its evidence, as the joined report is to name it.
};

/// Several runs as one.
struct MergedRun {
  RunResult run;
  /// What keeps it from being whole: a part that is missing or there twice, parts that were shared
  /// out differently, a case that two of them ran, a part that was interrupted.
  std::vector<std::string> problems;
};

/// Joins runs: their cases in the order of the parts, evidence folders put after each part's. The
/// run takes as long as its longest part and began with the first; properties on which all agree
/// stay. Parts are told by the properties `shard` ("2/5") and `shard-plan`; without them runs are
/// joined as they come.
MergedRun merge_runs(std::vector<RunPart> parts);

}  // namespace bootproof
