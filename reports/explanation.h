#pragma once

#include <string>

#include "reports/result.h"
#include "reports/table.h"

namespace bootproof {

/// A case for people: what was foretold of it link by link, beside when its boot came to the stage
/// that proves the link, and how it ended with its evidence. Paths are put after `run_folder`.
std::string explanation_of(const CaseResult& result, const std::string& run_folder,
                           const TextStyle& style);

}  // namespace bootproof
