#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/apm.h"
#include "inspectors/el_torito.h"
#include "inspectors/finding.h"
#include "inspectors/gpt.h"
#include "inspectors/image_view.h"
#include "inspectors/iso9660.h"
#include "inspectors/mbr.h"

namespace bootproof::inspectors {

/// Who describes a range of the medium.
enum class RangeSource : std::uint8_t { kElTorito, kMbr, kGpt, kApm };

/// "El Torito", "MBR", "GPT", "APM".
std::string_view name_of(RangeSource source);

/// What a range of the medium is for, seen from a stick.
enum class RangeRole : std::uint8_t {
  kEsp,         ///< The EFI system partition, or El Torito's image for UEFI.
  kWholeIso,    ///< Covers the ISO's descriptors, from its begin or shortly after it.
  kProtective,  ///< MBR type 0xEE or 0xCD over all: keeps partition editors away.
  kMap,         ///< The Apple map itself.
  kGap,         ///< What mkisofs programs fill gaps with; GPT "Gap", APM "Apple_Void".
  kHfs,         ///< HFS or HFS+, the ISO's files for a Mac.
  kAppended,    ///< Begins behind the ISO 9660 volume.
  kOther,
};

/// "EFI system partition", "whole ISO", ...
std::string_view name_of(RangeRole role);

/// One entry of a table, in bytes.
struct MediumRange {
  RangeSource source = RangeSource::kMbr;
  std::uint32_t number = 0;  ///< Of the partition; for El Torito of the entry, from 1.
  RangeRole role = RangeRole::kOther;
  std::uint64_t entry_offset = 0;  ///< Of the table's entry, in the image.
  std::uint64_t first_byte = 0;
  std::uint64_t byte_count = 0;  ///< 0 where the table does not say (El Torito: load size only).
  std::string name;              ///< Printable: name or type.
};

/// The address of a boot program that the MBR's code has been given (isohybrid and GRUB's
/// boot_hybrid.img, both at byte 432).
struct HybridPointer {
  std::uint64_t offset = 0;  ///< Of the field.
  std::uint64_t lba = 0;     ///< In sectors of 512 bytes.
  /// What it has to be: the sector of isolinux.bin, or four behind that of GRUB's image. Nothing
  /// where El Torito has no entry for a BIOS.
  std::optional<std::uint64_t> expected_lba;
};

/// The first 32 KiB of an ISO (ECMA-119, 6.2.1), and so the medium as it looks from a USB stick.
struct SystemArea {
  bool is_blank = false;  ///< Zeros: from a stick nothing starts it but UEFI that knows El Torito.
  bool has_protective_mbr = false;  ///< So that firmware looks for the GPT.
  std::optional<Apm> apm;
  std::optional<HybridPointer> pointer;
  std::vector<MediumRange> ranges;  ///< By source, then number.

  /// The first range of a source with a role; null where there is none.
  [[nodiscard]] const MediumRange* find(RangeSource source, RangeRole role) const;
  /// What UEFI takes for the EFI system partition when the ISO stands on a stick: the GPT's where a
  /// protective MBR leads to one, else the MBR's; null where there is none.
  [[nodiscard]] const MediumRange* esp_of_stick() const;
};

/// What else is known of the medium.
struct SystemAreaSurroundings {
  const Iso9660& iso;
  const ElTorito* el_torito = nullptr;  ///< Null where there is none; so the others.
  const Mbr* mbr = nullptr;
  const Gpt* gpt = nullptr;
};

/// Reads the system area of an ISO and judges where its tables and El Torito disagree.
SystemArea read_system_area(const ImageView& image, const SystemAreaSurroundings& surroundings,
                            Findings& findings);

}  // namespace bootproof::inspectors
