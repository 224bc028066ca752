#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// Machine types (PE/COFF specification 11, "Machine Types"; UEFI 2.10, 2.1.1).
enum PeMachine : std::uint16_t {
  kMachineI386 = 0x014C,
  kMachineArm = 0x01C2,  ///< ARM Thumb, which UEFI uses for 32-bit ARM.
  kMachineIa64 = 0x0200,
  kMachineEbc = 0x0EBC,
  kMachineRiscv64 = 0x5064,
  kMachineLoongarch64 = 0x6264,
  kMachineX64 = 0x8664,
  kMachineAarch64 = 0xAA64,
};

/// "x86-64", "i386", "aarch64", "arm", "riscv64", "loongarch64", "IA64", "EBC" or "machine 0x1234".
std::string machine_name(std::uint16_t machine);
/// The name that UEFI looks for on removable media (UEFI 2.10, 3.5.1.1): "BOOTX64.EFI". Empty for a
/// machine that has none.
std::string_view removable_media_name(std::uint16_t machine);
/// Whether a name, without its folder, is one of those for any machine; case does not matter.
bool is_removable_media_name(std::string_view name);

/// Subsystems (PE/COFF specification 11, "Windows Subsystem").
enum PeSubsystem : std::uint16_t {
  kSubsystemEfiApplication = 10,
  kSubsystemEfiBootServiceDriver = 11,
  kSubsystemEfiRuntimeDriver = 12,
};

/// "EFI application", "EFI boot service driver", "EFI runtime driver" or "subsystem 3".
std::string subsystem_name(std::uint16_t subsystem);

/// A row of the section table.
struct PeSection {
  std::string name;                   ///< Printable; long ones as the COFF string table has them.
  std::uint64_t header_offset = 0;    ///< Of its row, in the file.
  std::uint32_t virtual_address = 0;  ///< Relative to the image base.
  std::uint32_t virtual_size = 0;     ///< 0 stands for raw_size.
  std::uint32_t raw_offset = 0;       ///< In the file.
  std::uint32_t raw_size = 0;         ///< In the file.
  std::uint32_t characteristics = 0;

  [[nodiscard]] bool is_executable() const { return (characteristics & 0x20000000U) != 0; }
  [[nodiscard]] bool is_writable() const { return (characteristics & 0x80000000U) != 0; }
  /// What it takes in memory.
  [[nodiscard]] std::uint32_t memory_size() const {
    return virtual_size != 0 ? virtual_size : raw_size;
  }
  /// How much of it stands in the file: what is beyond the virtual size is padding.
  [[nodiscard]] std::uint32_t content_size() const {
    return memory_size() < raw_size ? memory_size() : raw_size;
  }
};

/// A data directory: a relative virtual address and a size in bytes; for the certificate table an
/// offset in the file.
struct PeDirectory {
  std::uint32_t address = 0;
  std::uint32_t size = 0;
};

/// Places of data directories (PE/COFF specification 11, "Optional Header Data Directories").
constexpr std::size_t kCertificateTable = 4;
constexpr std::size_t kBaseRelocationTable = 5;

/// The headers of a PE/COFF program for UEFI.
struct PeImage {
  std::uint64_t header_offset = 0;  ///< Of the PE signature, in the file.
  std::uint16_t machine = 0;
  bool is_pe32_plus = false;
  std::uint16_t characteristics = 0;
  std::uint16_t subsystem = 0;
  std::uint16_t dll_characteristics = 0;
  std::uint32_t entry_point = 0;  ///< Relative to the image base.
  std::uint64_t image_base = 0;
  std::uint32_t section_alignment = 0;
  std::uint32_t file_alignment = 0;
  std::uint32_t image_size = 0;
  std::uint32_t headers_size = 0;
  std::vector<PeDirectory> directories;  ///< At most 16.
  std::vector<PeSection> sections;       ///< Those whose rows lie inside the file.
  /// Whether edk2's loader takes these headers; where it doesn't, a finding says why.
  bool is_loadable = true;

  [[nodiscard]] bool has_stripped_relocations() const { return (characteristics & 1U) != 0; }
  /// NX_COMPAT: its pages need not be writable and executable at once.
  [[nodiscard]] bool is_nx_compatible() const { return (dll_characteristics & 0x100U) != 0; }
  /// An empty one where there is none.
  [[nodiscard]] PeDirectory directory(std::size_t index) const {
    return index < directories.size() ? directories[index] : PeDirectory{};
  }
  /// The first section of this name; null where there is none.
  [[nodiscard]] const PeSection* section(std::string_view name) const;
};

/// Reads the headers of a PE/COFF program; nothing where the file is none (no MZ and PE signature).
/// `file` is the program's content, `path` its printable name in findings. The body is not read.
/// Judged as edk2's BasePeCoffLib and shim judge, which refuse what does not agree.
std::optional<PeImage> read_pe(const ImageView& file, const std::string& path, Findings& findings);

/// The bytes of a section that stand in the file and are loaded, without the padding behind them.
ImageView content_of(const ImageView& file, const PeSection& section);

}  // namespace bootproof::inspectors
