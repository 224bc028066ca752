#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/media.h"
#include "harness/vm/machine_spec.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// How long cases took the last time, so that the longest can start first. Kept in the cache
/// folder; a file that can't be read counts as empty.
class Durations {
 public:
  explicit Durations(std::filesystem::path file);

  /// The last duration of a case (full id), or an estimate by firmware where it was never run.
  [[nodiscard]] std::chrono::milliseconds expected(const Cell& cell) const;
  void record(const Cell& cell, std::chrono::milliseconds duration);
  /// Writes the file. Throws Error (kHost).
  void save() const;

 private:
  std::filesystem::path file_;
  std::map<std::string, std::int64_t> milliseconds_;
};

/// How long a cell takes, roughly, by its kind of firmware alone: the same on every host.
std::chrono::milliseconds estimated_duration(const Cell& cell);

/// The cells whose full id passes the filters, in their order: glob patterns (`*` and `?`; one
/// without either matches anywhere in the id, and a whole id that case alone), those that begin
/// with `!` take away. No pattern means all. Throws Error (kUsage) where nothing is left, naming
/// the patterns.
std::vector<Cell> filter_cells(std::span<const Cell> cells, std::span<const std::string> patterns);

/// The machine for a cell whose medium is ready.
MachineSpec machine_spec_of(const Cell& cell, const ReadyMedium& medium, Accelerator accelerator,
                            bool skip_countdowns);

/// The same for a cell all of whose files are ready: firmware of one's own, further disks, and what
/// steps bring as well.
MachineSpec machine_spec_of(const Cell& cell, const ReadyFiles& files, Accelerator accelerator,
                            bool skip_countdowns);

/// Accelerators work only for the host's own architecture: emulation for all others.
Accelerator accelerator_for(MachineType machine, Accelerator chosen);

}  // namespace bootproof
