#include "tests/inspectors/iso_sample.h"

#include <algorithm>
#include <string>

namespace bootproof::testing {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

constexpr std::uint64_t kSector = 2048;
constexpr std::uint64_t kLbasPerSector = 4;

char byte(std::uint64_t value) { return static_cast<char>(value & 0xFFU); }

/// A number of 32 bits in both byte orders.
std::string both32(std::uint64_t value) {
  std::string text;
  for (int shift = 0; shift < 32; shift += 8) {
    text += byte(value >> shift);
  }
  for (int shift = 24; shift >= 0; shift -= 8) {
    text += byte(value >> shift);
  }
  return text;
}

std::string entry(std::string_view signature, const std::string& data) {
  return std::string(signature) + byte(data.size() + 4) + "\1" + data;
}

std::string px(std::uint64_t mode) {
  return entry("PX", both32(mode) + both32(1) + both32(0) + both32(0) + both32(1));
}
std::string nm(std::string_view name) { return entry("NM", "\0"s + std::string(name)); }

/// Appends directory records to a sector.
class Directory {
 public:
  Directory(Bytes& iso, std::uint64_t sector) : patch_(iso), at_(sector * kSector) {}

  Directory& add(std::string_view identifier, std::uint64_t block, std::uint64_t bytes,
                 std::uint64_t flags, const std::string& system_use) {
    std::string record = "\0\0"s + both32(block) + both32(bytes) + "\x7C\1\1\0\0\0\0"s +
                         byte(flags) + "\0\0\1\0\0\1"s + byte(identifier.size()) +
                         std::string(identifier);
    if (identifier.size() % 2 == 0) {
      record += '\0';
    }
    record += system_use;
    if (record.size() % 2 != 0) {
      record += '\0';
    }
    record[0] = byte(record.size());
    patch_.text(at_, record);
    at_ += record.size();
    return *this;
  }
  Directory& directory(std::string_view identifier, std::uint64_t block,
                       const std::string& system_use) {
    return add(identifier, block, kSector, 0x02, system_use);
  }

