#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kGrubRules{
    Rule{"grub.config-loop", Severity::kWarning,
         "a GRUB configuration reads itself again and again",
         "take out the source or configfile line that leads back"},
    Rule{"grub.config-missing", Severity::kError,
         "there is no grub.cfg where GRUB looks for it: it ends at its prompt",
         "put grub.cfg there, or build GRUB anew with the right prefix: grub-mkimage -p"},
    Rule{"grub.default-unknown", Severity::kWarning,
         "GRUB's default names no menu entry: the first one is taken",
         "set default to the number, the title or the --id of an entry"},
    Rule{"grub.device-missing", Severity::kWarning,
         "GRUB is sent to a partition that the medium does not have",
         "find the volume with search --file, --label or --fs-uuid instead"},
    Rule{"grub.entry-starts-nothing", Severity::kError,
         "the default entry loads nothing that could be started",
         "load a kernel with linux or a program with chainloader in the entry"},
    Rule{"grub.file-name-empty", Severity::kError, "a command of GRUB's is given no file name",
         "write the file's name; if a variable stands there, set it, and export it for submenus"},
    Rule{"grub.initrd-before-linux", Severity::kError,
         "an entry loads an initramfs before a kernel: GRUB refuses",
         "put the line with linux before the one with initrd"},
    Rule{"grub.no-entries", Severity::kError,
         "grub.cfg has no menu entry and starts nothing: GRUB ends at its prompt",
         "add a menuentry, or load a kernel and boot"},
    Rule{"grub.other-disk", Severity::kNote,
         "GRUB is sent to a disk other than the one that it was started from",
         "find the volume with search --file, --label or --fs-uuid where this medium is meant"},
    Rule{"grub.relative-path", Severity::kError,
         "a file name without a slash at its begin: GRUB calls it invalid",
         "write the path from the root of the volume: /boot/vmlinuz"},
    Rule{
        "grub.search-finds-nothing", Severity::kError,
        "GRUB searches for a volume that is not on this medium, and then looks in the wrong place",
        "search for a file, label or UUID that the volume has (xorriso -volid, -volume_date uuid)"},
    Rule{"grub.search-without-effect", Severity::kWarning,
         "GRUB searches for a volume that is not on this medium; it goes on with an error message",
         "search for a file, label or UUID that the volume has, or take out the line"},
    Rule{"grub.syntax", Severity::kError,
         "a syntax error in a GRUB configuration: the statement and all in it is lost",
         "grub-script-check FILE; mind braces, quotes, fi, done and blanks round [ and ]"},
    Rule{"grub.too-much", Severity::kWarning,
         "a GRUB configuration that runs without end, or nearly so; it was not followed further",
         "take out the loop"},
    Rule{"grub.unknown-command", Severity::kWarning, "a command that GRUB does not have",
         "correct its name, or load the module that brings it"},
};

}  // namespace bootproof::inspectors
