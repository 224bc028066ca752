#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// Sectors of an ISO 9660 medium and of El Torito, in bytes.
inline constexpr std::uint64_t kIsoSectorBytes = 2048;
/// The first volume descriptor's sector (ECMA-119, 6.2.1: the system area is 0 to 15).
inline constexpr std::uint64_t kFirstDescriptorSector = 16;

/// What a volume descriptor that describes a directory tree is.
enum class IsoVolumeKind : std::uint8_t {
  kPrimary,
  kJoliet,    ///< Supplementary with an escape sequence for UCS-2.
  kEnhanced,  ///< Supplementary of version 2 (ECMA-119, 8.5.2).
  kOther,     ///< Supplementary with other characters.
};

/// A primary or supplementary volume descriptor (ECMA-119, 8.4 and 8.5). Texts are printable.
struct IsoVolume {
  IsoVolumeKind kind = IsoVolumeKind::kPrimary;
  std::uint64_t offset = 0;  ///< Of the descriptor.
  std::string system_id;
  std::string volume_id;
  std::string volume_set_id;
  std::string publisher_id;
  std::string preparer_id;
  std::string application_id;
  std::uint64_t volume_blocks = 0;  ///< Volume space size (8.4.8), in logical blocks.
  std::uint64_t block_size = 0;     ///< Logical block size (8.4.12), in bytes.
  std::uint64_t path_table_bytes = 0;
  std::uint64_t path_table_l = 0;  ///< The block of the little-endian path table (8.4.14).
  std::uint64_t path_table_m = 0;  ///< And of the big-endian one (8.4.16).
  std::uint64_t root_block = 0;    ///< The root directory's extent (8.4.18).
  std::uint64_t root_bytes = 0;
};

/// A boot record (ECMA-119, 8.2), of El Torito or anything else.
struct IsoBootRecord {
  std::uint64_t sector = 0;
  std::string system_id;
  std::uint32_t catalog_lba = 0;  ///< Of an El Torito boot record.
  bool is_el_torito = false;
};

/// The volume descriptor set of a medium (ECMA-119, 6.7.1).
struct Iso9660 {
  std::uint64_t descriptor_count = 0;
  std::optional<IsoVolume> primary;
  std::vector<IsoVolume> supplementary;
  std::vector<IsoBootRecord> boot_records;
  bool is_terminated = false;
  /// The first sector in front of the terminator that has not the identifier CD001. EDK II and GRUB
  /// read no further, and GRUB then takes the medium for none of ISO 9660.
  std::optional<std::uint64_t> unidentified_sector;

  /// The first boot record of El Torito; null where there is none.
  [[nodiscard]] const IsoBootRecord* el_torito() const;
};

/// Reads the volume descriptor set; `image` is the whole medium. Nothing where neither sector 16
/// nor 17 is a volume descriptor.
std::optional<Iso9660> read_iso9660(const ImageView& image, Findings& findings);

}  // namespace bootproof::inspectors
