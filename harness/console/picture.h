#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace bootproof {

/// A screen as it is shown: rows from the top, a number for each pixel that stands for its colour.
struct Picture {
  static constexpr std::size_t kMostPixels = std::size_t{4096} * 4096;

  std::size_t width = 0;
  std::size_t height = 0;
  std::vector<std::uint32_t> pixels;  ///< 0xRRGGBB.

  /// The pixels from (x, y) to the end of the row.
  [[nodiscard]] const std::uint32_t* at(std::size_t x, std::size_t y) const {
    return pixels.data() + y * width + x;
  }
};

/// A binary PPM with 255 shades (ppm(5)), as QEMU's `screendump` writes it. Nothing where the bytes
/// are no such file, are cut, or have more than Picture::kMostPixels.
std::optional<Picture> picture_of_ppm(std::string_view bytes);

/// A picture of VGA's text mode, whose cells are nine pixels wide, without the ninth column of
/// each: the font has eight.
Picture with_cells_of_eight(const Picture& picture);

}  // namespace bootproof
