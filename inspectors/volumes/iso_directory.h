#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// The file flags of a directory record (ECMA-119, 9.1.6).
enum IsoFileFlag : std::uint8_t {
  kIsoDirectory = 0x02,
  kIsoAssociated = 0x04,
  kIsoMultiExtent = 0x80,  ///< Not the last record of its file.
};

/// A directory record (ECMA-119, 9.1), decoded.
struct IsoDirectoryRecord {
  std::uint64_t position = 0;  ///< Of the record, in the image's view.
  std::uint8_t length = 0;     ///< Of the record.
  std::uint8_t extended_attribute_blocks = 0;
  std::uint64_t block = 0;  ///< Of the extent, which begins with the extended attribute record.
  std::uint64_t bytes = 0;  ///< Of the data.
  std::uint32_t block_big_endian = 0;  ///< The same two as their other halves have them.
  std::uint32_t bytes_big_endian = 0;
  std::uint8_t flags = 0;
  std::uint8_t unit_size = 0;  ///< Not 0 in an interleaved file.
  std::uint8_t gap_size = 0;
  std::string identifier;        ///< Raw; one byte 0 or 1 for "." and "..".
  std::uint64_t system_use = 0;  ///< Where the system use area begins, in the image's view.
  std::uint64_t system_use_bytes = 0;

  [[nodiscard]] bool is_directory() const { return (flags & kIsoDirectory) != 0; }
  [[nodiscard]] bool is_self() const { return identifier == std::string_view("\0", 1); }
  [[nodiscard]] bool is_parent() const { return identifier == "\1"; }
  /// Where the data begins: after the extended attribute record.
  [[nodiscard]] std::uint64_t data_block() const { return block + extended_attribute_blocks; }
};

/// Why records of a directory were not read to its end.
enum class IsoDirectoryEnd : std::uint8_t {
  kComplete,
  kOutside,  ///< The directory does not lie inside the image, or a part can't be read.
  kRecord,   ///< A record is shorter than its fields or reaches beyond its sector.
  kStopped,  ///< The visitor had enough.
};

/// How a walk over the records of a directory ended.
struct IsoDirectoryWalk {
  IsoDirectoryEnd end = IsoDirectoryEnd::kComplete;
  std::uint64_t position = 0;    ///< Where it ended, in the image's view.
  std::uint64_t bytes_read = 0;  ///< What it cost.
};

/// The record at `position` of the image; nothing where it has an impossible length.
std::optional<IsoDirectoryRecord> read_iso_directory_record(const ImageView& image,
                                                            std::uint64_t position);

/// Calls `visit` for each record of the directory's `bytes` at `position` of the image, "." and
/// ".." included, until it says false. A damaged record ends its sector of 2048 bytes alone: the
/// walk goes on with the next one and reports the first.
IsoDirectoryWalk walk_iso_directory(const ImageView& image, std::uint64_t position,
                                    std::uint64_t bytes,
                                    const std::function<bool(const IsoDirectoryRecord&)>& visit);

}  // namespace bootproof::inspectors
