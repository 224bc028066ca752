#include <algorithm>

#include "inspectors/volumes/fat_checks.h"
#include "tests/inspectors/defects/volume_defects.h"
#include "tests/inspectors/volume_samples.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kEnd = 0xFFF;
constexpr std::uint64_t kBootEntries = FatPlaces::kBoot + 64;
constexpr std::uint64_t kFirstClusterField = 26;

Bytes damaged(const Damage& damage) { return with_damage(fat12_tree(), damage); }

Bytes damaged_fat32(const Damage& damage) { return with_damage(fat32_begin(), damage); }

/// In both FATs.
Bytes with_entry(std::uint64_t cluster, std::uint64_t value) {
  Bytes volume = fat12_tree();
  set_fat12(volume, cluster, value);
  return volume;
}

/// The same volume with more sectors than 16 bits count.
Bytes with_clusters(std::uint64_t clusters, std::uint64_t fat_sectors) {
  Bytes volume((clusters + 2 + 2 * fat_sectors) * 512);
  const Bytes small = fat12_tree();
  std::copy_n(small.begin(), 512, volume.begin());
  Patch patch(volume);
  patch.le16(19, 0).le32(32, volume.size() / 512).le16(22, fat_sectors).text(54, "FAT16   ");
  for (const std::uint64_t at : {std::uint64_t{512}, 512 + fat_sectors * 512}) {
    patch.le32(at, 0xFFFFFFF8);
  }
  return volume;
}

}  // namespace

std::vector<inspectors::Finding> findings_of_fat(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  inspectors::Findings findings;
  inspectors::judge_fat_volume(inspectors::ImageView(source), {{}, 0}, findings);
  return findings.take();
}

std::vector<inspectors::Finding> findings_of_fat32(const Bytes& bytes) {
  Bytes whole = bytes;
  whole.resize(kFat32Sectors * 512);
  return findings_of_fat(whole);
}

std::vector<Defect> fat_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  add("BytesPerSector", damaged([](Patch& p) { p.le16(11, 500); }), "fat.bytes-per-sector");
  add("BytesPerSectorZero", damaged([](Patch& p) { p.le16(11, 0); }), "fat.bytes-per-sector");
  add("SectorsPerCluster", damaged([](Patch& p) { p.u8(13, 3); }), "fat.cluster-size");
  add("SectorsPerClusterZero", damaged([](Patch& p) { p.u8(13, 0); }), "fat.cluster-size");
  add("NoReservedSectors", damaged([](Patch& p) { p.le16(14, 0); }), "fat.reserved-sectors");
  add("NoFats", damaged([](Patch& p) { p.u8(16, 0); }), "fat.number-of-fats");
  add("NoRootEntries", damaged([](Patch& p) { p.le16(17, 0); }), "fat.no-root");
  add("OddRootEntries", damaged([](Patch& p) { p.le16(17, 15); }), "fat.root-entries");
  add("NoSectors", damaged([](Patch& p) { p.le16(19, 0); }), "fat.total-sectors");
  add("TooFewSectors", damaged([](Patch& p) { p.le16(19, 4); }), "fat.total-sectors");
  add("Truncated", damaged([](Patch& p) { p.le16(19, 65); }), "fat.truncated");
  add("Media", damaged([](Patch& p) {
        p.u8(21, 0x12).u8(FatPlaces::kFat, 0x12).u8(FatPlaces::kSecondFat, 0x12);
      }),
      "fat.media");
  add("MediaDiffers",
      damaged([](Patch& p) { p.u8(FatPlaces::kFat, 0).u8(FatPlaces::kSecondFat, 0); }),
      "fat.media-differs");
  add("NoFatSectors", damaged([](Patch& p) { p.le16(22, 0); }), "fat.fat-too-small");
  add("FatTooSmall", with_clusters(5000, 15), "fat.fat-too-small");
  add("ClusterCountAtTheEdge", with_clusters(4086, 16), "fat.cluster-count-edge");
  add("ClusterCountOfFat32", with_clusters(66000, 258), "fat.cluster-count");
  add("TypeName", damaged([](Patch& p) { p.text(54, "FAT16"); }), "fat.type-name");
  add("NoJump", damaged([](Patch& p) { p.fill(0, 3, 0); }), "fat.jump");
  add("NoSignature", damaged([](Patch& p) { p.u8(511, 0); }), "fat.no-signature");
  add("Dirty", damaged([](Patch& p) { p.u8(37, 1); }), "fat.dirty");
  add("NoGeometry", damaged([](Patch& p) { p.le16(24, 0).text(0x1E0, "KERNEL  SYS"); }),
      "fat.geometry");
  add("HiddenSectors", damaged([](Patch& p) { p.le32(28, 2048).text(0x1E0, "BOOTMGR"); }),
      "fat.hidden-sectors");
  Bytes copies = fat12_tree();
  set_one_fat12(copies, 1, 6, 0);
  add("CopiesDiffer", copies, "fat.copies-differ");
  add("ChainToItself", with_entry(5, 5), "fat.chain-loop");
  Bytes circle = with_entry(7, 4);
  Patch(circle).le32(kBootEntries + 28, 5000);
  add("ChainInACircle", circle, "fat.chain-loop");
  add("ChainInACircleOfTwo", with_entry(5, 4), "fat.chain-loop");
  add("DirectoryInACircle", with_entry(3, 3), "fat.chain-loop");
  add("ChainOutside", with_entry(5, 200), "fat.chain-outside");
  add("ChainToClusterOne", with_entry(5, 1), "fat.chain-outside");
  add("FirstClusterOutside",
      damaged([](Patch& p) { p.le16(kBootEntries + kFirstClusterField, 62); }),
      "fat.chain-outside");
  add("DirectoryOutside",
      damaged([](Patch& p) { p.le16(FatPlaces::kEfi + 64 + kFirstClusterField, 0); }),
      "fat.chain-outside");
  add("ChainToAFreeCluster", with_entry(5, 0), "fat.chain-free");
  add("ChainToABadCluster", with_entry(5, 0xFF7), "fat.chain-free");
  add("ChainTooShort", with_entry(5, kEnd), "fat.chain-short");
  add("FileTooLong", damaged([](Patch& p) { p.le32(kBootEntries + 28, 0xFFFFFFFF); }),
      "fat.chain-short");
  add("CrossLinked", damaged([](Patch& p) { p.le16(kBootEntries + 32 + kFirstClusterField, 7); }),
      "fat.cross-linked");
  add("DirectoryInItself",
      damaged([](Patch& p) { p.le16(FatPlaces::kEfi + 64 + kFirstClusterField, 2); }),
      "fat.cross-linked");
  return defects;
}

