#include "tests/inspectors/sample_images.h"

#include <algorithm>

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kIsoSector = 2048;

std::uint32_t crc_of(ByteSpan bytes) { return ~crc_register(bytes, kCrc32); }

void put_volume_descriptor(Patch& patch, std::uint64_t sector, std::uint8_t type) {
  put_iso_descriptor(patch, {sector, type, IsoPlaces::kSectors, 10, IsoPlaces::kPathTableL,
                             IsoPlaces::kPathTableM, IsoPlaces::kRoot});
}

/// Path tables of one entry, and "." and "..".
void put_empty_tree(Patch& patch) {
  constexpr std::uint64_t kL = IsoPlaces::kPathTableL * kIsoSector;
  constexpr std::uint64_t kM = IsoPlaces::kPathTableM * kIsoSector;
  patch.u8(kL, 1).le32(kL + 2, IsoPlaces::kRoot).le16(kL + 6, 1);
  patch.u8(kM, 1).be32(kM + 2, IsoPlaces::kRoot).u8(kM + 7, 1);
  for (std::uint64_t number = 0; number < 2; ++number) {
    const std::uint64_t at = IsoPlaces::kRoot * kIsoSector + number * 34;
    patch.u8(at, 34).both32(at + 2, IsoPlaces::kRoot).both32(at + 10, kIsoSector);
    patch.u8(at + 25, 0x02).both16(at + 28, 1).u8(at + 32, 1).u8(at + 33, number);
  }
}

void put_catalog(Patch& patch) {
  const std::uint64_t at = IsoPlaces::kCatalog * kIsoSector;
  patch.u8(at, 1).text(at + 4, "MAKER").u8(at + 30, 0x55).u8(at + 31, 0xAA);
  patch.u8(at + 32, 0x88).le16(at + 38, 4).le32(at + 40, IsoPlaces::kBiosImage);
  patch.u8(at + 64, 0x91).u8(at + 65, 0xEF).le16(at + 66, 1).text(at + 68, "UEFI images");
  patch.u8(at + 96, 0x88).le16(at + 102, 28).le32(at + 104, IsoPlaces::kUefiImage);
}

/// One 16-byte entry of an MBR or EBR.
void put_mbr_entry(Patch& patch, std::uint64_t at, std::uint8_t status, std::uint8_t type,
                   std::uint64_t first, std::uint64_t count) {
  patch.u8(at, status).u8(at + 4, type).le32(at + 8, first).le32(at + 12, count);
}

void put_gpt_header(Patch& patch, std::uint64_t sector_bytes, std::uint64_t lba,
                    std::uint64_t alternate, std::uint64_t entries) {
  const std::uint64_t entry_sectors = 128 * 128 / sector_bytes;
  const std::uint64_t at = lba * sector_bytes;
  patch.text(at, "EFI PART").le32(at + 8, 0x00010000).le32(at + 12, 92);
  patch.le64(at + 24, lba).le64(at + 32, alternate);
  patch.le64(at + 40, 2 + entry_sectors).le64(at + 48, kGptSectors - 2 - entry_sectors);
  patch.text(at + 56, "disk-guid-16-byt").le64(at + 72, entries);
  patch.le32(at + 80, 128).le32(at + 84, 128);
}

}  // namespace

void put_iso_descriptor(Patch& patch, const IsoDescriptor& descriptor) {
  const std::uint64_t at = descriptor.sector * kIsoSector;
  patch.u8(at, descriptor.type).text(at + 1, "CD001").u8(at + 6, 1);
  patch.both32(at + 80, descriptor.sectors)
      .both16(at + 120, 1)
      .both16(at + 124, 1)
      .both16(at + 128, kIsoSector)
      .both32(at + 132, descriptor.path_table_bytes)
      .le32(at + 140, descriptor.path_table_l)
      .be32(at + 148, descriptor.path_table_m);
  patch.u8(at + 156, 34)
      .both32(at + 158, descriptor.root)
      .both32(at + 166, kIsoSector)
      .u8(at + 181, 0x02)
      .both16(at + 184, 1)
      .u8(at + 188, 1);
  patch.u8(at + 881, 1);
}

Bytes with_damage(Bytes healthy, const Damage& damage) {
  Patch patch(healthy);
  damage(patch);
  return healthy;
}

Bytes bytes_of(std::string_view text) { return {text.begin(), text.end()}; }

Bytes first_of(Bytes bytes, std::size_t size) {
  bytes.resize(size);
  return bytes;
}

std::uint64_t number_at(const Bytes& bytes, std::uint64_t offset, unsigned length) {
  std::uint64_t value = 0;
  for (unsigned i = length; i > 0; --i) {
    const std::uint64_t at = offset + i - 1;
    value = (value << 8U) | (at < bytes.size() ? bytes[at] : 0U);
  }
  return value;
}

