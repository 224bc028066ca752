#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kApmRules{
    Rule{"apm.block-size", Severity::kWarning,
         "the Apple partition map does not stand where its block size says",
         "write the medium anew with one -apm-block-size, 512 or 2048"},
    Rule{"apm.entry-missing", Severity::kWarning,
         "the Apple partition map has fewer entries than it says",
         "write the medium anew; other boot structures may have overwritten the map"},
    Rule{"apm.map-count", Severity::kWarning,
         "entries of the Apple partition map disagree about how many there are",
         "write the medium anew with xorriso"},
    Rule{"apm.no-driver-descriptor", Severity::kWarning,
         "an Apple partition map without the driver descriptor: neither Macs nor Linux look for it",
         "write the medium anew: an MBR that does not begin with ER was put over it"},
    Rule{"apm.partition-outside", Severity::kWarning,
         "an entry of the Apple partition map reaches beyond the image",
         "fetch the image again if it was cut, otherwise write it anew"},
};

}  // namespace bootproof::inspectors
