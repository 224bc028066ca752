#pragma once

#include <cstdint>
#include <functional>
#include <string_view>

#include "inspectors/integers.h"

namespace bootproof::testing {

/// Small healthy images, built byte by byte from the specifications without the inspectors' own
/// structs, and the means to damage them. Also what the fuzz target begins with.

using inspectors::Bytes;
using inspectors::ByteSpan;

/// Writes numbers and text into an image; what lies outside is left out.
class Patch {
 public:
  explicit Patch(Bytes& bytes) : bytes_(bytes) {}

  Patch& u8(std::uint64_t offset, std::uint64_t value) { return little(offset, value, 1); }
  Patch& le16(std::uint64_t offset, std::uint64_t value) { return little(offset, value, 2); }
  Patch& le32(std::uint64_t offset, std::uint64_t value) { return little(offset, value, 4); }
  Patch& le64(std::uint64_t offset, std::uint64_t value) { return little(offset, value, 8); }
  Patch& both16(std::uint64_t offset, std::uint64_t value);
  Patch& both32(std::uint64_t offset, std::uint64_t value);
  Patch& be32(std::uint64_t offset, std::uint64_t value);
  Patch& text(std::uint64_t offset, std::string_view bytes);
  /// Text in UTF-16, little-endian or big-endian; ASCII alone.
  Patch& utf16_le(std::uint64_t offset, std::string_view ascii);
  Patch& utf16_be(std::uint64_t offset, std::string_view ascii);
  Patch& fill(std::uint64_t offset, std::uint64_t length, std::uint8_t value);

 private:
  Patch& little(std::uint64_t offset, std::uint64_t value, unsigned length);

  Bytes& bytes_;
};

/// A single defect, and a sample that has it.
using Damage = std::function<void(Patch& patch)>;
Bytes with_damage(Bytes healthy, const Damage& damage);

Bytes bytes_of(std::string_view text);
Bytes first_of(Bytes bytes, std::size_t size);
/// A number of `length` bytes, least significant first; what lies outside is zero.
std::uint64_t number_at(const Bytes& bytes, std::uint64_t offset, unsigned length);

/// Polynomials of crc_register(), the bits reversed.
constexpr std::uint32_t kCrc32 = 0xEDB88320;   ///< IEEE 802.3; RFC 1952, 8
constexpr std::uint32_t kCrc32c = 0x82F63B78;  ///< RFC 3720, 12.1
/// What the register holds after these bytes, from all ones on, before it is inverted. Bit by bit:
/// slow, and not the inspectors' own.
std::uint32_t crc_register(ByteSpan bytes, std::uint32_t polynomial);

/// What put_iso_descriptor() is told; places in sectors of 2048 bytes.
struct IsoDescriptor {
  std::uint64_t sector;
  std::uint8_t type;  ///< 1 primary, 2 supplementary (ECMA-119, 8.1.1)
  std::uint64_t sectors;
  std::uint64_t path_table_bytes;
  std::uint64_t path_table_l;
  std::uint64_t path_table_m;
  std::uint64_t root;  ///< Its directory takes one sector.
};
/// The fields of a volume descriptor (ECMA-119, 8.4) that every volume needs.
void put_iso_descriptor(Patch& patch, const IsoDescriptor& descriptor);

/// Places in iso_image(), in sectors of 2048 bytes.
struct IsoPlaces {
  static constexpr std::uint64_t kPrimary = 16;
  static constexpr std::uint64_t kBootRecord = 17;
  static constexpr std::uint64_t kJoliet = 18;
  static constexpr std::uint64_t kTerminator = 19;
  static constexpr std::uint64_t kPathTableL = 20;
  static constexpr std::uint64_t kPathTableM = 21;
  static constexpr std::uint64_t kRoot = 22;
  static constexpr std::uint64_t kCatalog = 23;
  static constexpr std::uint64_t kBiosImage = 24;
  static constexpr std::uint64_t kUefiImage = 25;
  static constexpr std::uint64_t kSectors = 48;
};

/// 96 KiB: primary and Joliet descriptors, El Torito with a boot sector for a BIOS and a FAT volume
/// for UEFI, an empty root directory, nothing in the system area.
Bytes iso_image();
/// Corrects the checksum word of the catalog's validation entry.
void seal_catalog(Bytes& iso);

/// 128 KiB, 256 sectors: boot code of no known kind; an active FAT partition (8 to 63), an extended
/// one (64 to 191) with two logical ones (66 to 95 and 130 to 150), a Linux one (200 to 255).
Bytes mbr_disk();

/// Sectors of gpt_disk().
constexpr std::uint64_t kGptSectors = 192;
/// 192 sectors of this size: protective MBR, 128 entries, an ESP (40 to 59) and a BIOS boot
/// partition (60 to 69), the backup at the end.
Bytes gpt_disk(std::uint64_t sector_bytes);
/// Copies the entries of the primary table to the backup and corrects all CRCs.
void seal_gpt(Bytes& disk, std::uint64_t sector_bytes);
/// Corrects the CRC of the header at `lba` alone.
void seal_gpt_header(Bytes& disk, std::uint64_t sector_bytes, std::uint64_t lba);

/// 14 KiB: an empty FAT12 volume with a signature.
Bytes fat_volume();

}  // namespace bootproof::testing
