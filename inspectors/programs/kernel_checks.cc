#include "inspectors/programs/kernel_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

// Places of fields of the setup header.
constexpr std::uint64_t kSetupSectsField = 0x1F1;
constexpr std::uint64_t kSyssizeField = 0x1F4;
constexpr std::uint64_t kBootFlagField = 0x1FE;
constexpr std::uint64_t kJumpField = 0x200;
constexpr std::uint64_t kVersionField = 0x206;
constexpr std::uint64_t kKernelVersionField = 0x20E;
constexpr std::uint64_t kLoadflagsField = 0x211;
constexpr std::uint64_t kAlignmentField = 0x230;
constexpr std::uint64_t kXloadflagsField = 0x236;
constexpr std::uint64_t kPayloadOffsetField = 0x248;
constexpr std::uint64_t kInitSizeField = 0x260;

constexpr std::uint64_t kPeOffsetField = 0x3C;

std::string protocol_text(std::uint16_t version) {
  return fmt::format("{}.{:02}", version >> 8U, version & 0xFFU);
}

/// Judges a kernel's fields; one function for each group that has one cause.
class KernelJudge {
 public:
  KernelJudge(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
              const std::string& path, Findings& findings)
      : kernel_(kernel), evidence_(evidence), file_(file), path_(path), findings_(findings) {}

  void judge_x86() {
    const X86Setup& setup = *kernel_.x86;
    if (!evidence_.has_boot_flag) {
      add(rule("kernel.boot-flag"), kBootFlagField, hex_bytes(file_.read(kBootFlagField, 2)),
          "55 aa (boot.rst, boot_flag)");
    }
    constexpr std::uint16_t kOldest = 0x0203;
    constexpr std::uint8_t kMostSectors = 64;
    if (setup.protocol < kOldest) {
      add(rule("kernel.old-protocol"), kVersionField, protocol_text(setup.protocol),
          "2.03 or newer");
    } else if (!setup.is_bzimage()) {
      add(rule("kernel.zimage"), kLoadflagsField, fmt::format("0x{:02X}", setup.load_flags),
          "bit 0 set (boot.rst, loadflags)");
    }
    if (setup.setup_sectors > kMostSectors) {
      add(rule("kernel.setup-sectors"), kSetupSectsField, fmt::format("{}", setup.setup_sectors),
          fmt::format("at most {}", kMostSectors));
      return;  // Everything behind it is counted from there.
    }
    judge_header_end(setup);
    judge_version(setup);
    judge_x86_pe(setup);
    if (judge_size(setup)) {
      judge_payload(setup);
      judge_memory(setup);
    }
  }

  void judge_image() {
    if (kernel_.image->is_big_endian) {
      add(rule("kernel.big-endian"), 24, fmt::format("flags 0x{:X}", kernel_.image->flags),
          "bit 0 clear");
    }
    if (kernel_.image->image_size == 0) {
      add(rule("kernel.image-size"), 16, "0", "the memory that the kernel takes");
    }
    if (!evidence_.has_mz) {
      add(rule("kernel.no-efi-stub"), 0, hex_bytes(file_.read(0, 2)), "4d 5a, a PE header");
      return;
    }
    judge_pe(kernel_.architecture);
  }

  void judge_zboot() {
    if (!file_.contains(kernel_.payload_offset, kernel_.payload_bytes) ||
        kernel_.payload_bytes == 0) {
      add(rule("kernel.payload-outside"), 8,
          fmt::format("{} bytes from {}", kernel_.payload_bytes, kernel_.payload_offset),
          fmt::format("inside the file of {} bytes", file_.size()));
    } else if (kernel_.payload_compression == Compression::kNone) {
      add(rule("kernel.payload-unknown"), kernel_.payload_offset, magic_text(),
          fmt::format("{}, as the header says", kernel_.zboot_compression));
    }
    judge_pe(Architecture::kUnknown);
  }

 private:
  void add(const Rule& rule, std::uint64_t at, std::string found, std::string expected) {
    findings_.add(rule, file_.image_offset(at), path_, std::move(found), std::move(expected));
  }

  [[nodiscard]] std::string magic_text() const {
    const ByteSpan magic(evidence_.payload_magic);
    return hex_bytes(magic.first(std::min<std::size_t>(magic.size(), 6)));
  }

  /// Loaders copy as many bytes of the header as its jump passes over.
  void judge_header_end(const X86Setup& setup) {
    struct Length {
      std::uint16_t protocol;
      unsigned end;
    };
    constexpr std::array kLengths{
        Length{0x020F, 0x26C}, Length{0x020B, 0x268}, Length{0x020A, 0x264},
        Length{0x0209, 0x258}, Length{0x0208, 0x250}, Length{0x0207, 0x248},
        Length{0x0206, 0x23C}, Length{0x0205, 0x235}, Length{0x0203, 0x230},
    };
    const unsigned end = 0x202U + evidence_.header_end;
    const auto length = std::find_if(kLengths.begin(), kLengths.end(), [&](const Length& one) {
      return setup.protocol >= one.protocol;
    });
    if (length != kLengths.end() && end < length->end) {
      add(rule("kernel.header-length"), kJumpField,
          fmt::format("a header that ends at 0x{:X}", end),
          fmt::format("at least 0x{:X} for protocol {}", length->end,
                      protocol_text(setup.protocol)));
    }
  }

