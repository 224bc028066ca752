#include "inspectors/programs/kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "inspectors/cursor.h"
#include "inspectors/programs/kernel_checks.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kSectorBytes = 512;

/// From offset 0x1F1 (Documentation/arch/x86/boot.rst, "The Real-Mode Kernel Header").
struct SetupRecord {
  std::uint8_t setup_sects;
  Le16 root_flags;
  Le32 syssize;
  Le16 ram_size;
  Le16 vid_mode;
  Le16 root_dev;
  Le16 boot_flag;
  std::array<std::uint8_t, 2> jump;
  std::array<std::uint8_t, 4> header;
  Le16 version;
  Le32 realmode_swtch;
  Le16 start_sys_seg;
  Le16 kernel_version;
  std::uint8_t type_of_loader;
  std::uint8_t loadflags;
  Le16 setup_move_size;
  Le32 code32_start;
  Le32 ramdisk_image;
  Le32 ramdisk_size;
  Le32 bootsect_kludge;
  Le16 heap_end_ptr;
  std::uint8_t ext_loader_ver;
  std::uint8_t ext_loader_type;
  Le32 cmd_line_ptr;
  Le32 initrd_addr_max;
  Le32 kernel_alignment;
  std::uint8_t relocatable_kernel;
  std::uint8_t min_alignment;
  Le16 xloadflags;
  Le32 cmdline_size;
  Le32 hardware_subarch;
  Le64 hardware_subarch_data;
  Le32 payload_offset;
  Le32 payload_length;
  Le64 setup_data;
  Le64 pref_address;
  Le32 init_size;
  Le32 handover_offset;
  Le32 kernel_info_offset;
};
constexpr std::uint64_t kSetupRecord = 0x1F1;
static_assert(sizeof(SetupRecord) == 0x26C - kSetupRecord);

/// The header of arm64 (Documentation/arch/arm64/booting.rst, 4) and, with other words, of riscv64.
struct ImageRecord {
  Le32 code0;
  Le32 code1;
  Le64 text_offset;
  Le64 image_size;
  Le64 flags;
  std::array<std::uint8_t, 16> version_and_reserved;
  std::array<std::uint8_t, 8> magic;  ///< riscv64: "RISCV"; reserved in arm64.
  std::array<std::uint8_t, 4> magic2;
  Le32 pe_offset;
};
static_assert(sizeof(ImageRecord) == 64);

/// drivers/firmware/efi/libstub/zboot-header.S.
struct ZbootRecord {
  std::array<std::uint8_t, 4> mz;
  std::array<std::uint8_t, 4> magic;
  Le32 payload_offset;
  Le32 payload_size;
  std::array<std::uint8_t, 8> reserved;
  std::array<std::uint8_t, 32> compression;
  std::array<std::uint8_t, 4> linux_magic;
  Le32 pe_offset;
};
static_assert(sizeof(ZbootRecord) == 64);

template <std::size_t kSize>
bool is_text(const std::array<std::uint8_t, kSize>& bytes, std::string_view text) {
  return text.size() <= kSize &&
         std::equal(text.begin(), text.end(), bytes.begin(),
                    [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; });
}

/// The EFI stub's machine, by the MZ and PE headers at the begin (PE/COFF 8.3, "Signature").
void read_pe(const ImageView& file, Kernel& kernel, KernelEvidence& evidence) {
  constexpr std::uint64_t kPeOffsetField = 0x3C;
  const auto mz = read_struct<std::array<std::uint8_t, 2>>(file, 0);
  const auto pe_offset = read_struct<Le32>(file, kPeOffsetField);
  if (!mz || !is_text(*mz, "MZ") || !pe_offset) {
    return;
  }
  evidence.has_mz = true;
  evidence.pe_offset = pe_offset->value();
  const auto signature = read_struct<std::array<std::uint8_t, 4>>(file, evidence.pe_offset);
  const auto machine = read_struct<Le16>(file, std::uint64_t{evidence.pe_offset} + 4);
  if (signature && *signature == std::array<std::uint8_t, 4>{'P', 'E', 0, 0} && machine) {
    kernel.has_efi_stub = true;
    kernel.pe_machine = machine->value();
  }
}

