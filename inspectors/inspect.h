#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/boot_info.h"
#include "inspectors/el_torito.h"
#include "inspectors/fat_boot_sector.h"
#include "inspectors/finding.h"
#include "inspectors/gpt.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"
#include "inspectors/mbr.h"
#include "inspectors/paths/boot_path.h"
#include "inspectors/programs/varstore.h"
#include "inspectors/system_area.h"
#include "inspectors/volumes/iso_tree.h"
#include "inspectors/volumes/volume.h"

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

/// A file system on a medium. Texts are printable.
struct VolumeSummary {
  std::string place;         ///< "GPT partition 1 (ESP)", "El Torito section 1", "ISO 9660".
  std::uint64_t offset = 0;  ///< In the image.
  std::uint64_t size = 0;    ///< In bytes.
  std::string kind;          ///< "FAT", "ext", "ISO 9660".
  std::string label;
  std::string uuid;
};

/// All that is known of a medium.
struct Inspection {
  MediumKind kind = MediumKind::kEmpty;
  std::uint64_t size = 0;  ///< Of the image, in bytes.
  /// The form in which the file holds them, printable: "raw", or what whoever opened it says.
  std::string image_format = "raw";
  std::optional<Iso9660> iso9660;
  std::optional<ElTorito> el_torito;
  std::optional<Mbr> mbr;  ///< Not where the first sector is of a FAT volume.
  std::optional<Gpt> gpt;
  std::optional<FatBootSector> fat;       ///< Of a volume without a partition table.
  std::optional<IsoTree> iso_tree;        ///< What the walk over an ISO's directories saw.
  std::vector<BootInfo> boot_infos;       ///< Of an ISO's boot images for a BIOS.
  std::optional<SystemArea> system_area;  ///< Of an ISO.
  std::vector<VolumeSummary> volumes;     ///< Those that could be opened.
  std::vector<BootPath> paths;            ///< By attachment, firmware, then Secure Boot.
  std::vector<Finding> findings;          ///< By offset.

  /// How many findings have this severity.
  [[nodiscard]] std::size_t count(Severity severity) const;
};

/// How thorough an inspection is.
struct InspectOptions {
  /// The keys with which Secure Boot is judged (a varstore that was read); without any, signatures
  /// are looked for and not verified, and nothing is hashed.
  KeySource keys;
  /// Initramfs archives are unpacked and looked into.
  bool unpacks = true;
};

/// Reads any bytes at all: what can't be understood is not in the models, what is wrong is a
/// finding. Never throws but for lack of memory; reads only what it needs and is bounded by limits
/// of its own, whatever a field says.
Inspection inspect(const ImageView& image, const InspectOptions& options = {});

/// The same of boot catalog, partition tables and volume descriptors alone: no file systems, no
/// paths.
Inspection inspect_tables(const ImageView& image);

/// One printable line for people: "hybrid ISO 9660 'GRUB_RESCUE', El Torito BIOS + UEFI, GPT with 2
/// partitions; 1 error".
std::string summary(const Inspection& inspection);

}  // namespace bootproof::inspectors
