#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "harness/diagnosis/cpu_state.h"

namespace bootproof {

/// Some bytes of machine code round a processor's instruction pointer.
struct CodeWindow {
  std::span<const std::uint8_t> bytes;
  std::size_t at = 0;  ///< Where in them the instruction pointer stands.
};

/// True where the code that is run from here on is a loop of nothing but jumps, pauses and halts,
/// all of it in the window and without an instruction that lets interrupts in: with interrupts off
/// it can't end (Intel SDM volume 2, JMP, NOP, PAUSE, HLT, CLI; Arm ARM, B, NOP, YIELD, WFE, WFI).
/// What is not known for certain is no such loop.
bool is_closed_loop(const CodeWindow& code, CpuMode mode, bool has_16_bit_code);

/// True where the instruction before the pointer is aarch64's WFI: that is where a processor stands
/// that waits for an interrupt.
bool is_behind_wfi(const CodeWindow& code);

/// True where none of the hardware's interrupts, nor what the BIOS calls from them, leads to a
/// handler outside of ROM. `vectors`: the 1024 bytes of the real mode's interrupt table (Intel SDM
/// volume 3, 20.1.4). A loop in real mode then can't end even with interrupts on.
bool are_interrupts_the_bios_own(std::span<const std::uint8_t> vectors);

}  // namespace bootproof
