#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kPeRules{
    Rule{"pe.alignment", Severity::kWarning,
         "an EFI program whose alignment is no power of two: some firmware or shim refuses it",
         "link it anew: ld --section-alignment 0x1000 --file-alignment 0x200"},
    Rule{"pe.directory-count", Severity::kError,
         "an EFI program announces more data directories than there are: firmware refuses it",
         "link the program anew, or fetch it again"},
    Rule{"pe.empty-section", Severity::kWarning,
         "a section of an EFI program has no size: shim refuses the program",
         "leave the section out, or give it content: objcopy --remove-section"},
    Rule{"pe.entry-not-executable", Severity::kWarning,
         "an EFI program's entry point is in a section that is not executable",
         "mark the section as code: objcopy --set-section-flags .text=alloc,code,load"},
    Rule{"pe.entry-point", Severity::kError, "an EFI program's entry point is in no section",
         "link the program anew, or fetch it again"},
    Rule{"pe.headers-size", Severity::kError,
         "an EFI program's headers do not fit in the size that they give: firmware refuses it",
         "link the program anew; fetch it again if it was cut"},
    Rule{"pe.image-size", Severity::kError,
         "an EFI program gives itself less memory than its headers take: firmware refuses it",
         "link the program anew, or fetch it again"},
    Rule{"pe.machine", Severity::kError, "an EFI program for a machine that UEFI does not know",
         "build the program for the machine: grub-mkimage -O x86_64-efi"},
    Rule{"pe.magic", Severity::kError,
         "an EFI program whose optional header is not of the kind that its machine has",
         "link the program anew for the machine: objcopy --target efi-app-x86_64"},
    Rule{"pe.no-header", Severity::kError,
         "a DOS program without a PE header: firmware does not start it",
         "put an EFI program here; fetch it again if it was cut"},
    Rule{"pe.no-sections", Severity::kError, "an EFI program without sections",
         "link the program anew, or fetch it again"},
    Rule{"pe.optional-header-size", Severity::kError,
         "an EFI program's optional header has not the size of its directories: firmware refuses "
         "it",
         "link the program anew, or fetch it again"},
    Rule{"pe.relocation-table", Severity::kError,
         "an EFI program's base relocations can't be applied: firmware refuses it",
         "link the program anew, and keep .reloc: objcopy -j .reloc"},
    Rule{"pe.relocations-stripped", Severity::kWarning,
         "an EFI program without base relocations: it starts only where its address is free, and "
         "shim refuses it",
         "link the program anew without --strip-all and keep .reloc: objcopy -j .reloc"},
    Rule{"pe.section-beyond-image", Severity::kError,
         "a section of an EFI program lies beyond its memory: firmware refuses it",
         "add the section with objcopy --change-section-vma, or with ukify, which set the size"},
    Rule{"pe.section-in-headers", Severity::kError,
         "a section of an EFI program lies inside its headers: firmware refuses it",
         "link the program anew; give an added section an address of its own: objcopy "
         "--change-section-vma"},
    Rule{"pe.section-outside", Severity::kError,
         "a section lies outside the file: firmware refuses the EFI program",
         "fetch or copy the program again: it was cut"},
    Rule{"pe.section-table", Severity::kError,
         "an EFI program's section table lies outside the file",
         "fetch or copy the program again: it was cut"},
    Rule{"pe.sections-overlap", Severity::kError,
         "two sections of an EFI program take the same memory: one overwrites the other",
         "give the added section an address behind the last: objcopy --change-section-vma, or "
         "ukify"},
    Rule{"pe.subsystem", Severity::kError,
         "a program that is not for UEFI: its subsystem is another",
         "link it for UEFI: ld --subsystem 10, objcopy --target efi-app-x86_64"},
    Rule{"pe.too-many-sections", Severity::kNote,
         "more sections than any program has; those behind are not looked at",
         "link the program anew, or fetch it again"},
    Rule{"pe.writable-code", Severity::kNote,
         "a section of an EFI program is writable and executable: firmware that enforces NX "
         "refuses it",
         "link code and data into sections of their own"},
};

}  // namespace bootproof::inspectors
