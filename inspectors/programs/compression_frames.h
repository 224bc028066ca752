#pragma once

#include <cstdint>
#include <optional>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// Where a frame ends, found by its blocks' headers alone.
struct FrameExtent {
  std::uint64_t size = 0;    ///< In bytes, as far as it lies inside.
  bool is_complete = false;  ///< Its last block lies inside, whole.
  bool is_corrupt = false;   ///< A field has a value that the format does not have.
};

/// The zstd frame at the begin of `input` (RFC 8878, 3.1.1).
FrameExtent zstd_extent(const ImageView& input);

/// The window that a zstd frame asks for, in bytes (RFC 8878, 3.1.1.1.2). Nothing where there is no
/// frame.
std::optional<std::uint64_t> zstd_window(const ImageView& input);

/// The LZ4 legacy frame at the begin of `input`, and those that follow it without padding, as the
/// kernel reads them (LZ4 frame format, "Legacy frame"; lib/decompress_unlz4.c). Ends where no
/// block can begin.
FrameExtent lz4_legacy_extent(const ImageView& input);

}  // namespace bootproof::inspectors
