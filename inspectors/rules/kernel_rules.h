#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kKernelRules{
    Rule{"kernel.alignment", Severity::kWarning,
         "the kernel asks for an alignment that is no power of two: loaders misplace it",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.big-endian", Severity::kWarning,
         "the kernel is big-endian: UEFI and GRUB start little-endian ones alone",
         "use a little-endian kernel (without CONFIG_CPU_BIG_ENDIAN)"},
    Rule{"kernel.boot-flag", Severity::kError,
         "the kernel's boot sector has no signature 55 aa: GRUB says invalid magic number",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.handover", Severity::kWarning,
         "the kernel announces an EFI handover entry that is not there",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.header-length", Severity::kWarning,
         "the kernel's setup header is shorter than its protocol version wants",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.image-size", Severity::kNote,
         "the kernel does not say how much memory it takes: loaders assume 16 MiB",
         "use a kernel from Linux 3.17 on"},
    Rule{"kernel.init-size", Severity::kError,
         "the kernel asks for less memory than its own code takes: it overwrites what is behind it",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.no-efi-stub", Severity::kWarning,
         "the kernel has no EFI stub: neither UEFI nor GRUB starts it on this architecture",
         "build it with CONFIG_EFI_STUB; U-Boot alone starts it as it is"},
    Rule{"kernel.old-protocol", Severity::kWarning,
         "the kernel's boot protocol is too old for GRUB",
         "use syslinux, or GRUB's linux16 command, or a kernel from Linux 2.4.18 on"},
    Rule{"kernel.payload-outside", Severity::kError,
         "the compressed kernel does not lie inside the file",
         "copy the kernel again; fetch the image again if it was cut"},
    Rule{"kernel.payload-unknown", Severity::kError,
         "where the compressed kernel should begin there is no compressed data",
         "copy the kernel again; fetch the image again if it was copied wrongly"},
    Rule{"kernel.pe-header", Severity::kWarning,
         "the kernel begins like an EFI program, but there is no PE header: UEFI refuses it",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.pe-machine", Severity::kWarning,
         "the kernel's EFI stub is for another machine than the kernel: UEFI refuses it",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.setup-sectors", Severity::kError,
         "the kernel has more setup sectors than loaders take: GRUB says too many setup sectors",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.truncated", Severity::kError, "the kernel is cut: it is shorter than it says",
         "copy the kernel again; fetch the image again if it was cut"},
    Rule{"kernel.version-outside", Severity::kNote,
         "the kernel's version text lies outside its setup code",
         "copy the kernel again, or build it anew"},
    Rule{"kernel.zimage", Severity::kWarning,
         "the kernel is a zImage: GRUB does not load it, and it has to fit in 512 KiB",
         "use a bzImage"},
};

}  // namespace bootproof::inspectors
