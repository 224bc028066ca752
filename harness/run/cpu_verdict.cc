#include "harness/run/cpu_verdict.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/diagnosis/signature.h"
#include "harness/run/case_texts.h"
#include "harness/run/expected_failure.h"
#include "harness/run/kernel_log_verdict.h"
#include "harness/run/verdict_basis.h"

namespace bootproof {
namespace {

bool spins_in(const CpuHistory& cpu, CodeRegion region) {
  return cpu.activity == CpuActivity::kSpins && region_of(cpu.last) == region;
}

/// True where a processor spins and none does anything else than to wait for it.
bool only_spins(const std::vector<CpuHistory>& cpus) {
  const auto is_spinning = [](const CpuHistory& cpu) {
    return cpu.activity == CpuActivity::kSpins;
  };
  return std::any_of(cpus.begin(), cpus.end(), is_spinning) &&
         std::all_of(cpus.begin(), cpus.end(), [&](const CpuHistory& cpu) {
           return is_spinning(cpu) || cpu.activity == CpuActivity::kHaltedForGood;
         });
}

/// The cause that the processors prove; empty where they prove none.
std::string_view cause_of(const Verdict& verdict, const CpuFindings& findings) {
  if (verdict.cause == "machine.reset-loop") {
    return is_triple_fault_loop(findings.resets) ? "machine.triple-fault" : "";
  }
  if (!is_unproved(verdict.cause)) {
    return "";
  }
  if (are_halted_for_good(findings.cpus)) {
    return "machine.halted";
  }
  // The kernel's log has told that it went on to its initramfs: what is silent is the console.
  if (verdict.cause == "kernel.silent-console" && stage_named(verdict.stage) >= Stage::kInitramfs) {
    return "";
  }
  // Only after a long silence: a processor that was seen in one place five times may move on.
  const bool was_silent =
      verdict.cause == "machine.silent" || verdict.cause == "kernel.silent-console";
  if (!was_silent) {
    return "";
  }
  const auto in_kernel =
      std::find_if(findings.cpus.begin(), findings.cpus.end(),
                   [](const CpuHistory& cpu) { return spins_in(cpu, CodeRegion::kKernel); });
  if (in_kernel != findings.cpus.end()) {
    return "kernel.hangs";
  }
  return only_spins(findings.cpus) ? "machine.spins" : "";
}

/// The stage that the places of a loop's resets show.
Stage stage_of(const std::vector<GuestReset>& resets) {
  Stage stage = Stage::kNone;
  for (const GuestReset& reset : resets) {
    const CpuState* cpu = reset.outside_of_firmware();
    const CodeRegion region = cpu == nullptr ? CodeRegion::kBios : region_of(*cpu);
    if (region == CodeRegion::kBootSector) {
      stage = std::max(stage, Stage::kBootDevice);
    } else if (region == CodeRegion::kLowMemory) {
      stage = std::max(stage, Stage::kLoader);
    } else if (region == CodeRegion::kKernel) {
      stage = Stage::kKernel;
    }
  }
  return stage;
}

std::string_view halted_text(const CpuState& cpu) {
  if (!cpu.is_halted) {
    return "-";
  }
  return *cpu.is_halted ? "yes" : "no";
}

}  // namespace

bool wants_cpu_state(const Verdict& verdict) {
  return verdict.outcome == Outcome::kFailed &&
         (is_unproved(verdict.cause) || is_standstill(verdict.cause) ||
          verdict.cause == "machine.reset-loop");
}

Verdict judge_by_cpus(Verdict verdict, const CpuFindings& findings, const Scenario& scenario,
                      bool steps_passed) {
  if (!wants_cpu_state(verdict)) {
    return verdict;
  }
  const auto& expected = scenario.expect_failure;
  const bool is_expected = expected && expected->covers(verdict.cause);
  const std::string_view cause = is_expected ? "" : cause_of(verdict, findings);
  if (!cause.empty()) {
    const std::string circumstance(circumstance_of(verdict));
    verdict.cause = cause;
    verdict.message = fmt::format("{}; {}", sentence_of(cause), circumstance);
    if (const Cause* row = find_cause(cause)) {
      verdict.hint = row->hint;
    }
    verdict.candidates.clear();
    set_basis(verdict, nullptr);
  }
  if (verdict.cause == "machine.reset-loop" || verdict.cause == "machine.triple-fault") {
    verdict.stage = name_of(std::max(stage_named(verdict.stage), stage_of(findings.resets)));
  }
  const std::vector<std::string> cpus = describe(findings.cpus, findings.symbols);
  verdict.evidence.insert(verdict.evidence.end(), cpus.begin(), cpus.end());
  const std::vector<std::string> resets = describe(findings.resets);
  verdict.evidence.insert(verdict.evidence.end(), resets.begin(), resets.end());
  if (expected && !cause.empty()) {
    verdict = judge_expected_failure(std::move(verdict), *expected, steps_passed);
  }
  return verdict;
}

std::string cpu_file(const CpuFindings& findings,
                     const std::vector<std::vector<CpuState>>& samples) {
  std::string text;
  if (!findings.problem.empty()) {
    text += fmt::format("# not sampled: {}\n", findings.problem);
  }
  for (const std::string& line : describe(findings.cpus, findings.symbols)) {
    text += line + "\n";
  }
  for (const std::string& line : describe(findings.resets)) {
    text += line + "\n";
  }
  text += "\n# sample, CPU, address, region, mode, privilege, interrupts, halted, CR0, CR3, EFER\n";
  const auto told = [](const std::optional<std::uint64_t>& value) {
    return value ? fmt::format("{:x}", *value) : std::string("-");
  };
  for (std::size_t i = 0; i < samples.size(); ++i) {
    for (const CpuState& cpu : samples[i]) {
      text += fmt::format("{} {} {:016x} '{}' '{}' {} {} {} {} {} {}\n", i + 1, cpu.index,
                          cpu.address, name_of(region_of(cpu)), name_of(cpu.mode), cpu.privilege,
                          cpu.interrupts ? "on" : "off", halted_text(cpu), told(cpu.cr0),
                          told(cpu.cr3), told(cpu.efer));
    }
  }
  return text;
}

}  // namespace bootproof
