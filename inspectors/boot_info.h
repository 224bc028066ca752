#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "inspectors/el_torito.h"
#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"
#include "inspectors/volumes/iso_tree.h"

namespace bootproof::inspectors {

/// The boot info table at byte 8 of a boot image (mkisofs(8), "EL TORITO BOOT INFORMATION TABLE").
struct BootInfoTable {
  std::uint64_t offset = 0;                        ///< In the image.
  std::uint32_t primary_sector = 0;                ///< Of the primary volume descriptor.
  std::uint32_t file_sector = 0;                   ///< Of the boot file.
  std::uint32_t file_bytes = 0;                    ///< Length of the boot file.
  std::uint32_t checksum = 0;                      ///< As recorded.
  std::optional<std::uint32_t> computed_checksum;  ///< Nothing where the file could not be read.
};

/// What a boot image for a BIOS without emulation has been told about its place on the medium.
struct BootInfo {
  std::size_t entry = 0;  ///< Index in ElTorito::entries.
  /// What the image is needs a table: isolinux, and GRUB's cdboot.
  bool needs_table = false;
  std::optional<BootInfoTable> table;       ///< Nothing where there is none.
  std::optional<std::uint64_t> file_bytes;  ///< The file's length by its directory, if it was seen.
  /// GRUB: the sector of 512 bytes from which the MBR's path loads the core (byte 2548).
  std::optional<std::uint64_t> grub_sector;
};

/// The most bytes of a boot image that are added up.
inline constexpr std::uint64_t kMostSummedBytes = std::uint64_t{16} << 20U;

/// Reads and judges what stands in the boot images of the catalog's BIOS entries. `tree` gives the
/// lengths of files: ask read_iso_tree() for the entries' load RBAs. `starts_from_stick`: GRUB's
/// hybrid MBR is there, which needs byte 2548.
std::vector<BootInfo> read_boot_infos(const ImageView& image, const ElTorito& el_torito,
                                      const IsoTree& tree, bool starts_from_stick,
                                      Findings& findings);

}  // namespace bootproof::inspectors