 private:
  Patch patch_;
  std::uint64_t at_;
};

void put_descriptors(Patch& patch) {
  constexpr std::uint64_t kAt = HybridPlaces::kPrimary * kSector;
  put_iso_descriptor(
      patch, {HybridPlaces::kPrimary, 1, HybridPlaces::kSectors, 46, HybridPlaces::kPathTableL,
              HybridPlaces::kPathTableM, HybridPlaces::kRoot});
  patch.fill(kAt + 8, 64, ' ').text(kAt + 40, "HYBRID");
  patch.fill(kAt + 190, 623, ' ');
  patch.text(kAt + 813, "2024013112000000").text(kAt + 830, "2024020113141516");
  patch.text(kAt + 847, "0000000000000000\0"sv).text(kAt + 864, "0000000000000000\0"sv);
  constexpr std::uint64_t kBootRecord = HybridPlaces::kBootRecord * kSector;
  patch.text(kBootRecord + 1, "CD001").u8(kBootRecord + 6, 1);
  patch.text(kBootRecord + 7, "EL TORITO SPECIFICATION");
  patch.le32(kBootRecord + 71, HybridPlaces::kCatalog);
  constexpr std::uint64_t kTerminator = HybridPlaces::kTerminator * kSector;
  patch.u8(kTerminator, 255).text(kTerminator + 1, "CD001").u8(kTerminator + 6, 1);
}

void put_path_tables(Patch& patch) {
  std::uint64_t at = 0;
  const auto add = [&](std::string_view name, std::uint64_t block, std::uint64_t parent) {
    for (const bool is_big : {false, true}) {
      const std::uint64_t begin =
          (is_big ? HybridPlaces::kPathTableM : HybridPlaces::kPathTableL) * kSector + at;
      patch.u8(begin, name.size()).text(begin + 8, name);
      if (is_big) {
        patch.be32(begin + 2, block).u8(begin + 7, parent);
      } else {
        patch.le32(begin + 2, block).le16(begin + 6, parent);
      }
    }
    at += 8 + name.size() + name.size() % 2;
  };
  add("\0"sv, HybridPlaces::kRoot, 1);
  add("BOOT", HybridPlaces::kBoot, 1);
  add("DEEP", HybridPlaces::kDeep, 1);
  add("GRUB", HybridPlaces::kGrub, 2);
}

void put_directories(Bytes& iso) {
  constexpr std::uint64_t kFolder = 040755;
  constexpr std::uint64_t kFile = 0100644;
  const std::string continuation =
      entry("CE", both32(HybridPlaces::kContinuation) + both32(0) + both32(18));
  Patch(iso).text(HybridPlaces::kContinuation * kSector, entry("ER", "\12\0\0\1RRIP_1991A"s));
  Directory(iso, HybridPlaces::kRoot)
      .directory("\0"sv, HybridPlaces::kRoot,
                 entry("SP", "\xBE\xEF\0"s) + px(kFolder) + continuation)
      .directory("\1", HybridPlaces::kRoot, px(kFolder))
      .add("BIG.;1", HybridPlaces::kBig, kSector, 0x80, px(kFile) + nm("big"))
      .add("BIG.;1", HybridPlaces::kBig + 1, 100, 0, px(kFile) + nm("big"))
      .directory("BOOT", HybridPlaces::kBoot, px(kFolder) + nm("boot"))
      .directory("DEEP", HybridPlaces::kDeep, px(kFolder) + nm("deep") + entry("RE", ""))
      .add("EFI.IMG;1", HybridPlaces::kEsp, 28 * 512, 0, px(kFile) + nm("efi.img"))
      .add("ISOLINUX.BIN;1", HybridPlaces::kLoader, HybridPlaces::kLoaderBytes, 0,
           px(kFile) + nm("isolinux.bin"))
      .add("LINK.;1", 0, 0, 0,
           px(0120777) + nm("link") + entry("SL", "\0\0\4boot\4\0\0\12readme.txt"s))
      .add("README.TXT;1", HybridPlaces::kReadme, 5, 0, px(kFile) + nm("readme.txt"));
  Patch(iso).text(HybridPlaces::kReadme * kSector, "hello");
  Patch(iso).fill(HybridPlaces::kBig * kSector, kSector + 100, 'b');
  Directory(iso, HybridPlaces::kBoot)
      .directory("\0"sv, HybridPlaces::kBoot, px(kFolder))
      .directory("\1", HybridPlaces::kRoot, px(kFolder))
      .add("DEEP", HybridPlaces::kReadme, 0, 0,
           px(kFolder) + nm("deep") + entry("CL", both32(HybridPlaces::kDeep)))
      .directory("GRUB", HybridPlaces::kGrub, px(kFolder) + nm("grub"));
  Directory(iso, HybridPlaces::kGrub)
      .directory("\0"sv, HybridPlaces::kGrub, px(kFolder))
      .directory("\1", HybridPlaces::kBoot, px(kFolder));
  Directory(iso, HybridPlaces::kDeep)
      .directory("\0"sv, HybridPlaces::kDeep, px(kFolder))
      .directory("\1", HybridPlaces::kRoot, px(kFolder) + entry("PL", both32(HybridPlaces::kBoot)));
}

void put_catalog(Bytes& iso) {
  constexpr std::uint64_t kAt = HybridPlaces::kCatalog * kSector;
  Patch patch(iso);
  patch.u8(kAt, 1).u8(kAt + 28, 0xAA).u8(kAt + 29, 0x55).u8(kAt + 30, 0x55).u8(kAt + 31, 0xAA);
  patch.u8(kAt + 32, 0x88).le16(kAt + 38, 4).le32(kAt + 40, HybridPlaces::kLoader);
  patch.u8(kAt + 64, 0x91).u8(kAt + 65, 0xEF).le16(kAt + 66, 1);
  patch.u8(kAt + 96, 0x88).le16(kAt + 102, 28).le32(kAt + 104, HybridPlaces::kEsp);
}

void put_mbr(Patch& patch) {
  patch.text(0x20, "\x33\xED\xFA\x8E\xD5\xBC\0\x7C"sv);
  patch.le32(432, HybridPlaces::kLoader * kLbasPerSector).le32(440, 0x12345678);
  patch.u8(446, 0x80).u8(450, 0x17).le32(458, HybridPlaces::kSectors * kLbasPerSector);
  patch.u8(466, 0xEF).le32(470, HybridPlaces::kEsp * kLbasPerSector).le32(474, 28);
  patch.u8(510, 0x55).u8(511, 0xAA);
}

void put_boot_info(Bytes& iso) {
  constexpr std::uint64_t kAt = HybridPlaces::kLoader * kSector;
  Patch(iso)
      .le32(kAt + 8, HybridPlaces::kPrimary)
      .le32(kAt + 12, HybridPlaces::kLoader)
      .le32(kAt + 16, HybridPlaces::kLoaderBytes);
  seal_boot_info(iso);
}

}  // namespace

