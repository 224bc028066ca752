#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kExtRules{
    Rule{"ext.errors", Severity::kWarning, "an ext volume on which the kernel has met errors",
         "e2fsck -f IMAGE; then look for what damaged it"},
    Rule{"ext.geometry", Severity::kError, "an ext superblock with impossible numbers",
         "e2fsck -b 32768 IMAGE takes a backup of the superblock; or make the volume anew"},
    Rule{"ext.needs-recovery", Severity::kWarning,
         "an ext volume whose journal has to be replayed: a loader reads it without",
         "e2fsck -p IMAGE, or mount it once and unmount it cleanly"},
    Rule{"ext.no-root", Severity::kError, "the root directory of an ext volume can't be read",
         "e2fsck -f IMAGE, or make the volume anew"},
    Rule{"ext.superblock-checksum", Severity::kError,
         "the checksum of an ext superblock is wrong: Linux refuses to mount it",
         "e2fsck -f IMAGE; whoever patched the superblock left the checksum as it was"},
    Rule{"ext.superblock-truncated", Severity::kError,
         "the ext volume is larger than the image or the partition that holds it",
         "fetch the image again if it was cut; otherwise make the partition larger, or resize2fs"},
    Rule{"ext.unclean", Severity::kNote, "an ext volume that was not cleanly unmounted",
         "e2fsck -p IMAGE"},
    Rule{"ext.unsupported-by-grub", Severity::kWarning,
         "an ext volume with features because of which GRUB does not read it",
         "make it with mke2fs -O ^FEATURE, or put the loader's files on another volume"},
};

}  // namespace bootproof::inspectors
