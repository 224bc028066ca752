#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/core/words.h"
#include "harness/diagnosis/guest_memory.h"

namespace bootproof {

/// Names of places in a kernel's code.
struct KernelSymbols {
  /// For each address that was asked for "native_halt+0x4"; empty where it has no name.
  std::vector<std::string> names;
  std::string problem;  ///< Why none could be read; escaped.
};

/// Looks addresses up in the kernel's own table of symbols (kallsyms), read out of the memory of a
/// machine that stands still. Linux 6.0 and later name its parts in their note (VMCOREINFO:
/// kallsyms_names, kallsyms_num_syms, kallsyms_token_table, kallsyms_token_index,
/// kallsyms_offsets, kallsyms_relative_base; Linux, kernel/kallsyms.c and scripts/kallsyms.c). An
/// address further than 1 MiB behind a symbol has no name. Takes any bytes; bounded by 2^20
/// symbols, 64 addresses and a name of 512 bytes.
KernelSymbols find_kernel_symbols(const GuestMemory& memory,
                                  std::span<const std::uint64_t> addresses);

/// A symbol of a kernel.
struct KernelSymbol {
  std::uint64_t address = 0;
  char type = 0;  ///< As nm has it: 'T' global text, 't' local text, ...
  std::string name;
};

/// True for code, weak symbols among it (nm(1)).
inline bool is_text_symbol(char type) {
  return type == 't' || type == 'T' || type == 'w' || type == 'W';
}

/// So many symbols of a kernel, and bytes of their names, are read at most.
inline constexpr std::size_t kMostKernelSymbols = 1U << 20U;
inline constexpr std::size_t kMostKernelSymbolBytes = 64U << 20U;

/// The code of a kernel by names.
struct KernelSymbolTable {
  Architecture architecture = Architecture::kX86_64;
  std::string release;  ///< "6.1.0-18-amd64"; any bytes.
  /// How far KASLR had moved that kernel; the addresses are those without it (KERNELOFFSET).
  std::uint64_t moved = 0;
  std::vector<KernelSymbol> symbols;  ///< Of text ('t', 'T', 'w', 'W'), in the table's order.
  std::string problem;                ///< Why there are none, or not all; escaped.
};

/// Reads the whole table of the kernel's code, as find_kernel_symbols() reads places. Takes any
/// bytes; bounded by 2^20 symbols and 64 MiB of names.
KernelSymbolTable read_kernel_symbols(const GuestMemory& memory);

}  // namespace bootproof
