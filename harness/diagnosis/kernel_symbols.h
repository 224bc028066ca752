#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

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

}  // namespace bootproof
