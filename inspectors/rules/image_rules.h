#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kImageRules{
    Rule{"image.partial-sector", Severity::kWarning,
         "the image does not end at a whole sector of 512 bytes",
         "fetch it again if it was cut; otherwise pad it with truncate -s"},
    Rule{"image.unreadable", Severity::kError, "a part of the image can't be read",
         "copy the medium again; look at the host's kernel log for I/O errors"},
};

}  // namespace bootproof::inspectors