std::uint32_t crc_register(ByteSpan bytes, std::uint32_t polynomial) {
  std::uint32_t crc = 0xFFFFFFFFU;
  for (const std::uint8_t byte : bytes) {
    crc ^= byte;
    for (int bit = 0; bit < 8; ++bit) {
      crc = (crc & 1U) != 0 ? (crc >> 1U) ^ polynomial : crc >> 1U;
    }
  }
  return crc;
}

Patch& Patch::little(std::uint64_t offset, std::uint64_t value, unsigned length) {
  for (unsigned i = 0; i < length; ++i) {
    fill(offset + i, 1, static_cast<std::uint8_t>(value >> (8 * i)));
  }
  return *this;
}

Patch& Patch::be32(std::uint64_t offset, std::uint64_t value) {
  for (unsigned i = 0; i < 4; ++i) {
    fill(offset + i, 1, static_cast<std::uint8_t>(value >> (8 * (3 - i))));
  }
  return *this;
}

Patch& Patch::both16(std::uint64_t offset, std::uint64_t value) {
  return le16(offset, value).u8(offset + 2, value >> 8U).u8(offset + 3, value);
}

Patch& Patch::both32(std::uint64_t offset, std::uint64_t value) {
  return le32(offset, value).be32(offset + 4, value);
}

Patch& Patch::text(std::uint64_t offset, std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    fill(offset + i, 1, static_cast<std::uint8_t>(bytes[i]));
  }
  return *this;
}

Patch& Patch::utf16_le(std::uint64_t offset, std::string_view ascii) {
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    le16(offset + 2 * i, static_cast<std::uint8_t>(ascii[i]));
  }
  return *this;
}

Patch& Patch::utf16_be(std::uint64_t offset, std::string_view ascii) {
  for (std::size_t i = 0; i < ascii.size(); ++i) {
    u8(offset + 2 * i, 0).u8(offset + 2 * i + 1, static_cast<std::uint8_t>(ascii[i]));
  }
  return *this;
}

Patch& Patch::fill(std::uint64_t offset, std::uint64_t length, std::uint8_t value) {
  if (offset < bytes_.size()) {
    const std::uint64_t there = bytes_.size() - offset;
    std::fill_n(bytes_.begin() + static_cast<std::ptrdiff_t>(offset), std::min(length, there),
                value);
  }
  return *this;
}

Bytes iso_image() {
  Bytes iso(IsoPlaces::kSectors * kIsoSector);
  Patch patch(iso);
  constexpr std::uint64_t kPrimary = IsoPlaces::kPrimary * kIsoSector;
  put_volume_descriptor(patch, IsoPlaces::kPrimary, 1);
  patch.fill(kPrimary + 8, 64, ' ').text(kPrimary + 8, "LINUX").text(kPrimary + 40, "SAMPLE_1");
  patch.fill(kPrimary + 190, 512, ' ')
      .text(kPrimary + 318, "PUBLISHER")
      .text(kPrimary + 446, "PREPARER")
      .text(kPrimary + 574, "APPLICATION");

  constexpr std::uint64_t kBootRecord = IsoPlaces::kBootRecord * kIsoSector;
  patch.text(kBootRecord + 1, "CD001").u8(kBootRecord + 6, 1);
  patch.text(kBootRecord + 7, "EL TORITO SPECIFICATION");
  patch.le32(kBootRecord + 71, IsoPlaces::kCatalog);

  constexpr std::uint64_t kJoliet = IsoPlaces::kJoliet * kIsoSector;
  put_volume_descriptor(patch, IsoPlaces::kJoliet, 2);
  patch.text(kJoliet + 88, "%/E").utf16_be(kJoliet + 40, "Sample one");

  constexpr std::uint64_t kTerminator = IsoPlaces::kTerminator * kIsoSector;
  patch.u8(kTerminator, 255).text(kTerminator + 1, "CD001").u8(kTerminator + 6, 1);

  put_empty_tree(patch);
  put_catalog(patch);
  constexpr std::uint64_t kBios = IsoPlaces::kBiosImage * kIsoSector;
  patch.text(kBios, "\xFA\xF4").u8(kBios + 510, 0x55).u8(kBios + 511, 0xAA);
  const Bytes fat = fat_volume();
  std::copy(fat.begin(), fat.end(), iso.begin() + IsoPlaces::kUefiImage * kIsoSector);
  seal_catalog(iso);
  return iso;
}

void seal_catalog(Bytes& iso) {
  constexpr std::uint64_t kAt = IsoPlaces::kCatalog * kIsoSector;
  Patch(iso).le16(kAt + 28, 0);
  std::uint64_t sum = 0;
  for (std::uint64_t i = 0; i < 32; i += 2) {
    sum += number_at(iso, kAt + i, 2);
  }
  Patch(iso).le16(kAt + 28, 0x10000 - (sum & 0xFFFFU));
}

