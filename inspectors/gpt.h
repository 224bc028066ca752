#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/guid.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// A GPT header (UEFI 2.10, table 5.5).
struct GptHeader {
  std::uint64_t offset = 0;
  std::uint64_t lba = 0;  ///< Where it stands.
  std::uint32_t revision = 0;
  std::uint32_t header_bytes = 0;
  std::uint64_t my_lba = 0;  ///< Where it says that it stands.
  std::uint64_t alternate_lba = 0;
  std::uint64_t first_usable_lba = 0;
  std::uint64_t last_usable_lba = 0;
  Guid disk_guid{};
  std::uint64_t entries_lba = 0;
  std::uint32_t entry_count = 0;
  std::uint32_t entry_bytes = 0;
  std::uint32_t header_crc = 0;                       ///< As recorded.
  std::uint32_t entries_crc = 0;                      ///< As recorded.
  std::optional<std::uint32_t> computed_header_crc;   ///< Nothing where the size is impossible.
  std::optional<std::uint32_t> computed_entries_crc;  ///< Nothing where they could not be read.

  [[nodiscard]] bool has_valid_crc() const { return computed_header_crc == header_crc; }
  [[nodiscard]] bool has_valid_entries() const { return computed_entries_crc == entries_crc; }
};

/// A used entry of a GPT (UEFI 2.10, table 5.6).
struct GptPartition {
  std::uint32_t number = 0;  ///< From 1.
  std::uint64_t offset = 0;  ///< Of the entry, in the image.
  Guid type{};
  Guid unique{};
  std::uint64_t first_lba = 0;
  std::uint64_t last_lba = 0;  ///< Inclusive.
  std::uint64_t attributes = 0;
  std::string name;  ///< Printable UTF-8.

  /// A partition for UEFI by its type. Whether it holds a FAT volume is not looked at here.
  [[nodiscard]] bool is_esp() const;
  /// An extended boot loader partition (Boot Loader Specification 1.0).
  [[nodiscard]] bool is_xbootldr() const;
  /// Where GRUB's core stands for a BIOS.
  [[nodiscard]] bool is_bios_boot() const;
  /// Attribute bit 0: the firmware or the machine needs it.
  [[nodiscard]] bool is_required() const { return (attributes & 1U) != 0; }
  /// Attribute bit 1: no driver of the firmware looks into it.
  [[nodiscard]] bool has_no_block_io() const { return (attributes & 2U) != 0; }
  /// Attribute bit 2: what syslinux's gptmbr.bin starts.
  [[nodiscard]] bool is_legacy_bootable() const { return (attributes & 4U) != 0; }
};

/// The names of the attributes that are set: "required", "no block IO", "legacy BIOS bootable", and
/// those of the discoverable partitions "grow file system", "read-only", "no auto"; "bit 17".
std::vector<std::string> attribute_names(const GptPartition& partition);

/// The GUID partition table of a medium.
struct Gpt {
  std::uint64_t sector_bytes = 512;  ///< 512 or 4096: where the header stands says which.
  std::optional<GptHeader> primary;
  std::optional<GptHeader> backup;
  bool is_from_backup = false;  ///< The partitions are the backup's: the primary is damaged.
  std::vector<GptPartition> partitions;
};

/// What the judgement of a GPT depends on beside its bytes.
struct GptSurroundings {
  bool is_iso = false;       ///< Entries may overlap then: one is for the whole ISO.
  bool is_promised = false;  ///< An MBR entry of type 0xEE stands in sector 0.
};

/// Reads both headers and the entries; `image` is the whole medium. Nothing where there is no GPT
/// at all; a stale backup of one and a promise that is not kept are findings then.
std::optional<Gpt> read_gpt(const ImageView& image, const GptSurroundings& surroundings,
                            Findings& findings);

}  // namespace bootproof::inspectors
