#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/async.h"
#include "harness/vm/machine.h"
#include "reports/result.h"

namespace bootproof {

/// True for a failed case whose kernel was seen running and fell silent, or never said what was
/// awaited: then it is asked what it does.
bool wants_prodding(const Verdict& verdict);

/// The lines of what a prodded kernel printed that tell most: each task that is blocked (state D)
/// and the first process, with the functions that they wait in; that the kernel forbids the dumps;
/// that it answered an NMI. Escaped, 10 lines at most. Pure.
std::vector<std::string> prod_evidence(std::string_view text);

/// Asks a kernel that lives but hangs what it does: SysRq by a break on the serial line, keys `w`
/// (blocked tasks), `l` (processors) and `t` (all tasks), and an NMI where it does not answer the
/// first of them (Linux, Documentation/admin-guide/sysrq.rst). About 2 s at most.
class KernelProd {
 public:
  /// What comes on the serial line while it is prodded; 1 MiB is kept.
  void hear(std::string_view bytes);
  /// Prods. `heard` is notified by whoever calls hear(). No exception: a machine that refuses says
  /// nothing.
  Task<void> prod(Machine& machine, Wakeup& heard);

  [[nodiscard]] bool is_active() const { return is_active_; }
  /// Lines for the verdict; empty where nobody was prodded.
  [[nodiscard]] std::vector<std::string> evidence() const;

 private:
  Task<void> press(Machine& machine, Wakeup& heard, char key);
  Task<void> listen(Wakeup& heard, Clock::duration limit);

  std::string text_;
  bool is_active_ = false;
  bool was_prodded_ = false;
  bool was_interrupted_ = false;  ///< By an NMI.
};

}  // namespace bootproof