/// "6.1.0 (builder@host) #1 SMP ...": UTS_RELEASE (COMPILE_BY@COMPILE_HOST) UTS_VERSION.
bool is_linux_version(std::string_view text) {
  const std::size_t builder = text.find(" (");
  return builder != std::string_view::npos && builder > 0 && text[0] >= '0' && text[0] <= '9' &&
         text.find(") #", builder) != std::string_view::npos;
}

void read_version(const ImageView& file, std::uint32_t offset, Kernel& kernel) {
  constexpr std::uint64_t kLongest = 256;
  if (offset != 0) {
    kernel.version_text = printable_text(file.read(offset + kSectorBytes, kLongest));
  }
}

void read_payload_magic(const ImageView& file, Kernel& kernel, KernelEvidence& evidence) {
  evidence.payload_magic = file.read(
      kernel.payload_offset, std::min<std::uint64_t>(kCompressionMagicBytes, kernel.payload_bytes));
  kernel.payload_compression = recognise_compression(evidence.payload_magic);
}

/// The fields that the protocol version has.
X86Setup setup_of(const SetupRecord& record) {
  X86Setup setup;
  constexpr std::uint8_t kDefaultSectors = 4;
  constexpr std::uint64_t kParagraphBytes = 16;
  setup.setup_sectors = record.setup_sects == 0 ? kDefaultSectors : record.setup_sects;
  setup.setup_bytes = (std::uint64_t{setup.setup_sectors} + 1) * kSectorBytes;
  setup.protocol = record.version.value();
  // Before 2.04 the upper half of syssize is something else.
  const std::uint32_t size = record.syssize.value();
  setup.code_bytes = (setup.protocol >= 0x0204 ? size : size & 0xFFFFU) * kParagraphBytes;
  setup.load_flags = record.loadflags;
  if (setup.protocol >= 0x0203) {
    setup.initrd_addr_max = record.initrd_addr_max.value();
  }
  if (setup.protocol >= 0x0205) {
    setup.kernel_alignment = record.kernel_alignment.value();
    setup.is_relocatable = record.relocatable_kernel != 0;
  }
  if (setup.protocol >= 0x0206) {
    setup.cmdline_size = record.cmdline_size.value();
  }
  if (setup.protocol >= 0x0208) {
    setup.payload_offset = record.payload_offset.value();
    setup.payload_length = record.payload_length.value();
  }
  if (setup.protocol >= 0x020A) {
    setup.min_alignment = record.min_alignment;
    setup.pref_address = record.pref_address.value();
    setup.init_size = record.init_size.value();
  }
  if (setup.protocol >= 0x020B) {
    setup.handover_offset = record.handover_offset.value();
  }
  if (setup.protocol >= 0x020C) {
    setup.extended_load_flags = record.xloadflags.value();
  }
  return setup;
}

std::optional<Kernel> read_x86(const ImageView& file, const std::string& path, Findings& findings) {
  const auto record = read_struct<SetupRecord>(file, kSetupRecord);
  constexpr std::uint16_t kBootFlag = 0xAA55;
  if (!record || !is_text(record->header, "HdrS")) {
    return std::nullopt;
  }
  Kernel kernel;
  KernelEvidence evidence;
  read_pe(file, kernel, evidence);
  evidence.has_boot_flag = record->boot_flag.value() == kBootFlag;
  evidence.header_end = record->jump[1];
  evidence.version_offset = record->kernel_version.value();
  const X86Setup setup = setup_of(*record);
  kernel.x86 = setup;
  read_version(file, evidence.version_offset, kernel);
  const bool is_linux = setup.payload_length != 0 || is_linux_version(kernel.version_text);
  kernel.kind = is_linux ? KernelKind::kLinuxX86 : KernelKind::kOther;
  if ((setup.extended_load_flags & kXlfKernel64) != 0) {
    kernel.architecture = Architecture::kX86_64;
  } else if (setup.protocol >= 0x020C && is_linux) {
    kernel.architecture = Architecture::kX86;
  } else if (kernel.pe_machine) {
    kernel.architecture = architecture_of_pe(*kernel.pe_machine);
  }
  if (setup.payload_length != 0) {
    kernel.payload_offset = setup.setup_bytes + setup.payload_offset;
    kernel.payload_bytes = setup.payload_length;
    read_payload_magic(file, kernel, evidence);
  }
  if (is_linux) {
    kernel.release = kernel.version_text.substr(0, kernel.version_text.find(' '));
    judge_x86_kernel(kernel, evidence, file, path, findings);
  }
  return kernel;
}

