#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

/// What the configurations of all loaders have in common.
inline constexpr std::array kLoaderRules{
    Rule{"loader.byte-order-mark", Severity::kWarning,
         "a loader's configuration begins with a byte order mark: its first line is not understood",
         "save the file as plain ASCII or as UTF-8 without a byte order mark"},
    Rule{"loader.chain-target-missing", Severity::kError,
         "the program that a loader is to start is not on the volume where it looks",
         "put the file there, or correct its name in the configuration"},
    Rule{
        "loader.config-too-large", Severity::kWarning,
        "a loader's configuration is larger than any loader should read; its rest is not looked at",
        "check that the name leads to a text file"},
    Rule{"loader.include-missing", Severity::kWarning,
         "a configuration that a loader is to read next is not there",
         "put the file there, or take out the line that names it"},
    Rule{"loader.initrd-missing", Severity::kError,
         "the initramfs of the default entry is not on the volume where the loader looks",
         "put the file there, or correct its name in the configuration"},
    Rule{"loader.kernel-missing", Severity::kError,
         "the kernel of the default entry is not on the volume where the loader looks",
         "put the file there, or correct its name in the configuration"},
    Rule{"loader.module-missing", Severity::kError,
         "a module that the default entry loads is not on the volume where the loader looks",
         "put the file there, or correct its name in the configuration"},
    Rule{"loader.no-serial-console", Severity::kNote,
         "the kernel of the default entry is not told to talk on a serial line",
         "for machines without a screen add console=ttyS0 (ttyAMA0 on aarch64) to its arguments"},
    Rule{"loader.other-entry-broken", Severity::kWarning,
         "an entry beside the default one will not start",
         "correct it as for the default entry, or take it out"},
    Rule{"loader.path-case", Severity::kError,
         "a file of the default entry is there, but its name differs in case",
         "write the name in the configuration as the volume has it"},
    Rule{"loader.root-not-found", Severity::kWarning,
         "the kernel is told of a root volume that is not on this medium",
         "give the volume this label or UUID, or correct the kernel's arguments"},
    Rule{"loader.waits-for-input", Severity::kNote, "the loader waits for a key before it goes on",
         "set a timeout where nobody sits before the machine"},
    Rule{"loader.wrong-serial-console", Severity::kWarning,
         "the kernel is told to talk on a serial line that this kind of machine does not have",
         "console=ttyS0 for x86, console=ttyAMA0 for aarch64; both may stand there"},
};

}  // namespace bootproof::inspectors
