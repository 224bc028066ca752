#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What a kernel or a program runs on.
enum class Architecture : std::uint8_t {
  kUnknown,  ///< Not recorded, or none of these.
  kX86,      ///< 32 bits.
  kX86_64,
  kArm,  ///< 32 bits.
  kArm64,
  kRiscv32,
  kRiscv64,
  kLoongArch64,
  kPpc64,
  kS390,
};

/// "x86", "x86-64", "arm", "arm64", "riscv32", "riscv64", "loongarch64", "ppc64", "s390",
/// "unknown".
std::string_view name_of(Architecture architecture);

/// Of the Machine field of a PE header (PE/COFF 8.3, "Machine Types").
Architecture architecture_of_pe(std::uint16_t machine);

/// Values of e_type (System V ABI, "ELF Header").
enum ElfType : std::uint16_t {
  kElfRelocatable = 1,  ///< An object or a kernel module.
  kElfExecutable = 2,
  kElfShared = 3,  ///< A shared object or a position-independent program.
};

/// A PT_LOAD: a range of the file and where it stands in memory.
struct ElfLoad {
  std::uint64_t offset = 0;   ///< In the file.
  std::uint64_t size = 0;     ///< In the file, in bytes.
  std::uint64_t address = 0;  ///< Virtual.
};

/// An ELF file's header and what its program headers say about how it starts.
struct Elf {
  bool is_64_bit = false;
  bool is_big_endian = false;
  std::uint16_t type = 0;     ///< ElfType, or another value.
  std::uint16_t machine = 0;  ///< e_machine.
  Architecture architecture = Architecture::kUnknown;
  std::uint64_t entry = 0;  ///< Virtual address.
  /// PT_INTERP: the dynamic linker, raw bytes up to its zero byte. None for a static program, and
  /// where it lies outside of the bytes at hand.
  std::optional<std::string> interpreter;
  bool has_interpreter = false;      ///< There is a PT_INTERP.
  bool has_segments = false;         ///< There is a PT_LOAD: something to run.
  std::vector<ElfLoad> loads;        ///< At most 16.
  std::uint64_t dynamic_offset = 0;  ///< Of PT_DYNAMIC, in the file.
  std::uint64_t dynamic_size = 0;    ///< In bytes; 0: none.
};

/// Reads the ELF header at the begin of `file`, which may be a prefix of the file (64 KiB is
/// ample). Nothing where there is no ELF header of version 1. What lies outside is taken for
/// absent.
std::optional<Elf> read_elf(const ImageView& file);

/// The libraries that a dynamic program asks for (DT_NEEDED), raw, at most 64. `dynamic` are the
/// bytes of its PT_DYNAMIC, `first_bytes` a prefix of the file. None where the names do not lie in
/// there.
std::vector<std::string> needed_libraries(const Elf& elf, ByteSpan dynamic, ByteSpan first_bytes);

}  // namespace bootproof::inspectors