void seal_boot_info(Bytes& iso) {
  constexpr std::uint64_t kAt = HybridPlaces::kLoader * kSector;
  std::uint64_t sum = 0;
  for (std::uint64_t i = 64; i < HybridPlaces::kLoaderBytes; ++i) {
    sum += std::uint64_t{iso[kAt + i]} << (8 * (i % 4));
  }
  Patch(iso).le32(kAt + 20, sum);
}

Bytes hybrid_iso() {
  Bytes iso(HybridPlaces::kSectors * kSector);
  Patch patch(iso);
  put_descriptors(patch);
  put_path_tables(patch);
  put_directories(iso);
  put_catalog(iso);
  put_mbr(patch);
  constexpr std::uint64_t kLoader = HybridPlaces::kLoader * kSector;
  patch.text(kLoader, "\xFA\xEA").text(kLoader + 64, "\xFB\xC0\x78\x70");
  patch.text(kLoader + 300, "ISOLINUX 6.04").u8(kLoader + 3999, 0x42);
  put_boot_info(iso);
  const Bytes fat = fat_volume();
  std::copy(fat.begin(), fat.end(), iso.begin() + HybridPlaces::kEsp * kSector);
  return iso;
}

Bytes grub_iso() {
  Bytes iso = hybrid_iso();
  constexpr std::uint64_t kLoader = HybridPlaces::kLoader * kSector;
  Patch patch(iso);
  patch.fill(kLoader, 2 * kSector, 0).text(kLoader, "\xE8\x00\x00\xEB\x3B"sv);
  patch.text(kLoader + 64, "\x5B\x31\xC0\x8E\xD0\xBC\x00\x60"sv);
  patch.le64(kLoader + 2548, HybridPlaces::kLoader * kLbasPerSector + 5);
  put_boot_info(iso);
  patch.fill(0x20, 8, 0).text(0x1A, "\xEB\x49\x24\x12\x0F\x09\x00\x52"sv);
  patch.le64(432, HybridPlaces::kLoader * kLbasPerSector + 4);
  return iso;
}

Bytes hybrid_iso_with_gpt() {
  constexpr std::uint64_t kFirstEntry = 1024;
  Bytes iso = hybrid_iso();
  Bytes gpt = gpt_disk(512);
  Patch(gpt)
      .le64(kFirstEntry + 32, HybridPlaces::kEsp * kLbasPerSector)
      .le64(kFirstEntry + 40, HybridPlaces::kEsp * kLbasPerSector + 27);
  seal_gpt(gpt, 512);
  std::copy_n(gpt.begin() + 512, 33 * 512, iso.begin() + 512);
  std::copy(gpt.end() - 33 * 512, gpt.end(), iso.end() - 33 * 512);
  return iso;
}

Bytes hybrid_iso_with_apm() {
  Bytes iso = hybrid_iso();
  Patch patch(iso);
  patch.text(0, "ER\x08\x00\x00\x00\x90\x90"sv);
  const auto add = [&](std::uint64_t number, std::uint64_t first, std::uint64_t count,
                       std::string_view name, std::string_view type) {
    const std::uint64_t at = number * kSector;
    patch.text(at, "PM").be32(at + 4, 2).be32(at + 8, first).be32(at + 12, count);
    patch.text(at + 16, name).text(at + 48, type);
  };
  add(1, 1, 2, "Apple", "Apple_partition_map");
  add(2, HybridPlaces::kEsp, 7, "EFI", "Apple_HFS");
  return iso;
}

std::uint64_t record_at(const Bytes& iso, std::uint64_t directory_sector,
                        std::string_view identifier) {
  const std::uint64_t begin = directory_sector * kSector;
  for (std::uint64_t at = begin; at < begin + kSector && iso[at] != 0; at += iso[at]) {
    const auto name = iso.begin() + static_cast<std::ptrdiff_t>(at) + 33;
    if (std::equal(name, name + iso[at + 32], identifier.begin(), identifier.end(),
                   [](std::uint8_t a, char b) { return a == static_cast<std::uint8_t>(b); })) {
      return at;
    }
  }
  return begin;
}

std::uint64_t entry_at(const Bytes& iso, std::uint64_t record, std::string_view signature) {
  std::uint64_t at = record + 33 + iso[record + 32];
  at += at % 2;
  while (at + 4 <= record + iso[record] && iso[at + 2] != 0) {
    if (iso[at] == static_cast<std::uint8_t>(signature[0]) &&
        iso[at + 1] == static_cast<std::uint8_t>(signature[1])) {
      return at;
    }
    at += iso[at + 2];
  }
  return record;
}

}  // namespace bootproof::testing
