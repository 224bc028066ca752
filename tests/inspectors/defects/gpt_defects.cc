#include <algorithm>

#include "tests/inspectors/defects.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kHeader = 512;
constexpr std::uint64_t kEntries = 1024;
constexpr std::uint64_t kBackup = (kGptSectors - 1) * 512;
constexpr std::uint64_t kBackupLba = kGptSectors - 1;

Bytes damaged(const Damage& damage) { return with_damage(gpt_disk(512), damage); }

/// With good CRCs and the same entries in the backup.
Bytes damaged_and_sealed(const Damage& damage) {
  Bytes disk = damaged(damage);
  seal_gpt(disk, 512);
  return disk;
}

/// The same field in both headers, each with a good CRC of its header.
template <typename Change>
Bytes with_headers(Change damage) {
  Bytes disk = gpt_disk(512);
  for (const std::uint64_t lba : {std::uint64_t{1}, kBackupLba}) {
    Patch patch(disk);
    damage(patch, lba * 512);
    seal_gpt_header(disk, 512, lba);
  }
  return disk;
}

/// In one header, with a good CRC.
template <typename Change>
Bytes with_header(std::uint64_t lba, Change damage) {
  Bytes disk = gpt_disk(512);
  Patch patch(disk);
  damage(patch, lba * 512);
  seal_gpt_header(disk, 512, lba);
  return disk;
}

Bytes resized(std::uint64_t sectors) {
  Bytes disk = gpt_disk(512);
  disk.resize(sectors * 512);
  return disk;
}

Bytes with_sectors_of_4096(void (*damage)(Patch&)) {
  Bytes disk = gpt_disk(4096);
  Patch patch(disk);
  damage(patch);
  return disk;
}

}  // namespace

std::vector<Defect> gpt_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("HeaderCrc", damaged([](Patch& p) { p.u8(kHeader + 56, 'D'); }), "gpt.header-crc");
  add("HeaderCrcOf4096", with_sectors_of_4096([](Patch& p) { p.u8(4096 + 56, 'D'); }),
      "gpt.header-crc");
  add("HeaderSizeTooSmall", damaged([](Patch& p) { p.le32(kHeader + 12, 91); }), "gpt.header-size");
  add("HeaderSizeTooLarge", damaged([](Patch& p) { p.le32(kHeader + 12, 0xFFFFFFFF); }),
      "gpt.header-size");
  add("Revision", with_header(1, [](Patch& p, std::uint64_t at) { p.le32(at + 8, 0x00020000); }),
      "gpt.revision");
  add("MyLba", with_header(1, [](Patch& p, std::uint64_t at) { p.le64(at + 24, 2); }),
      "gpt.my-lba");
  add("EntriesCrc", damaged([](Patch& p) { p.u8(kEntries + 16, 'U'); }), "gpt.entries-crc");
  add("EntrySize", with_headers([](Patch& p, std::uint64_t at) { p.le32(at + 84, 129); }),
      "gpt.entry-size");
  add("EntrySizeZero", with_headers([](Patch& p, std::uint64_t at) { p.le32(at + 84, 0); }),
      "gpt.entry-size");
  add("TooManyEntries",
      with_headers([](Patch& p, std::uint64_t at) { p.le32(at + 80, 268435456); }),
      "gpt.too-many-entries");
  add("EntriesOutside",
      with_header(1, [](Patch& p, std::uint64_t at) { p.le64(at + 72, kGptSectors - 31); }),
      "gpt.entries-outside");
  add("EntriesFarOutside",
      with_header(1, [](Patch& p, std::uint64_t at) { p.le64(at + 72, ~std::uint64_t{0}); }),
      "gpt.entries-outside");
  add("UsableRange", with_headers([](Patch& p, std::uint64_t at) { p.le64(at + 48, kGptSectors); }),
      "gpt.usable-range");
  add("PrimaryMissing", damaged([](Patch& p) { p.fill(kHeader, 512, 0); }), "gpt.primary-missing");
  add("BothMissing", damaged([](Patch& p) { p.fill(kHeader, 512, 0).fill(kBackup, 512, 0); }),
      "gpt.primary-missing");
  add("StaleBackup", damaged([](Patch& p) { p.fill(kHeader, 512, 0).fill(446, 16, 0); }),
      "gpt.stale-backup");
  add("NoProtectiveMbr", damaged([](Patch& p) { p.u8(446 + 4, 0); }), "gpt.no-protective-mbr");
  add("NoMbrSignature", damaged([](Patch& p) { p.u8(510, 0); }), "gpt.no-protective-mbr");
  add("HybridMbr",
      damaged([](Patch& p) { p.u8(462 + 4, 0x0C).le32(462 + 8, 40).le32(462 + 12, 20); }),
      "mbr.hybrid");
  add("BackupHeaderCrc", damaged([](Patch& p) { p.u8(kBackup + 56, 'D'); }),
      "gpt.backup-header-crc");
  add("BackupEntriesCrc", damaged([](Patch& p) { p.u8(kBackup - 128 * 128 + 16, 'U'); }),
      "gpt.backup-entries-crc");
  add("BackupMissing", damaged([](Patch& p) { p.fill(kBackup, 512, 0); }), "gpt.backup-missing");
  add("BackupNotAtEnd", resized(kGptSectors + 8), "gpt.backup-not-at-end");
  add("BackupDiffers",
      with_header(kBackupLba, [](Patch& p, std::uint64_t at) { p.text(at + 56, "other"); }),
      "gpt.backup-differs");
  add("PartitionReversed", damaged_and_sealed([](Patch& p) { p.le64(kEntries + 40, 39); }),
      "gpt.partition-reversed");
  add("PartitionOutside", damaged_and_sealed([](Patch& p) { p.le64(kEntries + 128 + 40, 1000); }),
      "gpt.partition-outside");
  add("PartitionUnusable", damaged_and_sealed([](Patch& p) { p.le64(kEntries + 32, 33); }),
      "gpt.partition-unusable");
  add("PartitionsOverlap", damaged_and_sealed([](Patch& p) { p.le64(kEntries + 40, 60); }),
      "gpt.overlap");
  add("SameGuid", damaged_and_sealed([](Patch& p) { p.text(kEntries + 144, "unique-guid-esp1"); }),
      "gpt.duplicate-guid");
  return defects;
}

std::vector<Defect> whole_image_defects() {
  std::vector<Defect> defects;
  Bytes fat = fat_volume();
  fat.resize(fat.size() - 512);
  defects.push_back({"FatTruncated", fat, "fat.truncated"});
  Bytes disk = mbr_disk();
  disk.resize(disk.size() + 100);
  defects.push_back({"PartialSector", disk, "image.partial-sector"});
  return defects;
}

}  // namespace bootproof::testing
