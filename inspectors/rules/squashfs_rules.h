#pragma once

#include <array>

#include "inspectors/finding.h"

namespace bootproof::inspectors {

inline constexpr std::array kSquashfsRules{
    Rule{"squashfs.block-size", Severity::kError,
         "a squashfs whose block size is impossible: Linux refuses it",
         "make it anew with mksquashfs -b 128K"},
    Rule{"squashfs.compression", Severity::kError,
         "a squashfs with a compression that does not exist",
         "make it anew with mksquashfs -comp xz (or gzip, lzo, lz4, zstd)"},
    Rule{"squashfs.tables", Severity::kError,
         "the tables of a squashfs do not stand inside it and in their order",
         "make it anew with mksquashfs, or copy it again"},
    Rule{"squashfs.truncated", Severity::kError,
         "a squashfs is larger than the file or partition that holds it",
         "copy or fetch it again: it was cut"},
    Rule{"squashfs.version", Severity::kError, "a squashfs of a version that Linux does not read",
         "make it anew with mksquashfs 4.0 or later"},
};

}  // namespace bootproof::inspectors
