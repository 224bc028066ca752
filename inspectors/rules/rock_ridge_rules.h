#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kRockRidgeRules{
    Rule{"rock-ridge.continuation-loop", Severity::kError,
         "continuation areas of Rock Ridge follow each other without end: readers hang",
         "write the medium anew with xorriso"},
    Rule{"rock-ridge.continuation-outside", Severity::kWarning,
         "a continuation area of Rock Ridge is not where it is said to be",
         "fetch the image again if it was cut, otherwise write it anew"},
    Rule{"rock-ridge.entry-length", Severity::kWarning,
         "an entry of Rock Ridge has an impossible length: what follows it is lost",
         "write the medium anew with xorriso"},
    Rule{"rock-ridge.name", Severity::kWarning, "a name that no path can lead to",
         "rename the file and write the medium anew"},
    Rule{"rock-ridge.no-sp", Severity::kWarning,
         "Rock Ridge is not announced: GRUB and isolinux see the short names in capitals",
         "write the medium anew with xorriso or mkisofs -R"},
    Rule{"rock-ridge.relocation", Severity::kWarning,
         "a deep directory was relocated and is not where its link says",
         "write the medium anew; xorriso -as mkisofs -D relocates nothing"},
    Rule{"rock-ridge.symbolic-link", Severity::kWarning, "the target of a symbolic link is damaged",
         "write the medium anew with xorriso"},
    Rule{"rock-ridge.zisofs", Severity::kNote,
         "files are compressed by zisofs: loaders and firmware read them as they stand there",
         "leave what is needed to boot uncompressed: xorriso -set_filter --zisofs-decode"},
};

}  // namespace bootproof::inspectors
