#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/async.h"
#include "harness/diagnosis/cpu_state.h"
#include "harness/vm/machine.h"

namespace bootproof {

/// The processors of a running machine, looked at several times.
struct CpuSamples {
  std::vector<std::vector<CpuState>> samples;  ///< Oldest first.
  std::vector<CpuHistory> cpus;                ///< What they show together.
  std::string problem;                         ///< Why there are none.
};

/// Looks five times within 240 ms, without stopping the machine. On aarch64 a processor that stands
/// behind a WFI counts as halted. No exception: what fails is the result's `problem`.
Task<CpuSamples> sample_cpus(Machine& machine);

/// A machine that can't ever go on.
struct HangProof {
  std::string cause;  ///< "machine.halted", "machine.spins".
  CpuSamples samples;
};

/// Looks whether the machine is lost for certain: every processor is halted with interrupts off
/// (x86), or goes round a closed loop that no interrupt ends; in each sample, the same. A machine
/// that runs costs one or two questions to QEMU's monitor, 1 ms each. No exception: what can't be
/// asked proves nothing.
Task<std::optional<HangProof>> prove_hang(Machine& machine);

}  // namespace bootproof
