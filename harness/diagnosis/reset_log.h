#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "harness/diagnosis/cpu_state.h"

namespace bootproof {

/// The processors as they stood when the machine was reset.
struct GuestReset {
  bool is_triple_fault = false;
  std::vector<CpuState> cpus;

  /// Where the code stood that was reset: the first processor outside of the firmware and with a
  /// state of its own; nullptr where there is none, as at power-on.
  [[nodiscard]] const CpuState* outside_of_firmware() const;
};

/// Reads the resets in QEMU's log (`-d cpu_reset`; QEMU 7.2, hw/core/cpu-common.c,
/// target/i386/tcg/sysemu/excp_helper.c). Pure: the same however the bytes are cut; other lines are
/// passed over. Bounded: the last 16 resets, 64 lines of 256 bytes for a processor.
class ResetLog {
 public:
  void feed(std::string_view bytes);
  /// The resets whose dumps have begun, oldest first, power-on among them.
  [[nodiscard]] std::vector<GuestReset> resets() const;

 private:
  void take_line();
  [[nodiscard]] static std::deque<GuestReset> with_dump(std::deque<GuestReset> resets,
                                                        const std::string& block, unsigned index,
                                                        bool is_triple_fault);

  std::string line_;
  std::string block_;  ///< The dump of one processor; empty where none is open.
  std::size_t block_lines_ = 0;
  unsigned index_ = 0;
  bool is_triple_fault_ = false;  ///< Said before the dump that is open, or that comes.
  bool comes_triple_fault_ = false;
  std::deque<GuestReset> resets_;
};

/// True where the last resets were triple faults of what runs outside of the firmware, two of them
/// at least: SeaBIOS resets by triple faults of its own.
bool is_triple_fault_loop(const std::vector<GuestReset>& resets);

/// "CPU 0 was reset at 0x7c05 (boot sector), real mode, by a triple fault": one line for each of
/// the last three places outside of the firmware.
std::vector<std::string> describe(const std::vector<GuestReset>& resets);

}  // namespace bootproof
