#pragma once

#include <string_view>

namespace bootproof {

/// The file of a case's folder that has the names of its kernel's code (symbols_elf.h).
inline constexpr const char* kKernelSymbolsFile = "kernel-symbols.elf";

/// What gdb reads to give a kernel's code its names (Python, for gdb 13): loads the file `symbols`
/// that stands beside it, and whenever the machine stops asks where the kernel runs, for KASLR has
/// moved it: by x86's interrupt descriptor table (Intel SDM volume 3, 6.14.1) or arm64's VBAR_EL1
/// (Arm ARM, its description), which both lead to a symbol. Adds the commands `kernel-symbols` and
/// `kernel-stack`. Has no line "END".
std::string_view gdb_script();

}  // namespace bootproof
