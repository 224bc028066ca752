#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "harness/core/async.h"
#include "harness/run/case_logic.h"
#include "harness/run/read_verdict.h"
#include "harness/vm/machine_spec.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// Asks running cases to end early: the user's signal, or --fail-fast. Single-threaded.
class StopRequest {
 public:
  /// True once somebody asked; `reason()` says why.
  [[nodiscard]] bool requested() const { return !reason_.empty(); }
  [[nodiscard]] const std::string& reason() const { return reason_; }
  void request(std::string reason);
  /// Called on request; the returned number takes the listener away again.
  int listen(std::function<void()> listener);
  void forget(int number);

 private:
  std::string reason_;
  std::map<int, std::function<void()>> listeners_;
  int last_ = 0;
};

/// What runs now, for the live status. Owned by the session, read between awaits.
struct LiveCase {
  std::string full_id;
  std::string stage;
  std::string last_line;
  Clock::time_point started;
};

/// Told while a session runs.
struct SessionHooks {
  std::function<void(const LiveCase&)> changed;
  std::function<void(const CaseNote&)> noted;
  /// The guest stands still for good: its verdict is known, evidence and goodbye follow.
  std::function<void(const Verdict&)> paused;
  /// What is known of the medium; asked once, on a thread of the pool, while the machine boots, and
  /// perhaps answered when the session is over. Empty: nothing is known.
  std::function<MediumFacts()> medium;
  /// Not asked but told: the signatures of the user's own; null: none.
  std::shared_ptr<const OwnSignatures> own{};
};

/// How one boot ended, with what the reports want to know of it.
struct SessionResult {
  Attempt attempt;
  std::string console_tail;
  Properties
      properties;  ///< When which stage was reached, resets, skipped countdowns, QEMU version.
};

/// Boots one machine and works through the scenario's steps: machine files, QEMU, steps, evidence,
/// goodbye. `folder` must exist and gets `serial.log`, `firmware.log`, `qmp.log`, `qemu.log`,
/// `timeline.jsonl`, `screen.txt`, `vga.txt` and `screen.png` (x86), `repro.sh`, and for a failed
/// case whose kernel had started `kernel-log.txt`, for one that no line of the console explains
/// `cpu.txt`. `prods`: a kernel that lives and hangs is asked what it does. Evidence is written
/// before QEMU is ended. What goes wrong on the host becomes a verdict of kind Error, never an
/// exception, but for Error kScenario and bugs.
Task<SessionResult> run_session(const Cell& cell, MachineSpec spec, std::filesystem::path folder,
                                double slowness, asio::thread_pool& pool, StopRequest& stop,
                                SessionHooks hooks, bool prods = true);

/// A verdict of kind Error for something that is wrong with the host.
Verdict error_verdict(std::string cause, const Error& error);

}  // namespace bootproof
