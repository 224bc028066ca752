#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/compression.h"
#include "inspectors/programs/elf.h"

namespace bootproof::inspectors {

/// What a loader starts with its `linux`, `kernel` or `multiboot` command.
enum class KernelKind : std::uint8_t {
  kLinuxX86,      ///< bzImage or zImage: the setup header of Documentation/arch/x86/boot.rst.
  kLinuxArm64,    ///< Image: Documentation/arch/arm64/booting.rst.
  kLinuxRiscv64,  ///< Image: Documentation/arch/riscv/boot-image-header.rst.
  kLinuxZboot,    ///< A compressed Image in an EFI program (`vmlinuz.efi`, CONFIG_EFI_ZBOOT).
  kMultiboot,     ///< Multiboot 0.6.96, section 3.1: Xen, GRUB's own tests, BSDs.
  kMultiboot2,    ///< Multiboot 2.0, section 3.1.
  kElf,           ///< An ELF program without a dynamic linker: vmlinux and others.
  kOther,         ///< Has the x86 setup header, but is no Linux: memtest86+, iPXE, MEMDISK.
};

/// "Linux x86 bzImage", "Linux arm64 Image", ...
std::string_view name_of(KernelKind kind);

/// Flags of xloadflags (boot.rst).
enum X86ExtendedLoadFlags : std::uint16_t {
  kXlfKernel64 = 1U << 0U,  ///< Has the 64-bit entry point: an x86-64 kernel.
  kXlfCanBeLoadedAbove4G = 1U << 1U,
  kXlfEfiHandover32 = 1U << 2U,
  kXlfEfiHandover64 = 1U << 3U,
};

/// The setup header of an x86 kernel, of the fields that its protocol version has; the others are
/// 0.
struct X86Setup {
  std::uint8_t setup_sectors = 0;  ///< Without the boot sector; 0 in the file stands for 4.
  std::uint64_t setup_bytes = 0;   ///< Where the protected-mode code begins, in the file.
  std::uint64_t code_bytes = 0;    ///< Of the protected-mode code, by syssize.
  std::uint16_t protocol = 0;      ///< 0x020F for 2.15.
  std::uint8_t load_flags = 0;     ///< Bit 0: loaded at 1 MiB (a bzImage).
  bool is_relocatable = false;
  std::uint32_t kernel_alignment = 0;
  std::uint8_t min_alignment = 0;  ///< A power of two's exponent.
  std::uint16_t extended_load_flags = 0;
  std::uint32_t cmdline_size = 0;     ///< Longest command line, in bytes without its zero.
  std::uint32_t initrd_addr_max = 0;  ///< The highest address that the initramfs may touch.
  std::uint32_t payload_offset = 0;   ///< From the begin of the protected-mode code.
  std::uint32_t payload_length = 0;   ///< In bytes.
  std::uint64_t pref_address = 0;
  std::uint32_t init_size = 0;        ///< Memory needed from the load address on.
  std::uint32_t handover_offset = 0;  ///< The EFI handover entry; 0: none.

  [[nodiscard]] bool is_bzimage() const { return (load_flags & 1U) != 0; }
};

/// The header of an arm64 or riscv64 Image.
struct ImageHeader {
  std::uint64_t text_offset = 0;
  std::uint64_t image_size = 0;  ///< Memory needed, BSS included; 0 in arm64 kernels before 3.17.
  std::uint64_t flags = 0;
  bool is_big_endian = false;
  std::uint32_t page_size = 0;  ///< In bytes; 0: not said.
};

/// What read_kernel() reads.
struct Kernel {
  KernelKind kind = KernelKind::kOther;
  Architecture architecture = Architecture::kUnknown;
  /// The whole version text: "6.1.0-50-amd64 (builder@host) #1 SMP ...", "Memtest86+ v6.10".
  /// Printable; empty where the file says none without being unpacked.
  std::string version_text;
  /// What `uname -r` says and a modules directory is called: "6.1.0-50-amd64". Printable, empty
  /// where unknown and for what is no Linux.
  std::string release;
  /// Of the whole file: an Image.gz or a gzip'ed Multiboot kernel. UEFI can't start it then, GRUB
  /// unpacks it.
  Compression file_compression = Compression::kNone;
  /// The compressed kernel in the file. kNone and a payload of 0 bytes where there is none.
  Compression payload_compression = Compression::kNone;
  std::uint64_t payload_offset = 0;  ///< In the file.
  std::uint64_t payload_bytes = 0;
  std::string zboot_compression;  ///< The name that a kLinuxZboot has in its header; printable.

  bool has_efi_stub = false;                ///< A PE header: UEFI can start it.
  std::optional<std::uint16_t> pe_machine;  ///< Of that PE header.

  std::optional<X86Setup> x86;
  std::optional<ImageHeader> image;
  std::optional<Elf> elf;

  /// Takes a Linux command line and an initramfs.
  [[nodiscard]] bool is_linux() const {
    return kind == KernelKind::kLinuxX86 || kind == KernelKind::kLinuxArm64 ||
           kind == KernelKind::kLinuxRiscv64 || kind == KernelKind::kLinuxZboot;
  }
};

/// "Linux 6.1.0-50-amd64, x86-64 bzImage, payload xz, EFI stub": a line for people.
std::string describe(const Kernel& kernel);

/// Reads a kernel's headers; `path` is the file's name for findings, printable. Nothing for what is
/// no kernel: that is no finding here. Little is read and nothing but a gzip'ed Image's begin is
/// unpacked. Where the file is compressed as a whole, offsets of findings are those of its begin.
std::optional<Kernel> read_kernel(const ImageView& file, const std::string& path,
                                  Findings& findings);

}  // namespace bootproof::inspectors
