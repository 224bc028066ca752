#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "harness/core/error.h"

namespace bootproof {

/// What the head of an ELF file says (System V ABI, chapters 4 and 5).
struct ElfProgram {
  std::uint16_t machine = 0;     ///< e_machine.
  bool has_interpreter = false;  ///< PT_INTERP: it needs a dynamic loader.
};

/// Reads the head of a little-endian ELF program. Error (kScenario) where the file is not one.
Result<ElfProgram> read_elf_program(const std::filesystem::path& file);

/// "x86_64" for 62, "aarch64" for 183, otherwise a name or "machine N".
std::string elf_machine_name(std::uint16_t machine);

}  // namespace bootproof
