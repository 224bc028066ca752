#include "harness/run/cpu_evidence.h"

#include <utility>

#include "harness/core/files.h"

namespace bootproof {

Task<std::string> CpuEvidence::look_for_hang(Machine& machine) {
  auto proving = prove_hang(machine);
  std::optional<HangProof> proof = co_await std::move(proving);
  if (!proof) {
    co_return "";
  }
  seen_ = std::move(proof->samples);
  co_return std::move(proof->cause);
}

Task<void> CpuEvidence::sample(Machine& machine) {
  if (seen_.cpus.empty()) {
    auto sampling = sample_cpus(machine);
    seen_ = co_await std::move(sampling);
  }
}

std::vector<std::uint64_t> CpuEvidence::addresses() const {
  std::vector<std::uint64_t> all;
  for (const CpuHistory& cpu : seen_.cpus) {
    all.push_back(cpu.last.address);
  }
  return all;
}

CpuFindings CpuEvidence::findings() const {
  return {seen_.cpus, symbols_, resets_.resets(), seen_.problem};
}

void CpuEvidence::write(const std::filesystem::path& folder) const {
  const CpuFindings all = findings();
  if (!all.cpus.empty() || !all.problem.empty()) {
    replace_file(folder / "cpu.txt", cpu_file(all, seen_.samples));
  }
}

}  // namespace bootproof
