#include "tests/inspectors/volume_samples.h"

#include <algorithm>
#include <string>

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kSector = 512;

/// "BOOTX64 EFI" with attributes.
void put_entry(Patch& patch, std::uint64_t at, std::string_view name, std::uint64_t attributes,
               std::uint64_t cluster, std::uint64_t size) {
  patch.text(at, name).u8(at + 11, attributes).le16(at + 26, cluster & 0xFFFFU);
  patch.le16(at + 20, cluster >> 16U).le32(at + 28, size);
}

void put_dots(Patch& patch, std::uint64_t at, std::uint64_t own, std::uint64_t parent) {
  put_entry(patch, at, ".          ", 0x10, own, 0);
  put_entry(patch, at + 32, "..         ", 0x10, parent, 0);
}

/// A long name of at most 26 characters before a short entry at `at` + 64.
void put_long_name(Patch& patch, std::uint64_t at, std::string_view name,
                   std::string_view short_name) {
  unsigned sum = 0;
  for (const char c : short_name) {
    sum = (((sum & 1U) << 7U) + (sum >> 1U) + static_cast<unsigned char>(c)) & 0xFFU;
  }
  constexpr std::uint64_t kPlaces[13] = {1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30};
  for (std::uint64_t piece = 2; piece > 0; --piece) {
    const std::uint64_t entry = at + (2 - piece) * 32;
    patch.u8(entry, piece | (piece == 2 ? 0x40U : 0U)).u8(entry + 11, 0x0F).u8(entry + 13, sum);
    for (std::uint64_t i = 0; i < 13; ++i) {
      const std::uint64_t index = (piece - 1) * 13 + i;
      patch.le16(entry + kPlaces[i], index < name.size() ? static_cast<unsigned char>(name[index])
                                     : index == name.size() ? 0U
                                                            : 0xFFFFU);
    }
  }
}

}  // namespace

void set_one_fat12(Bytes& volume, std::uint64_t fat, std::uint64_t cluster, std::uint64_t value) {
  const std::uint64_t at = FatPlaces::kFat + fat * kSector + cluster * 3 / 2;
  const std::uint64_t both = number_at(volume, at, 2);
  Patch(volume).le16(
      at, (cluster & 1U) != 0 ? (both & 0x000FU) | (value << 4U) : (both & 0xF000U) | value);
}

void set_fat12(Bytes& volume, std::uint64_t cluster, std::uint64_t value) {
  set_one_fat12(volume, 0, cluster, value);
  set_one_fat12(volume, 1, cluster, value);
}

Bytes fat12_tree() {
  constexpr std::uint64_t kEnd = 0xFFF;
  Bytes fat(FatPlaces::kSectors * kSector);
  Patch patch(fat);
  patch.text(0, "\xEB\x3C\x90MSDOS5.0").le16(11, kSector).u8(13, 1).le16(14, 1).u8(16, 2);
  patch.le16(17, 16).le16(19, FatPlaces::kSectors).u8(21, 0xF8).le16(22, 1).le16(24, 32);
  patch.le16(26, 2).u8(36, 0x80).u8(38, 0x29).le32(39, 0x1234ABCD);
  patch.text(43, "NO NAME    FAT12   ").u8(510, 0x55).u8(511, 0xAA);
  set_fat12(fat, 0, 0xFF8);
  set_fat12(fat, 1, kEnd);
  set_fat12(fat, 2, kEnd);
  set_fat12(fat, 3, kEnd);
  set_fat12(fat, 4, 5);
  set_fat12(fat, 5, 7);
  set_fat12(fat, 6, kEnd);
  set_fat12(fat, 7, kEnd);
  set_fat12(fat, 8, kEnd);
  put_entry(patch, FatPlaces::kRoot, "SAMPLE     ", 0x08, 0, 0);
  put_entry(patch, FatPlaces::kRoot + 32, "EFI        ", 0x10, 2, 0);
  put_long_name(patch, FatPlaces::kRoot + 64, "Long file name.txt", "LONGFI~1TXT");
  put_entry(patch, FatPlaces::kRoot + 128, "LONGFI~1TXT", 0x20, 8, 5);
  put_dots(patch, FatPlaces::kEfi, 2, 0);
  put_entry(patch, FatPlaces::kEfi + 64, "BOOT       ", 0x10, 3, 0);
  put_dots(patch, FatPlaces::kBoot, 3, 2);
  put_entry(patch, FatPlaces::kBoot + 64, "BOOTX64 EFI", 0x20, 4, 1300);
  put_entry(patch, FatPlaces::kBoot + 96, "GRUB    CFG", 0x20, 6, 10);
  patch.u8(FatPlaces::kBoot + 96 + 12, 0x18);
  patch.text(FatPlaces::kProgram, "MZ");
  return fat;
}

