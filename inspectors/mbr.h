#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "inspectors/boot_code.h"
#include "inspectors/finding.h"
#include "inspectors/image_view.h"

namespace bootproof::inspectors {

struct Gpt;

/// An address by cylinder, head and sector (UEFI 2.10, table 5.2).
struct ChsAddress {
  std::uint32_t cylinder = 0;
  std::uint32_t head = 0;
  std::uint32_t sector = 0;  ///< From 1.

  bool operator==(const ChsAddress&) const = default;
};

/// One entry of a partition table in an MBR or EBR (UEFI 2.10, 5.2.1).
struct MbrPartition {
  std::size_t number = 0;    ///< 1 to 4; logical partitions from 5, as Linux counts.
  std::uint64_t offset = 0;  ///< Of the entry, in the image.
  std::uint8_t status = 0;   ///< 0x80 active, 0x00 not.
  std::uint8_t type = 0;
  std::uint64_t first_lba = 0;  ///< From the begin of the medium.
  std::uint64_t sector_count = 0;
  ChsAddress first_chs;
  ChsAddress last_chs;

  [[nodiscard]] bool is_used() const { return type != 0 || sector_count != 0; }
  [[nodiscard]] bool is_active() const { return status == 0x80; }
  [[nodiscard]] bool is_extended() const;
  /// A partition for UEFI by its type. Whether it holds a FAT volume is not looked at here.
  [[nodiscard]] bool is_esp() const { return type == 0xEF; }
  [[nodiscard]] bool is_protective() const { return type == 0xEE; }
};

/// What the partition table of an MBR is for.
enum class MbrKind : std::uint8_t {
  kNoTable,     ///< The bytes are no partition table.
  kPlain,       ///< Perhaps without a partition.
  kProtective,  ///< One entry of type 0xEE and nothing else (UEFI 2.10, 5.2.3).
  kHybrid,      ///< One of type 0xEE beside others.
};

/// The first sector of a medium.
struct Mbr {
  MbrKind kind = MbrKind::kNoTable;
  BootCode boot_code = BootCode::kNone;
  bool has_signature = false;  ///< 55 aa at offset 510.
  std::uint32_t disk_signature = 0;
  std::array<MbrPartition, 4> entries;  ///< As they stand there, whatever they are.
  std::vector<MbrPartition> logical;    ///< Of the extended partitions, in the chain's order.

  /// The primary and logical partitions that are in use, without extended ones and the one of
  /// type 0xEE. None where there is no table.
  [[nodiscard]] std::vector<MbrPartition> partitions() const;
  /// Whether an entry of type 0xEE stands in a table.
  [[nodiscard]] bool protects_gpt() const {
    return kind == MbrKind::kProtective || kind == MbrKind::kHybrid;
  }
};

/// What the judgement of an MBR depends on beside its bytes.
struct MbrSurroundings {
  std::uint64_t sector_bytes = 512;
  bool is_iso = false;   ///< In the system area of an ISO: its entries may describe the ISO itself.
  bool has_gpt = false;  ///< Then gpt rules say what its protection lacks.
  /// The GPT beside it, where both are to be judged together (partition_checks.h).
  const Gpt* gpt = nullptr;
};

/// Reads the first sector and the chains of logical partitions; `image` is the whole medium.
Mbr read_mbr(const ImageView& image, const MbrSurroundings& surroundings, Findings& findings);

/// "Linux", "FAT32 LBA", "ESP", ...; empty for a type that is not known.
std::string_view mbr_type_name(std::uint8_t type);

}  // namespace bootproof::inspectors