std::optional<Kernel> read_image(const ImageView& file, const std::string& path,
                                 Findings& findings) {
  const auto record = read_struct<ImageRecord>(file, 0);
  if (!record) {
    return std::nullopt;
  }
  const bool is_arm64 = is_text(record->magic2, "ARMd");
  const bool is_riscv64 = is_text(record->magic2, "RSC\x05") && is_text(record->magic, "RISCV");
  if (!is_arm64 && !is_riscv64) {
    return std::nullopt;
  }
  Kernel kernel;
  KernelEvidence evidence;
  read_pe(file, kernel, evidence);
  kernel.kind = is_arm64 ? KernelKind::kLinuxArm64 : KernelKind::kLinuxRiscv64;
  kernel.architecture = is_arm64 ? Architecture::kArm64 : Architecture::kRiscv64;
  ImageHeader header;
  header.text_offset = record->text_offset.value();
  header.image_size = record->image_size.value();
  header.flags = record->flags.value();
  header.is_big_endian = (header.flags & 1U) != 0;
  constexpr std::array<std::uint32_t, 4> kPageSizes{0, 4096, 16384, 65536};
  header.page_size = is_arm64 ? kPageSizes.at((header.flags >> 1U) & 3U) : 0;
  kernel.image = header;
  judge_image_kernel(kernel, evidence, file, path, findings);
  return kernel;
}

std::optional<Kernel> read_zboot(const ImageView& file, const std::string& path,
                                 Findings& findings) {
  const auto record = read_struct<ZbootRecord>(file, 0);
  if (!record || !is_text(record->mz, "MZ") || !is_text(record->magic, "zimg")) {
    return std::nullopt;
  }
  Kernel kernel;
  KernelEvidence evidence;
  read_pe(file, kernel, evidence);
  kernel.kind = KernelKind::kLinuxZboot;
  kernel.architecture = architecture_of_pe(kernel.pe_machine.value_or(0));
  kernel.zboot_compression = printable_text(record->compression);
  kernel.payload_offset = record->payload_offset.value();
  kernel.payload_bytes = record->payload_size.value();
  read_payload_magic(file, kernel, evidence);
  judge_zboot_kernel(kernel, evidence, file, path, findings);
  return kernel;
}

/// Whether a Multiboot header stands in the first 8 KiB (Multiboot 0.6.96, 3.1.1).
bool has_multiboot(ByteSpan bytes) {
  constexpr std::uint32_t kMagic = 0x1BADB002;
  constexpr std::size_t kSearched = 8192;
  const auto word = [&](std::size_t at) {
    return std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8U |
           std::uint32_t{bytes[at + 2]} << 16U | std::uint32_t{bytes[at + 3]} << 24U;
  };
  const std::size_t end = std::min(bytes.size(), kSearched);
  for (std::size_t at = 0; at + 12 <= end; at += 4) {
    if (word(at) == kMagic && kMagic + word(at + 4) + word(at + 8) == 0) {
      return true;
    }
  }
  return false;
}

/// Whether a Multiboot2 header stands in the first 32 KiB (Multiboot 2.0, 3.1.1).
bool has_multiboot2(ByteSpan bytes) {
  constexpr std::uint32_t kMagic = 0xE85250D6;
  const auto word = [&](std::size_t at) {
    return std::uint32_t{bytes[at]} | std::uint32_t{bytes[at + 1]} << 8U |
           std::uint32_t{bytes[at + 2]} << 16U | std::uint32_t{bytes[at + 3]} << 24U;
  };
  for (std::size_t at = 0; at + 16 <= bytes.size(); at += 8) {
    if (word(at) == kMagic && kMagic + word(at + 4) + word(at + 8) + word(at + 12) == 0) {
      return true;
    }
  }
  return false;
}

