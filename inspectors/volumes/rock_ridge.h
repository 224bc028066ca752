#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What a directory record's system use area says beyond ISO 9660 (SUSP 1.12, Rock Ridge 1.12).
struct RockRidge {
  std::optional<std::string> name;            ///< NM: raw bytes; UTF-8 on media of today.
  std::optional<std::uint32_t> mode;          ///< PX: type and permission bits of POSIX.
  std::optional<std::string> target;          ///< SL: of a symbolic link, raw.
  std::optional<std::uint64_t> child_block;   ///< CL: where a relocated directory stands.
  std::optional<std::uint64_t> parent_block;  ///< PL: in ".." of a relocated one: its real parent.
  std::optional<std::uint64_t>
      zisofs_bytes;                  ///< ZF: the file is compressed; its size without that.
  bool is_relocated = false;         ///< RE: seen through its CL alone.
  std::optional<std::uint8_t> skip;  ///< SP: how many bytes come before the entries elsewhere.
  bool has_entries = false;          ///< At least one entry of Rock Ridge.

  /// The first defect, for rules; what came before it is kept.
  enum class Defect : std::uint8_t {
    kNone,
    kEntryLength,          ///< An entry is shorter than its head or reaches beyond its area.
    kContinuationOutside,  ///< CE names a place outside the image.
    kContinuationLoop,     ///< CE follows CE without end.
    kSymbolicLink,         ///< The components of SL don't fill it.
    kName,                 ///< NM is empty where it must not be, or holds "/" or a zero byte.
  };
  Defect defect = Defect::kNone;
  std::uint64_t defect_offset = 0;  ///< In the image.
  std::string defect_text;          ///< What was found there; printable.
};

/// How much may be read of continuation areas (CE); counts down, and nothing is followed at 0.
struct ContinuationBudget {
  std::uint64_t bytes = std::uint64_t{4} << 20U;
};

/// The most continuation areas that one record's entries are followed through, as Linux has it.
inline constexpr std::size_t kMostContinuations = 32;

/// Reads the entries in `area`, a range of `image`, and in its continuation areas. Unknown entries
/// are passed over. `block_size` is the volume's.
RockRidge read_rock_ridge(const ImageView& image, const ImageView& area, std::uint64_t block_size,
                          ContinuationBudget& budget);

}  // namespace bootproof::inspectors
