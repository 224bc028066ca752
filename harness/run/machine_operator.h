#pragma once

#include <set>
#include <string>

#include "harness/core/async.h"
#include "harness/run/case_logic.h"
#include "harness/vm/machine.h"
#include "harness/vm/machine_spec.h"

namespace bootproof {

/// Does to one started machine what steps ask for: discs in and out, sticks in and out, buttons.
class MachineOperator {
 public:
  /// Both have to outlive this.
  MachineOperator(const MachineSpec& spec, const MachineFiles& files)
      : spec_(spec), files_(files) {}

  /// Does it; kColdBoot is not for here. Throws Error (kHost) where QEMU refuses.
  Task<void> operate(Machine& machine, OperateMachine what);

 private:
  [[nodiscard]] std::size_t shelf_index(const std::string& medium) const;
  Task<void> eject(Machine& machine);
  Task<void> insert(Machine& machine, std::size_t index);
  Task<void> plug(Machine& machine, std::size_t index);
  Task<void> add_node(Machine& machine, std::size_t index, bool read_only);

  const MachineSpec& spec_;
  const MachineFiles& files_;
  std::set<std::string> nodes_;  ///< Block nodes that were added; they stay.
};

}  // namespace bootproof
