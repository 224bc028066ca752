#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kElToritoRules{
    Rule{"el-torito.boot-record-place", Severity::kWarning,
         "the El Torito boot record is not at sector 17, the only one where many BIOSes look",
         "write the medium anew with xorriso, which puts the boot record there"},
    Rule{"el-torito.catalog-outside", Severity::kError, "the boot catalog lies outside the image",
         "fetch the image again if it was cut, otherwise write it anew"},
    Rule{"el-torito.catalog-unterminated", Severity::kWarning,
         "the boot catalog's last section is not marked as the last",
         "write the boot catalog anew: the last section header has the indicator 0x91"},
    Rule{"el-torito.entry-indicator", Severity::kError,
         "a boot entry is marked neither bootable nor not bootable",
         "write the boot catalog anew with xorriso -as mkisofs -b ... or -e ..."},
    Rule{"el-torito.extension-missing", Severity::kWarning,
         "a section entry announces an extension that is not there",
         "write the boot catalog anew, without selection criteria"},
    Rule{"el-torito.image-blank", Severity::kError,
         "there is nothing but zeros where a boot entry points",
         "write the medium anew: the boot image was moved or never written"},
    Rule{"el-torito.image-outside", Severity::kError, "a boot image does not lie inside the image",
         "fetch the image again if it was cut, otherwise write it anew"},
    Rule{"el-torito.initial-not-bootable", Severity::kWarning,
         "the initial entry is marked as not bootable: a BIOS looks at no other",
         "name the boot image for the BIOS first: xorriso -as mkisofs -b ... -eltorito-alt-boot -e "
         "..."},
    Rule{"el-torito.load-rba", Severity::kError,
         "a boot entry points into the system area or at the volume descriptors",
         "write the medium anew: the load RBA counts sectors of 2048 bytes from its begin"},
    Rule{"el-torito.media-type", Severity::kError,
         "a boot entry has a media type that El Torito does not know",
         "use no emulation: xorriso -as mkisofs ... -no-emul-boot"},
    Rule{"el-torito.platform-unknown", Severity::kWarning,
         "a platform ID that no firmware looks for",
         "use 0x00 for a BIOS (-b) and 0xEF for UEFI (-e)"},
    Rule{"el-torito.sector-count", Severity::kError,
         "a BIOS is told to load no sectors of the boot image",
         "give the load size: xorriso -as mkisofs ... -boot-load-size 4"},
    Rule{"el-torito.section-count", Severity::kWarning,
         "a section header announces entries that are not there", "write the boot catalog anew"},
    Rule{"el-torito.section-header", Severity::kWarning,
         "neither a section header nor the end of the boot catalog where one has to stand",
         "write the boot catalog anew with xorriso"},
    Rule{"el-torito.uefi-emulation", Severity::kWarning,
         "a boot image for UEFI asks for media emulation", "add -no-emul-boot after -e"},
    Rule{"el-torito.uefi-not-fat", Severity::kError, "the boot image for UEFI is no FAT volume",
         "give -e a FAT image that holds /EFI/BOOT/BOOTX64.EFI, not the EFI program itself"},
    Rule{"el-torito.unknown-boot-record", Severity::kNote,
         "a boot record of a system that is not El Torito",
         "nothing, unless El Torito was meant: its boot system identifier is exact"},
    Rule{"el-torito.validation-checksum", Severity::kWarning,
         "the words of the validation entry do not add up to 0: UEFI refuses the catalog",
         "write the boot catalog anew, or correct its checksum word"},
    Rule{"el-torito.validation-header", Severity::kError,
         "the boot catalog does not begin with a validation entry",
         "write the medium anew: the boot record points elsewhere, or the catalog was overwritten"},
    Rule{"el-torito.validation-key", Severity::kError,
         "the key bytes of the validation entry are wrong", "write the boot catalog anew"},
};

}  // namespace bootproof::inspectors
