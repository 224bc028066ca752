#pragma once

#include <string>
#include <vector>

#include "harness/diagnosis/cpu_state.h"
#include "harness/diagnosis/reset_log.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What was seen of a machine's processors.
struct CpuFindings {
  std::vector<CpuHistory> cpus;
  std::vector<std::string> symbols;  ///< The names of where they stand, as far as they are known.
  std::vector<GuestReset> resets;
  std::string problem;  ///< Why there is no history.
};

/// True for a failed case of which the processors may say why: no line proved its cause, or the
/// machine itself is it.
bool wants_cpu_state(const Verdict& verdict);

/// A failed verdict as the processors correct it: their lines join the evidence, and where the
/// console proved no cause a silence may become machine.halted, machine.spins or kernel.hangs, and
/// a loop of resets machine.triple-fault. A cause that was proved, or that `scenario` expects,
/// stays. Pure.
Verdict judge_by_cpus(Verdict verdict, const CpuFindings& findings, const Scenario& scenario,
                      bool steps_passed);

/// What the file cpu.txt has: the lines of evidence, then each sample in a line.
std::string cpu_file(const CpuFindings& findings,
                     const std::vector<std::vector<CpuState>>& samples);

}  // namespace bootproof
