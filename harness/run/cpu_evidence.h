#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/async.h"
#include "harness/diagnosis/reset_log.h"
#include "harness/run/cpu_sampler.h"
#include "harness/run/cpu_verdict.h"
#include "harness/vm/machine.h"

namespace bootproof {

/// What is collected of a machine's processors in one case: how they stood at each reset, whether
/// they can go on, and where they were at its end.
class CpuEvidence {
 public:
  /// Lines of QEMU's log.
  void on_trace(std::string_view bytes) { resets_.feed(bytes); }
  /// Looks whether the machine can't go on; gives the cause, or an empty text. A proof is kept as
  /// the evidence of the case.
  Task<std::string> look_for_hang(Machine& machine);
  /// Looks where the processors are, unless a proof is kept.
  Task<void> sample(Machine& machine);
  /// Where they stand, for symbols.
  [[nodiscard]] std::vector<std::uint64_t> addresses() const;
  /// Names of addresses(), in their order.
  void set_symbols(std::vector<std::string> symbols) { symbols_ = std::move(symbols); }
  [[nodiscard]] CpuFindings findings() const;
  /// Writes cpu.txt; nothing where neither processors nor resets were seen.
  void write(const std::filesystem::path& folder) const;

 private:
  ResetLog resets_;
  CpuSamples seen_;
  std::vector<std::string> symbols_;
};

}  // namespace bootproof
