#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/words.h"

namespace bootproof {

/// How an x86 processor runs its code (Intel SDM volume 3, 2.2), or that it is one of aarch64.
enum class CpuMode : std::uint8_t { kReal, kProtected, kVirtual8086, kCompatibility, kLong, kArm };

/// "real mode", "protected mode", ..., "aarch64"; for the last place_of() writes "EL1".
std::string_view name_of(CpuMode mode);

/// What QEMU tells of one processor.
struct CpuState {
  unsigned index = 0;
  CpuMode mode = CpuMode::kReal;
  std::uint64_t counter = 0;      ///< RIP, EIP or PC as the processor has it.
  std::uint64_t address = 0;      ///< The same with the base of CS where that counts: what is run.
  unsigned privilege = 0;         ///< CPL of x86, exception level of aarch64.
  bool interrupts = false;        ///< It takes maskable ones: EFLAGS.IF, or PSTATE.I clear.
  std::optional<bool> is_halted;  ///< HLT=1; QEMU does not tell it of aarch64.
  bool is_in_smm = false;
  std::optional<std::uint64_t> cr0;
  std::optional<std::uint64_t> cr3;
  std::optional<std::uint64_t> efer;

  bool operator==(const CpuState&) const = default;
};

/// Reads the answer of `info registers -a` (QEMU 7.2, target/i386/cpu-dump.c, target/arm/cpu.c), or
/// a dump of one processor without its "CPU#0". Takes any bytes: a processor whose instruction
/// pointer or flags are missing is left out. Bounded: the first 256 processors.
std::vector<CpuState> parse_registers(std::string_view text);

/// The bytes in the answer of the monitor's `x /Nxb` or `xp /Nxb`, up to the first that can't be
/// read; at most 4096.
std::vector<std::uint8_t> parse_memory_dump(std::string_view text);

/// What kind of place an address is, as far as the address and the processor's mode prove it.
enum class CodeRegion : std::uint8_t {
  kBootSector,    ///< 0x7C00 to 0x7DFF, without paging.
  kLowMemory,     ///< Below 640 KiB, without paging: BIOS data, boot loaders in real mode.
  kVideoMemory,   ///< 0xA0000 to 0xBFFFF.
  kOptionRom,     ///< 0xC0000 to 0xDFFFF.
  kBios,          ///< 0xE0000 to 0xFFFFF.
  kFlash,         ///< The firmware's flash memory: below 4 GiB on PCs, from 0 on virt.
  kMemory,        ///< Elsewhere, privileged: a loader, EFI firmware, or a kernel at its beginning.
  kKernel,        ///< A 64-bit Linux's image.
  kKernelMemory,  ///< The upper half of the addresses elsewhere: modules, other kernels.
  kProgram,       ///< Not privileged.
};

/// "boot sector", "memory below 640 KiB", "firmware's flash", "kernel", "a program", ...
std::string_view name_of(CodeRegion region);

/// The region in which a processor runs.
CodeRegion region_of(const CpuState& cpu);

/// True where the firmware runs for certain: ROM or flash.
bool is_firmware(CodeRegion region);

/// What several samples of one processor, taken over some tenths of a second, show.
enum class CpuActivity : std::uint8_t {
  kHaltedForGood,  ///< Halted with interrupts off in all of them: only a reset, an NMI or another
                   ///< processor can wake it.
  kIdle,           ///< Halted with interrupts on, at least in most of them.
  kSpins,          ///< It runs, within kSpinBytes in all of them.
  kRuns,           ///< It is here and there.
};

/// The largest distance between instruction pointers of a processor that spins.
constexpr std::uint64_t kSpinBytes = 96;

/// One processor over all samples.
struct CpuHistory {
  CpuActivity activity = CpuActivity::kRuns;
  CpuState last;
  std::uint64_t lowest = 0;   ///< Address.
  std::uint64_t highest = 0;  ///< Address.
  std::size_t samples = 0;
  std::size_t halted = 0;  ///< In how many of them it was halted.
};

/// Puts samples together, each what parse_registers() gave, oldest first; processors that are not
/// in all of them are left out.
std::vector<CpuHistory> classify(std::span<const std::vector<CpuState>> samples);

/// True where there are processors and none can ever go on: all of them are halted with interrupts
/// off. Whoever could wake one by an interrupt of its own is halted too.
bool are_halted_for_good(std::span<const CpuHistory> cpus);

/// A line for each processor, 8 at most and what is left in one more: "CPU 0 halted with interrupts
/// off at 0x7c02 (boot sector), real mode: nothing can wake it". `symbols`: what names the address
/// of each, "native_halt+0x4"; those that are missing or empty are left out.
std::vector<std::string> describe(std::span<const CpuHistory> cpus,
                                  std::span<const std::string> symbols);

/// "0x7c02 (boot sector), real mode": where a processor stands. `symbol` may be empty.
std::string place_of(const CpuState& cpu, std::string_view symbol);

}  // namespace bootproof