Bytes fat32_begin() {
  Bytes fat(kFat32Data + 2 * kSector);
  Patch patch(fat);
  for (const std::uint64_t at : {std::uint64_t{0}, 6 * kSector}) {
    patch.text(at, "\xEB\x58\x90MSDOS5.0").le16(at + 11, kSector).u8(at + 13, 1);
    patch.le16(at + 14, 32).u8(at + 16, 2).u8(at + 21, 0xF8).le16(at + 24, 63);
    patch.le16(at + 26, 255).le32(at + 32, kFat32Sectors).le32(at + 36, 513);
    patch.le32(at + 44, 2).le16(at + 48, 1).le16(at + 50, 6).u8(at + 64, 0x80);
    patch.u8(at + 66, 0x29).le32(at + 67, 0x1234ABCD).text(at + 71, "SAMPLE     FAT32   ");
    patch.u8(at + 510, 0x55).u8(at + 511, 0xAA);
  }
  patch.text(kSector, "RRaA").text(kSector + 484, "rrAa");
  patch.u8(kSector + 510, 0x55).u8(kSector + 511, 0xAA);
  for (const std::uint64_t at : {32 * kSector, (32 + 513) * kSector}) {
    patch.le32(at, 0x0FFFFFF8).le32(at + 4, 0x0FFFFFFF);
    patch.le32(at + 8, 0x0FFFFFFF).le32(at + 12, 0x0FFFFFFF);
  }
  put_entry(patch, kFat32Data, "EFI        ", 0x10, 3, 0);
  put_dots(patch, kFat32Data + kSector, 3, 0);
  return fat;
}

Bytes syslinux_volume() {
  constexpr std::uint64_t kMagic = 0x3EB202FE;
  constexpr std::uint64_t kBuild = 0x5E740F71;
  constexpr std::uint64_t kFileBytes = 4 * kSector;
  constexpr std::uint64_t kExtended = 0x300;
  Bytes fat = fat12_tree();
  Patch patch(fat);
  patch.text(0, "\xEB\x3C\x90SYSLINUX").text(0x3E, "\xFA\xFC");
  patch.text(0x118, "\x66\xB8").le32(0x11A, kLdlinux / kSector).text(0x11E, "\x66\xBA");
  patch.text(0x130, "\x66\x81\x3E\x1C\x80").le32(0x135, kBuild);
  patch.le32(0x1F8, kMagic).le16(0x1FC, 0x3718);
  for (std::uint64_t cluster = 10; cluster < 13; ++cluster) {
    set_fat12(fat, cluster, cluster + 1);
  }
  set_fat12(fat, 13, 0xFFF);
  set_fat12(fat, 14, 0xFFF);
  put_entry(patch, FatPlaces::kRoot + 160, "LDLINUX SYS", 0x07, 10, kFileBytes);
  put_entry(patch, FatPlaces::kRoot + 192, "LDLINUX C32", 0x20, 14, 100);
  patch.text(kLdlinux, "\r\nSYSLINUX 6.04 ");
  const std::uint64_t area = kLdlinux + 0x18;
  patch.le32(area, kMagic).le32(area + 4, kBuild).le16(area + 8, 4).le16(area + 10, 2);
  patch.le32(area + 12, kFileBytes / 4).le16(area + 20, 0x7F).le16(area + 22, kExtended);
  patch.le16(kLdlinux + kExtended + 2, 0x320).le16(kLdlinux + kExtended + 4, 16);
  patch.le16(kLdlinux + kExtended + 10, 0x1EE).le16(kLdlinux + kExtended + 12, 4);
  patch.le32(kLdlinux + 0x1EE, kLdlinux / kSector + 1).le16(kLdlinux + 0x1EE + 8, 3);
  std::uint64_t sum = 0;
  for (std::uint64_t at = 0; at < kFileBytes; at += 4) {
    sum += number_at(fat, kLdlinux + at, 4);
  }
  patch.le32(area + 16, (kMagic - sum) & 0xFFFFFFFFU);
  return fat;
}