Bytes mbr_disk() {
  constexpr std::uint64_t kSector = 512;
  Bytes disk(256 * kSector);
  Patch patch(disk);
  patch.text(0, "\xFA\xF4").le32(440, 0x12345678).u8(510, 0x55).u8(511, 0xAA);
  put_mbr_entry(patch, 446, 0x80, 0x0C, 8, 56);
  put_mbr_entry(patch, 462, 0, 0x05, 64, 128);
  put_mbr_entry(patch, 478, 0, 0x83, 200, 56);
  put_mbr_entry(patch, 64 * kSector + 446, 0, 0x83, 2, 30);
  put_mbr_entry(patch, 64 * kSector + 462, 0, 0x05, 64, 64);
  patch.u8(64 * kSector + 510, 0x55).u8(64 * kSector + 511, 0xAA);
  put_mbr_entry(patch, 128 * kSector + 446, 0, 0x82, 2, 21);
  patch.u8(128 * kSector + 510, 0x55).u8(128 * kSector + 511, 0xAA);
  return disk;
}

Bytes gpt_disk(std::uint64_t sector_bytes) {
  Bytes disk(kGptSectors * sector_bytes);
  Patch patch(disk);
  patch.text(0, "\xFA\xEB\xFE");
  put_mbr_entry(patch, 446, 0, 0xEE, 1, kGptSectors - 1);
  patch.u8(510, 0x55).u8(511, 0xAA);
  constexpr std::uint64_t kLast = kGptSectors - 1;
  put_gpt_header(patch, sector_bytes, 1, kLast, 2);
  put_gpt_header(patch, sector_bytes, kLast, 1, kLast - 128 * 128 / sector_bytes);
  const std::uint64_t entries = 2 * sector_bytes;
  patch.text(entries, "\x28\x73\x2A\xC1\x1F\xF8\xD2\x11\xBA\x4B")
      .text(entries + 10, std::string_view("\x00\xA0\xC9\x3E\xC9\x3B", 6))
      .text(entries + 16, "unique-guid-esp1")
      .le64(entries + 32, 40)
      .le64(entries + 40, 59)
      .utf16_le(entries + 56, "EFI system");
  patch.text(entries + 128, "Hah!IdontNeedEFI")
      .text(entries + 144, "unique-guid-bios")
      .le64(entries + 160, 60)
      .le64(entries + 168, 69)
      .le64(entries + 176, 4);
  seal_gpt(disk, sector_bytes);
  return disk;
}

void seal_gpt(Bytes& disk, std::uint64_t sector_bytes) {
  constexpr std::uint64_t kLast = kGptSectors - 1;
  constexpr std::uint64_t kEntryBytes = 128 * 128;
  const std::uint64_t backup = kLast * sector_bytes;
  const auto entries = disk.begin() + static_cast<std::ptrdiff_t>(2 * sector_bytes);
  std::copy_n(entries, kEntryBytes,
              disk.begin() + static_cast<std::ptrdiff_t>(backup - kEntryBytes));
  const std::uint32_t crc = crc_of(ByteSpan(disk).subspan(2 * sector_bytes, kEntryBytes));
  Patch(disk).le32(sector_bytes + 88, crc).le32(backup + 88, crc);
  seal_gpt_header(disk, sector_bytes, 1);
  seal_gpt_header(disk, sector_bytes, kLast);
}

void seal_gpt_header(Bytes& disk, std::uint64_t sector_bytes, std::uint64_t lba) {
  const std::uint64_t at = lba * sector_bytes;
  const std::uint64_t length = std::min(number_at(disk, at + 12, 4), sector_bytes);
  Patch(disk).le32(at + 16, 0);
  Patch(disk).le32(at + 16, crc_of(ByteSpan(disk).subspan(at, length)));
}

Bytes fat_volume() {
  constexpr std::uint64_t kSectors = 28;
  Bytes fat(kSectors * 512);
  Patch(fat)
      .text(0, "\xEB\x3C\x90mkfs.fat")
      .le16(11, 512)
      .u8(13, 1)
      .le16(14, 1)
      .u8(16, 2)
      .le16(17, 16)
      .le16(19, kSectors)
      .u8(21, 0xF8)
      .le16(22, 1)
      .u8(38, 0x29)
      .text(43, "SAMPLE ESP FAT12   ")
      .text(62, "\xFA\xF4")
      .u8(510, 0x55)
      .u8(511, 0xAA)
      .text(512, "\xF8\xFF\xFF")
      .text(1024, "\xF8\xFF\xFF");
  return fat;
}

}  // namespace bootproof::testing
