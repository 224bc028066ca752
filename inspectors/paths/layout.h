#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/paths/open_medium.h"

namespace bootproof::inspectors {

/// A part of the medium that has a name.
struct ByteRange {
  std::uint64_t offset = 0;  ///< In the image.
  std::uint64_t length = 0;  ///< In bytes.
  std::string name;          ///< Printable: "boot catalog", "GPT backup header", "/boot/bzImage".
  /// What it stands in, "" for the medium itself: "ISO 9660", "GPT partition 1 (ESP)".
  std::string place;

  bool operator==(const ByteRange&) const = default;
};

/// What a medium consists of, by offset; of ranges with the same offset the longer one first, so
/// that a volume comes before what stands in it.
class Layout {
 public:
  Layout(std::vector<ByteRange> ranges, std::uint64_t image_size, bool is_complete);

  [[nodiscard]] const std::vector<ByteRange>& ranges() const { return ranges_; }
  /// The smallest range that holds this byte; null where none does.
  [[nodiscard]] const ByteRange* at(std::uint64_t offset) const;
  /// The parts of the image that have no name.
  [[nodiscard]] std::vector<ByteRange> gaps() const;
  /// False where there are more files than were looked at.
  [[nodiscard]] bool is_complete() const { return is_complete_; }

 private:
  std::vector<ByteRange> ranges_;
  std::vector<std::uint64_t> reach_;  ///< How far the ranges up to here reach.
  std::uint64_t image_size_;
  bool is_complete_;
};

/// How many files a layout names at most, and how deep it looks.
struct LayoutLimits {
  std::size_t files = 50'000;
  std::size_t depth = 32;
};

/// Names the structures and files of a medium. Walks over all directories: the cost follows the
/// number of files.
Layout read_layout(OpenMedium& medium, const LayoutLimits& limits = {});

}  // namespace bootproof::inspectors
