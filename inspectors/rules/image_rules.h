#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kImageRules{
    Rule{"image.partial-sector", Severity::kWarning,
         "the image does not end at a whole sector of 512 bytes",
         "fetch it again if it was cut; otherwise pad it with truncate -s"},
    Rule{"image.too-many-volumes", Severity::kWarning,
         "the medium has more partitions or boot images than are looked at",
         "whether it boots from those behind is not known: delete entries that are not needed"},
    Rule{"image.unreadable", Severity::kError, "a part of the image can't be read",
         "copy the medium again; look at the host's kernel log for I/O errors"},
};

}  // namespace bootproof::inspectors