std::optional<Kernel> read_multiboot_or_elf(const ImageView& file) {
  constexpr std::uint64_t kSearched = 32768;
  const Bytes begin = file.read(0, kSearched);
  Kernel kernel;
  kernel.elf = read_elf(file);
  if (kernel.elf) {
    kernel.architecture = kernel.elf->architecture;
  }
  if (has_multiboot2(begin)) {
    kernel.kind = KernelKind::kMultiboot2;
  } else if (has_multiboot(begin)) {
    kernel.kind = KernelKind::kMultiboot;
  } else if (kernel.elf && !kernel.elf->loads.empty() && !kernel.elf->has_interpreter) {
    kernel.kind = KernelKind::kElf;
  } else {
    return std::nullopt;
  }
  KernelEvidence evidence;
  read_pe(file, kernel, evidence);
  return kernel;
}

std::optional<Kernel> read_plain(const ImageView& file, const std::string& path,
                                 Findings& findings) {
  for (const auto& read : {read_x86, read_zboot, read_image}) {
    if (auto kernel = read(file, path, findings)) {
      return kernel;
    }
  }
  return read_multiboot_or_elf(file);
}

}  // namespace

std::string_view name_of(KernelKind kind) {
  switch (kind) {
    case KernelKind::kLinuxX86:
      return "Linux x86 kernel";
    case KernelKind::kLinuxArm64:
      return "Linux arm64 Image";
    case KernelKind::kLinuxRiscv64:
      return "Linux riscv64 Image";
    case KernelKind::kLinuxZboot:
      return "Linux EFI zboot image";
    case KernelKind::kMultiboot:
      return "Multiboot kernel";
    case KernelKind::kMultiboot2:
      return "Multiboot2 kernel";
    case KernelKind::kElf:
      return "ELF kernel";
    case KernelKind::kOther:
      break;
  }
  return "program with the x86 setup header";
}

std::string describe(const Kernel& kernel) {
  std::string text(name_of(kernel.kind));
  if (!kernel.release.empty()) {
    text += " " + kernel.release;
  } else if (!kernel.version_text.empty()) {
    text += fmt::format(" '{}'", kernel.version_text);
  }
  if (kernel.architecture != Architecture::kUnknown) {
    text += fmt::format(", {}", name_of(kernel.architecture));
  }
  if (kernel.x86 && kernel.is_linux()) {
    text += kernel.x86->is_bzimage() ? ", bzImage" : ", zImage";
  }
  if (kernel.file_compression != Compression::kNone) {
    text += fmt::format(", the file compressed by {}", name_of(kernel.file_compression));
  }
  if (kernel.payload_compression != Compression::kNone) {
    text += fmt::format(", payload {}", name_of(kernel.payload_compression));
  }
  if (kernel.is_linux()) {
    text += kernel.has_efi_stub ? ", EFI stub" : ", no EFI stub";
  }
  return text;
}

std::optional<Kernel> read_kernel(const ImageView& file, const std::string& path,
                                  Findings& findings) {
  if (auto kernel = read_plain(file, path, findings)) {
    return kernel;
  }
  const Compression compression = recognise_compression(file.read(0, kCompressionMagicBytes));
  if (compression != Compression::kGzip && compression != Compression::kXz &&
      compression != Compression::kLzma) {
    return std::nullopt;
  }
  // Headers stand at the begin.
  Bytes begin(std::size_t{64} << 10U);
  Unpacker unpacker(file, compression, begin.size());
  begin.resize(unpacker.read(begin));
  MemoryImage source{ByteSpan(begin)};
  Findings of_the_begin;  // That there is no more of it is no defect.
  auto kernel = read_plain(ImageView(source), path, of_the_begin);
  if (kernel) {
    kernel->file_compression = compression;
  }
  return kernel;
}

}  // namespace bootproof::inspectors