std::vector<Defect> fat32_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes image, std::string_view rule) {
    defects.push_back({std::move(name), std::move(image), rule});
  };
  constexpr std::uint64_t kFat = 32 * 512;
  constexpr std::uint64_t kSecondFat = kFat + 513 * 512;
  add("ActiveFat", damaged_fat32([](Patch& p) { p.u8(40, 0x82).u8(6 * 512 + 40, 0x82); }),
      "fat.active-fat");
  add("BackupDiffers", damaged_fat32([](Patch& p) { p.u8(6 * 512 + 13, 8); }),
      "fat.backup-boot-sector");
  add("Version", damaged_fat32([](Patch& p) { p.le16(42, 1).le16(6 * 512 + 42, 1); }),
      "fat.version");
  add("RootCluster", damaged_fat32([](Patch& p) { p.le32(44, 0).le32(6 * 512 + 44, 0); }),
      "fat.root-cluster");
  add("RootClusterFarOutside",
      damaged_fat32([](Patch& p) { p.le32(44, 0x0FFFFFF0).le32(6 * 512 + 44, 0x0FFFFFF0); }),
      "fat.root-cluster");
  add("FsinfoSignature", damaged_fat32([](Patch& p) { p.u8(512, 0); }), "fat.fsinfo");
  add("FsinfoOutside", damaged_fat32([](Patch& p) { p.le16(48, 99).le16(6 * 512 + 48, 99); }),
      "fat.fsinfo");
  add("ClusterCountOfFat16",
      damaged_fat32([](Patch& p) { p.le32(32, 60000).le32(6 * 512 + 32, 60000); }),
      "fat.cluster-count");
  add("DirtyByTheFat",
      damaged_fat32([](Patch& p) { p.u8(kFat + 7, 0x07).u8(kSecondFat + 7, 0x07); }), "fat.dirty");
  add("CopiesDiffer", damaged_fat32([](Patch& p) { p.u8(kSecondFat + 20, 1); }),
      "fat.copies-differ");
  add("RootToAFreeCluster",
      damaged_fat32([](Patch& p) { p.le32(kFat + 8, 0).le32(kSecondFat + 8, 0); }),
      "fat.chain-free");
  add("FirstClusterAboveSixteenBits",
      damaged_fat32([](Patch& p) { p.le16(kFat32Data + 20, 0x1234); }), "fat.chain-outside");
  return defects;
}

std::vector<Defect> syslinux_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, std::string_view rule, auto damage) {
    Bytes volume = syslinux_volume();
    Patch patch(volume);
    damage(patch);
    defects.push_back({std::move(name), std::move(volume), rule});
  };
  constexpr std::uint64_t kEntry = FatPlaces::kRoot + 160;
  add("NoCode", "syslinux.boot-code", [](Patch& p) { p.fill(0x3E, 2, 0); });
  add("JumpToNothing", "syslinux.boot-code", [](Patch& p) { p.u8(1, 0xFF); });
  add("NoLdlinuxSys", "syslinux.no-ldlinux-sys", [](Patch& p) { p.u8(kEntry, 0xE5); });
  add("NoLdlinuxC32", "syslinux.no-ldlinux-c32", [](Patch& p) { p.u8(kEntry + 32, 0xE5); });
  add("PointerElsewhere", "syslinux.ldlinux-moved", [](Patch& p) { p.le32(0x11A, 40); });
  add("PointerFarOutside", "syslinux.ldlinux-moved",
      [](Patch& p) { p.le32(0x11A, 0xFFFFFFFF).le32(0x120, 0xFFFFFFFF); });
  add("OtherBuild", "syslinux.ldlinux-version", [](Patch& p) { p.le32(0x135, 0x12345678); });
  add("NoMagic", "syslinux.ldlinux-version", [](Patch& p) { p.u8(kLdlinux + 0x18, 0); });
  add("Checksum", "syslinux.ldlinux-checksum", [](Patch& p) { p.u8(kLdlinux + 1500, 1); });
  add("TooManyWords", "syslinux.ldlinux-checksum",
      [](Patch& p) { p.le32(kLdlinux + 0x24, 0xFFFFFFFF); });
  add("ListElsewhere", "syslinux.ldlinux-moved", [](Patch& p) {
    // The sum stays as it is: what one word gains another loses.
    p.u8(kLdlinux + 0x1EE, kLdlinux / 512 + 2).u8(kLdlinux + 0x6E2, 0xFF);
    p.u8(kLdlinux + 0x6E3, 0xFF);
  });
  return defects;
}

}  // namespace bootproof::testing
