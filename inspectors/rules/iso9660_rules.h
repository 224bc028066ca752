#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kIso9660Rules{
    Rule{"iso9660.block-size", Severity::kWarning,
         "the logical blocks are not of 2048 bytes: firmware does not ask for their size",
         "write the medium anew with xorriso"},
    Rule{"iso9660.both-endian", Severity::kWarning,
         "a number that is recorded in both byte orders has two values",
         "write the medium anew; whoever patched it changed one of the two"},
    Rule{"iso9660.descriptor-identifier", Severity::kError,
         "a volume descriptor without the standard identifier CD001",
         "write the medium anew: the descriptor was overwritten"},
    Rule{"iso9660.descriptor-version", Severity::kWarning,
         "a volume descriptor of a version that ECMA-119 does not have",
         "write the medium anew with xorriso"},
    Rule{"iso9660.no-primary", Severity::kError, "there is no primary volume descriptor",
         "write the medium anew with xorriso"},
    Rule{"iso9660.no-terminator", Severity::kWarning,
         "the set of volume descriptors has no terminator", "write the medium anew with xorriso"},
    Rule{"iso9660.path-table", Severity::kWarning, "the path table does not lie inside the image",
         "fetch the image again if it was cut, otherwise write it anew"},
    Rule{"iso9660.root-directory", Severity::kError,
         "the root directory does not lie inside the image",
         "fetch the image again if it was cut, otherwise write it anew"},
    Rule{"iso9660.root-not-directory", Severity::kError,
         "the root directory record does not describe a directory",
         "write the medium anew with xorriso"},
    Rule{"iso9660.truncated", Severity::kError, "the volume is larger than the image",
         "fetch the image again: it was cut; compare its digest with the published one"},
};

}  // namespace bootproof::inspectors
