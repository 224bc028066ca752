#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "inspectors/integers.h"

namespace bootproof::inspectors {

/// An entry of a FAT directory with its long name (Microsoft FAT specification 1.03, 6 and 7).
/// Names are the medium's bytes.
struct FatEntry {
  std::string name;  ///< The long name as UTF-8; the short one where there is no valid long one.
  std::string short_name;  ///< "LDLINUX.SYS", with the lower-case flags of Windows NT applied.
  std::uint8_t attributes = 0;
  std::uint32_t first_cluster = 0;
  std::uint32_t size = 0;
  std::uint64_t position = 0;  ///< Of the entry, in the bytes of the directory.

  [[nodiscard]] bool is_directory() const { return (attributes & 0x10U) != 0; }
  [[nodiscard]] bool is_volume_label() const { return (attributes & 0x08U) != 0; }
  /// "." or "..".
  [[nodiscard]] bool is_dot() const { return name == "." || name == ".."; }
};

/// Decodes the entries of a directory up to its end, labels and dots included, at most `most`. Long
/// names of which the checksum or the order is wrong are left out, and the short name counts.
/// `has_high_cluster`: FAT32, where the first cluster has its upper half too.
std::vector<FatEntry> decode_fat_directory(ByteSpan bytes, bool has_high_cluster, std::size_t most);

}  // namespace bootproof::inspectors
