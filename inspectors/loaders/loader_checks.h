#pragma once

#include "inspectors/finding.h"
#include "inspectors/loaders/loader_config.h"

namespace bootproof::inspectors {

/// Judges what is the same for every loader: whether the files that entries name are there, what
/// the default entry tells its kernel, and whether the loader goes on by itself. Fills in the
/// problems of the entries.
void judge_entries(LoaderConfig& config, const LoaderWorld& world, Findings& findings);

}  // namespace bootproof::inspectors
