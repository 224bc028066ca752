#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSyslinuxConfigRules{
    Rule{"syslinux-config.default-unknown", Severity::kError,
         "DEFAULT or UI names neither a label nor a file: the loader stops at its boot: prompt",
         "set DEFAULT to a LABEL of the configuration, or put the file there"},
    Rule{"syslinux-config.duplicate-label", Severity::kWarning,
         "two labels with the same name: only one of them can be chosen by it",
         "give each LABEL a name of its own"},
    Rule{"syslinux-config.entry-without-kernel", Severity::kWarning,
         "a label that names nothing to start: the loader takes the label itself for a file name",
         "add KERNEL, LINUX, COM32 or LOCALBOOT to it"},
    Rule{"syslinux-config.include-loop", Severity::kWarning, "a configuration includes itself",
         "take out the INCLUDE line that leads back"},
    Rule{"syslinux-config.include-missing", Severity::kNote,
         "a configuration includes a file that is not there: the loader passes over it in silence",
         "put the file there, or take out the line that names it"},
    Rule{"syslinux-config.ldlinux-missing", Severity::kError,
         "the loader's core module is missing: it stops with 'Failed to load ldlinux.c32'",
         "put ldlinux.c32 (ldlinux.e64 for UEFI) of the same version beside the loader"},
    Rule{"syslinux-config.library-missing", Severity::kError,
         "a COM32 module needs a library that is not there: its menu does not appear",
         "copy libcom32.c32, libutil.c32 and what else is named here to the module's folder"},
    Rule{"syslinux-config.missing", Severity::kError,
         "there is no configuration file where the loader looks: it stops at its boot: prompt",
         "put isolinux.cfg into /boot/isolinux or /isolinux, syslinux.cfg into /boot/syslinux"},
    Rule{"syslinux-config.module-kind", Severity::kError,
         "a COM32 module is none of this firmware's: the loader refuses it",
         "take the module from the folder bios, efi32 or efi64 of the same release"},
    Rule{"syslinux-config.no-default", Severity::kError,
         "'No DEFAULT or UI configuration directive found!': the loader stops at its boot: prompt",
         "add DEFAULT with the name of a label, or UI with a menu module"},
    Rule{"syslinux-config.ui-missing", Severity::kError,
         "the module that shows the menu is not there: the loader stops at its boot: prompt",
         "copy menu.c32 or vesamenu.c32 of the loader's version, and the libraries it needs"},
    Rule{"syslinux-config.unknown-keyword", Severity::kWarning,
         "a keyword that the loader does not know: it passes over the line",
         "correct the keyword; comments begin with #"},
};

}  // namespace bootproof::inspectors