  /// False where the file is too short to judge what lies at its end.
  bool judge_size(const X86Setup& setup) {
    constexpr std::uint64_t kParagraphBytes = 16;
    const std::uint64_t wanted = setup.setup_bytes + setup.code_bytes;
    if (file_.size() + kParagraphBytes > wanted) {
      return true;
    }
    add(rule("kernel.truncated"), kSyssizeField, fmt::format("a file of {} bytes", file_.size()),
        fmt::format("{} bytes, by setup_sects and syssize", wanted));
    return false;
  }

  void judge_payload(const X86Setup& setup) {
    if (setup.payload_length == 0) {
      return;
    }
    const std::uint64_t end = std::uint64_t{setup.payload_offset} + setup.payload_length;
    if (end > setup.code_bytes || !file_.contains(kernel_.payload_offset, kernel_.payload_bytes)) {
      add(rule("kernel.payload-outside"), kPayloadOffsetField,
          fmt::format("{} bytes from {}", setup.payload_length, setup.payload_offset),
          fmt::format("inside the {} bytes of protected-mode code", setup.code_bytes));
      return;
    }
    constexpr std::array<std::uint8_t, 4> kElf{0x7F, 'E', 'L', 'F'};
    const ByteSpan magic(evidence_.payload_magic);
    const bool is_elf =
        magic.size() >= kElf.size() && std::equal(kElf.begin(), kElf.end(), magic.begin());
    if (kernel_.payload_compression == Compression::kNone && !is_elf) {
      add(rule("kernel.payload-unknown"), kernel_.payload_offset, magic_text(),
          "gzip, xz, zstd, lz4, lzma, bzip2, lzo, or ELF");
    }
  }

  void judge_version(const X86Setup& setup) {
    if (evidence_.version_offset == 0) {
      return;
    }
    const std::uint64_t at = std::uint64_t{evidence_.version_offset} + 0x200;
    if (at >= setup.setup_bytes || at >= file_.size()) {
      add(rule("kernel.version-outside"), kKernelVersionField, fmt::format("0x{:X}", at),
          fmt::format("before 0x{:X}, where the setup code ends", setup.setup_bytes));
    }
  }

  void judge_memory(const X86Setup& setup) {
    if (setup.protocol >= 0x0205 && setup.is_relocatable &&
        !std::has_single_bit(setup.kernel_alignment)) {
      add(rule("kernel.alignment"), kAlignmentField, fmt::format("0x{:X}", setup.kernel_alignment),
          "a power of two");
    }
    if (setup.protocol >= 0x020A && setup.init_size < setup.code_bytes) {
      add(rule("kernel.init-size"), kInitSizeField, fmt::format("{}", setup.init_size),
          fmt::format("at least the {} bytes of protected-mode code", setup.code_bytes));
    }
  }

  void judge_x86_pe(const X86Setup& setup) {
    constexpr unsigned kHandover = kXlfEfiHandover32 | kXlfEfiHandover64;
    const bool says_handover = (setup.extended_load_flags & kHandover) != 0;
    if (says_handover && (setup.handover_offset == 0 || setup.handover_offset >= setup.init_size)) {
      add(rule("kernel.handover"), kXloadflagsField,
          fmt::format("xloadflags 0x{:X} with handover_offset 0x{:X}", setup.extended_load_flags,
                      setup.handover_offset),
          "an offset inside the kernel");
    }
    if (evidence_.has_mz) {
      judge_pe(setup.protocol >= 0x020C ? kernel_.architecture : Architecture::kUnknown);
    }
  }

  /// The PE header in front of a kernel for `architecture`.
  void judge_pe(Architecture architecture) {
    if (!kernel_.pe_machine) {
      add(rule("kernel.pe-header"), kPeOffsetField, fmt::format("0x{:X}", evidence_.pe_offset),
          "where \"PE\" stands");
    } else if (architecture != Architecture::kUnknown &&
               architecture_of_pe(*kernel_.pe_machine) != architecture) {
      add(rule("kernel.pe-machine"), std::uint64_t{evidence_.pe_offset} + 4,
          fmt::format("0x{:04X}", *kernel_.pe_machine),
          fmt::format("the machine type of {}", name_of(architecture)));
    }
  }

  const Kernel& kernel_;
  const KernelEvidence& evidence_;
  const ImageView& file_;
  const std::string& path_;
  Findings& findings_;
};

}  // namespace

void judge_x86_kernel(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
                      const std::string& path, Findings& findings) {
  KernelJudge(kernel, evidence, file, path, findings).judge_x86();
}

void judge_image_kernel(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
                        const std::string& path, Findings& findings) {
  KernelJudge(kernel, evidence, file, path, findings).judge_image();
}

void judge_zboot_kernel(const Kernel& kernel, const KernelEvidence& evidence, const ImageView& file,
                        const std::string& path, Findings& findings) {
  KernelJudge(kernel, evidence, file, path, findings).judge_zboot();
}

}  // namespace bootproof::inspectors
