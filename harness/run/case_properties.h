#pragma once

#include "harness/run/media.h"
#include "harness/vm/machine_spec.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What reports say of a cell whether it was booted or not: `medium`, `firmware`, `device`,
/// `machine`.
Properties properties_of(const Cell& cell);

/// The same and what it was booted with: accelerator, memory, further axes, the files and their
/// digests.
Properties properties_of(const Cell& cell, const MachineSpec& spec, const ReadyFiles& files);

}  // namespace bootproof
