#pragma once

#include <filesystem>
#include <functional>
#include <future>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/async.h"
#include "harness/diagnosis/medium_reads.h"
#include "harness/diagnosis/read_trace.h"
#include "harness/run/case_logic.h"
#include "harness/run/read_verdict.h"
#include "harness/run/timeline.h"
#include "harness/vm/machine_spec.h"
#include "reports/result.h"

namespace bootproof {

/// What is seen of one boot beside its console: the reads of its medium, with the names that an
/// inspection gives them, and the timeline that all streams are written to. Belongs to the
/// io_context's thread.
class ObservedBoot {
 public:
  using Time = Clock::time_point;

  /// Creates `timeline.jsonl` in the folder. Throws Error (kHost).
  ObservedBoot(const MachineSpec& spec, const std::filesystem::path& folder);

  /// Asks for what is known of the medium on a thread of the pool; the answer is looked for by
  /// turn(). `ask` may outlive this.
  void ask(asio::thread_pool& pool, std::function<MediumFacts()> ask);
  /// A machine is about to be started from these files.
  void expect_machine(const MachineFiles& files);
  /// It is let run. `boot`: 1 for the first one.
  void begin(int boot, std::string_view qemu_version);
  /// Bytes of QEMU's trace. True where something was read that had not been read before.
  bool trace(std::string_view bytes);
  /// To be called whenever the session has looked at its machine: writes what is due.
  void turn(CaseLogic& logic);
  /// Waits for what is known of the medium, and writes the reads that are not over.
  Task<void> settle(asio::thread_pool& pool);
  /// A failure with the evidence of the reads, where there is any.
  [[nodiscard]] Verdict explain(Verdict verdict) const;
  /// Writes the verdict as the last line and closes the file.
  void finish(const Verdict& verdict);

  [[nodiscard]] Timeline& timeline() { return timeline_; }
  /// What could not be recorded and why, for the reports.
  [[nodiscard]] Properties properties() const;

 private:
  void take_facts();
  void write_reads(bool all);
  /// True where the trace tells what is read.
  [[nodiscard]] bool sees_reads() const { return trace_ && trace_->knows_medium(); }

  const MachineSpec& spec_;
  Timeline timeline_;
  std::optional<ReadTrace> trace_;
  MediumReads reads_;
  MediumFacts facts_;
  std::shared_future<MediumFacts> asked_;
  Time flushed_;
  bool is_blind_ = false;  ///< A machine with a medium ran, and its trace told nothing.
};

}  // namespace bootproof
