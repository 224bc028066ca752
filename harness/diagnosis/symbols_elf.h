#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/words.h"
#include "harness/diagnosis/kernel_symbols.h"

namespace bootproof {

/// The symbols of text in a System.map: lines "ffffffff81000000 T _text" (Linux, scripts/mksysmap).
/// Other lines are passed over; at most 2^20 symbols and 64 MiB of names. Debian's file of one line
/// that says where the real one is has none.
std::vector<KernelSymbol> read_system_map(std::string_view text);

/// An ELF file (gABI 4.1: ET_EXEC, ELFCLASS64, little-endian) with a table of these symbols and
/// nothing else, for debuggers: one section of no bytes that spans them, its symbols as functions
/// that end where the next one begins. Empty where there are no symbols.
std::string symbols_elf(Architecture architecture, std::span<const KernelSymbol> symbols);

}  // namespace bootproof
