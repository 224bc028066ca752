#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSystemdBootRules{
    Rule{"systemd-boot.architecture", Severity::kWarning,
         "an entry has an architecture that systemd-boot does not know: it is never shown",
         "write x64, ia32, aa64, arm, riscv64 or loongarch64"},
    Rule{"systemd-boot.default-unknown", Severity::kWarning,
         "the default of loader.conf matches no entry: the first one is taken",
         "set default to the name of an entry's file, *.conf or *.efi, or a pattern of it"},
    Rule{"systemd-boot.entry-name", Severity::kNote,
         "a file among the entries does not end in .conf: systemd-boot passes over it",
         "rename it to NAME.conf"},
    Rule{"systemd-boot.no-entries", Severity::kError,
         "systemd-boot finds nothing to start: 'No loader found', and firmware goes on to the next "
         "device",
         "add /loader/entries/NAME.conf, or a unified kernel image to /EFI/Linux"},
    Rule{"systemd-boot.no-program", Severity::kWarning,
         "an entry names nothing to start: it is never shown",
         "add the key linux with the kernel, or efi with a program"},
    Rule{"systemd-boot.unknown-key", Severity::kWarning,
         "a key that the Boot Loader Specification does not have: the line is passed over",
         "correct the key"},
};

}  // namespace bootproof::inspectors
