#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/boot_code.h"
#include "inspectors/fat_boot_sector.h"
#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"

namespace bootproof::inspectors {

/// Platform IDs (El Torito 1.0, figure 2; UEFI 2.10, 13.3.2.1).
enum PlatformId : std::uint8_t {
  kPlatformX86 = 0x00,  ///< A BIOS.
  kPlatformPowerPc = 0x01,
  kPlatformMac = 0x02,
  kPlatformUefi = 0xEF,
};

/// "BIOS", "PowerPC", "Mac", "UEFI", or "platform 0x42".
std::string platform_name(std::uint8_t platform_id);

/// The first record of the boot catalog (El Torito 1.0, figure 2).
struct ElToritoValidation {
  std::uint64_t offset = 0;
  std::uint8_t platform_id = 0;
  std::string manufacturer_id;  ///< Printable.
  bool has_header_id = false;   ///< 0x01 where it has to stand.
  bool has_key = false;         ///< 55 aa where they have to stand.
  bool adds_up = false;         ///< All its words add up to 0.
};

/// The initial entry or a section entry (El Torito 1.0, figures 3 and 5).
struct ElToritoEntry {
  std::uint64_t offset = 0;
  std::size_t section = 0;  ///< 0 for the initial entry, then counted from 1.
  std::uint8_t platform_id = 0;
  std::uint8_t indicator = 0;      ///< 0x88 bootable, 0x00 not.
  std::uint8_t media_type = 0;     ///< Low four bits: 0 none, 1 to 3 floppy, 4 hard disk.
  std::uint16_t load_segment = 0;  ///< 0 stands for 0x7C0.
  std::uint8_t system_type = 0;    ///< Of the partition in a hard disk image.
  std::uint16_t sector_count = 0;  ///< Load size, in sectors of 512 bytes.
  std::uint32_t load_rba = 0;      ///< In sectors of 2048 bytes.
  std::uint8_t selection_criteria_type = 0;
  std::size_t extension_count = 0;
  bool is_inside = false;  ///< Whether what has to be read lies inside the image.
  BootImage content = BootImage::kUnreadable;
  std::optional<FatBootSector> fat;  ///< Where the content is a FAT volume.

  [[nodiscard]] bool is_bootable() const { return indicator == 0x88; }
};

/// A section header (El Torito 1.0, figure 4).
struct ElToritoSection {
  std::uint64_t offset = 0;
  std::uint8_t platform_id = 0;
  bool is_last = false;
  std::uint16_t entry_count = 0;  ///< As it says; `entries` has those that are there.
  std::string id;                 ///< Printable.
};

/// A boot catalog.
struct ElTorito {
  std::uint64_t boot_record_sector = 0;
  std::uint32_t catalog_lba = 0;
  std::optional<ElToritoValidation> validation;  ///< Nothing where the catalog can't be read.
  std::vector<ElToritoEntry> entries;            ///< The initial entry first.
  std::vector<ElToritoSection> sections;
};

/// "no emulation", "1.2M floppy", "1.44M floppy", "2.88M floppy", "hard disk" or "media type 9".
std::string media_type_name(std::uint8_t media_type);

/// Whether EDK II gives the image no sector: with a sector count below 2 it reaches to the end of
/// the volume, and this one stands behind that (MdeModulePkg, PartitionDxe, ElTorito.c; seen with
/// AAVMF 2022.11).
bool ends_before_its_begin(const ElToritoEntry& entry, const Iso9660& iso);

/// Reads the boot catalog that the boot record names; `image` is the whole medium.
ElTorito read_el_torito(const ImageView& image, const IsoBootRecord& boot_record,
                        Findings& findings);

}  // namespace bootproof::inspectors
