#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kGrubRules{
    Rule{"grub.command-missing", Severity::kWarning,
         "GRUB has no module for a command of its configuration and can load none; it goes on with "
         "an error message",
         "build the module into the image with grub-mkimage, or put it beside normal.mod"},
    Rule{"grub.config-loop", Severity::kWarning,
         "a GRUB configuration reads itself again and again",
         "take out the source or configfile line that leads back"},
    Rule{"grub.config-missing", Severity::kError,
         "there is no grub.cfg where GRUB looks for it: it ends at its prompt",
         "put grub.cfg there, or build GRUB anew with the right prefix: grub-mkimage -p"},
    Rule{"grub.core-blocks", Severity::kError,
         "GRUB's core image is not told where the rest of itself stands, or where it belongs in "
         "memory",
         "write it anew: grub-install --target=i386-pc DISK, or grub-bios-setup"},
    Rule{"grub.core-corrupt", Severity::kError,
         "GRUB's core image for a BIOS does not unpack: the machine hangs or restarts",
         "write it anew: grub-install --target=i386-pc DISK, or grub-mkrescue for an ISO"},
    Rule{
        "grub.core-damaged", Severity::kWarning,
        "GRUB's core image for a BIOS is damaged; it has Reed-Solomon codes that may mend it",
        "write it anew: grub-install --target=i386-pc DISK; see what else writes to these sectors"},
    Rule{"grub.core-outside", Severity::kError,
         "a part of GRUB's core image is said to stand outside of the medium",
         "fetch the image again if it was cut, otherwise grub-install --target=i386-pc DISK"},
    Rule{"grub.core-truncated", Severity::kError,
         "GRUB's core image for a BIOS is longer than what is loaded of it",
         "write it anew: grub-install --target=i386-pc DISK, or grub-mkrescue for an ISO"},
    Rule{"grub.core-unrecognised", Severity::kError,
         "what GRUB's boot code loads is no core image of GRUB's",
         "grub-install --target=i386-pc DISK writes both; don't copy the first sector alone"},
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
    Rule{"grub.loader-module-missing", Severity::kError,
         "GRUB has no module for the command that loads a kernel, and can load none",
         "build the module linux (multiboot, chain) into the image with grub-mkimage, or put it "
         "beside normal.mod"},
    Rule{"grub.no-entries", Severity::kError,
         "grub.cfg has no menu entry and starts nothing: GRUB ends at its prompt",
         "add a menuentry, or load a kernel and boot"},
    Rule{"grub.normal-missing", Severity::kError,
         "GRUB does not find its module normal or one that it needs: it ends at 'grub rescue>'",
         "put the folder i386-pc of GRUB's modules into its prefix, or build normal into the core "
         "image; or build it anew with the right prefix: grub-mkimage -p"},
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
    Rule{
        "grub.volume-unreadable", Severity::kError,
        "GRUB can't read a volume that it is sent to: it has no module for it, or there is none",
        "build biosdisk, the partition table's module (part_gpt, part_msdos) and the file system's "
        "(fat, ext2, iso9660) into the core image; or correct its prefix: grub-mkimage -p"},
};

}  // namespace bootproof::inspectors