Bytes ext2_volume() {
  constexpr std::uint64_t kBlock = 1024;
  constexpr std::uint64_t kBlocks = 64;
  Bytes ext(kBlocks * kBlock);
  Patch patch(ext);
  patch.le32(kBlock, 16).le32(kBlock + 4, kBlocks).le32(kBlock + 12, 50).le32(kBlock + 16, 5);
  patch.le32(kBlock + 20, 1).le32(kBlock + 32, 8192).le32(kBlock + 36, 8192);
  patch.le32(kBlock + 40, 16).le16(kBlock + 0x38, 0xEF53).le16(kBlock + 0x3A, 1);
  patch.le16(kBlock + 0x3C, 1).le32(kBlock + 0x4C, 1).le32(kBlock + 0x54, 11);
  patch.le16(kBlock + 0x58, 128).le32(kBlock + 0x60, 2).le32(kBlock + 0x64, 1);
  patch.text(kBlock + 0x68, "0123456789abcdef").text(kBlock + 0x78, "SAMPLE");
  // The descriptor of the one group: bitmaps in blocks 3 and 4, inodes from 5 on.
  patch.le32(2 * kBlock, 3).le32(2 * kBlock + 4, 4).le32(2 * kBlock + 8, 5);
  // Inode 2: a directory of one block, 7.
  const std::uint64_t root = 5 * kBlock + 128;
  patch.le16(root, 0x41ED).le32(root + 4, kBlock).le16(root + 26, 2).le32(root + 28, 2);
  patch.le32(root + 40, 7);
  const std::uint64_t entries = 7 * kBlock;
  patch.le32(entries, 2).le16(entries + 4, 12).u8(entries + 6, 1).u8(entries + 7, 2);
  patch.text(entries + 8, ".");
  patch.le32(entries + 12, 2).le16(entries + 16, kBlock - 12).u8(entries + 18, 2);
  patch.u8(entries + 19, 2).text(entries + 20, "..");
  return ext;
}

void seal_ext(Bytes& volume) {
  Patch(volume).le32(2044, crc_register(ByteSpan(volume).subspan(1024, 1020), kCrc32c));
}

Bytes ext4_volume() {
  Bytes ext = ext2_volume();
  Patch(ext).le32(1024 + 0x64, 0x401).u8(1024 + 0x175, 1);
  seal_ext(ext);
  return ext;
}

Bytes squashfs_file() {
  Bytes file(4096);
  Patch(file)
      .text(0, "hsqs")
      .le32(4, 1)
      .le32(8, 1700000000)
      .le32(12, 131072)
      .le16(20, 4)
      .le16(22, 17)
      .le16(26, 1)
      .le16(28, 4)
      .le64(40, 400)
      .le64(48, 380)
      .le64(56, ~std::uint64_t{0})
      .le64(64, 96)
      .le64(72, 200)
      .le64(80, 300)
      .le64(88, ~std::uint64_t{0});
  return file;
}

}  // namespace bootproof::testing
