#pragma once

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "harness/diagnosis/own_signatures.h"
#include "scenarios/own_cause.h"

namespace bootproof {

/// The causes that users wrote as signatures, compiled; null where there are none. `ignore` holds
/// up to the day of `expires`; after it the cause counts, and its hint says so. Throws Error
/// (kScenario).
std::shared_ptr<const OwnSignatures> own_signatures_of(std::span<const OwnCause> causes,
                                                       std::chrono::sys_days today);

/// A warning for each cause whose `ignore` has expired: where it stands, and since when.
std::vector<std::string> expired_ignores(std::span<const OwnCause> causes,
                                         std::chrono::sys_days today);

/// The file of causes that says the same (load_own_causes reads it): a run folder keeps it, so that
/// its cases can be diagnosed again.
std::string own_causes_file(std::span<const OwnCause> causes);

/// Its name in a run folder.
inline constexpr const char* kRunCausesFile = "causes.yaml";

/// The day it is, UTC.
std::chrono::sys_days today();

}  // namespace bootproof
