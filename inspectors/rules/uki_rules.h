#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kUkiRules{
    Rule{"uki.cmdline-text", Severity::kWarning,
         "a UKI's command line is no plain text: the kernel gets another one",
         "give the section one line of ASCII or UTF-8: ukify --cmdline"},
    Rule{"uki.devicetree", Severity::kWarning, "a UKI's devicetree is none",
         "give a compiled devicetree, as dtc writes it: ukify --devicetree"},
    Rule{"uki.duplicate-section", Severity::kWarning,
         "a UKI with two sections of one name: the stub uses the first",
         "build the UKI anew from the bare stub: ukify --stub"},
    Rule{"uki.kernel-machine", Severity::kError,
         "the kernel of a UKI is for another machine than its stub",
         "build the UKI with a kernel for the stub's machine: ukify --linux"},
    Rule{"uki.kernel-not-efi", Severity::kError,
         "the kernel of a UKI is no EFI program: the stub can't start it",
         "give a kernel with CONFIG_EFI_STUB, not vmlinux and not compressed by gzip: ukify "
         "--linux"},
    Rule{"uki.no-kernel", Severity::kError, "a UKI without a kernel",
         "add the section .linux: ukify --linux, or objcopy --add-section .linux=FILE"},
    Rule{"uki.no-os-release", Severity::kNote,
         "a UKI without .osrel: systemd-boot does not find it in /EFI/Linux by itself",
         "add it: ukify --os-release @/etc/os-release"},
    Rule{"uki.splash", Severity::kWarning, "a UKI's splash is no BMP: nothing is shown",
         "give a Windows bitmap: ukify --splash"},
};

}  // namespace bootproof::inspectors
