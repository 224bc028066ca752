#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/el_torito.h"
#include "inspectors/fat_boot_sector.h"
#include "inspectors/finding.h"
#include "inspectors/gpt.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"
#include "inspectors/mbr.h"

namespace bootproof::inspectors {

/// What a medium is as a whole.
enum class MediumKind : std::uint8_t {
  kEmpty,      ///< Of no length, or zeros wherever a boot structure could stand.
  kUnknown,    ///< Something, but nothing that a firmware starts from.
  kIso9660,    ///< An optical disc.
  kHybridIso,  ///< An optical disc with a partition table, for a USB stick as well.
  kGptDisk,
  kMbrDisk,
  kFatVolume,   ///< A FAT volume without a partition table.
  kBootSector,  ///< A boot sector that is neither a partition table nor of a FAT volume.
};

/// "empty image", "unknown", "ISO 9660", "hybrid ISO 9660", "GPT disk", ...
std::string_view name_of(MediumKind kind);

/// All that is known of a medium.
struct Inspection {
  MediumKind kind = MediumKind::kEmpty;
  std::uint64_t size = 0;  ///< Of the image, in bytes.
  std::optional<Iso9660> iso9660;
  std::optional<ElTorito> el_torito;
  std::optional<Mbr> mbr;  ///< Not where the first sector is of a FAT volume.
  std::optional<Gpt> gpt;
  std::optional<FatBootSector> fat;  ///< Of a volume without a partition table.
  std::vector<Finding> findings;     ///< By offset.

  /// How many findings have this severity.
  [[nodiscard]] std::size_t count(Severity severity) const;
};

/// Reads any bytes at all: what can't be understood is not in the models, what is wrong is a
/// finding. Never throws but for lack of memory; reads only what it needs and is bounded by limits
/// of its own, whatever a field says.
Inspection inspect(const ImageView& image);

/// One printable line for people: "hybrid ISO 9660 'GRUB_RESCUE', El Torito BIOS + UEFI, GPT with 2
/// partitions; 1 error".
std::string summary(const Inspection& inspection);

}  // namespace bootproof::inspectors
