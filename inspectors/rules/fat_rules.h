#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kFatRules{
    Rule{"fat.truncated", Severity::kError, "the FAT volume is larger than the image",
         "fetch the image again: it was cut"},
};

}  // namespace bootproof::inspectors
