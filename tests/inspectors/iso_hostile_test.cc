// ISOs that nobody made by accident: bounded in time and memory, whatever their records claim.

#include <gtest/gtest.h>

#include <string>

#include "inspectors/volumes/iso_file_system.h"
#include "tests/inspectors/hostile.h"
#include "tests/inspectors/iso_inspection.h"
#include "tests/inspectors/iso_sample.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::DamagePlan;
using bootproof::testing::for_each_cut;
using bootproof::testing::for_each_damage;
using bootproof::testing::grub_iso;
using bootproof::testing::HugeImage;
using bootproof::testing::hybrid_iso;
using bootproof::testing::hybrid_iso_with_apm;
using bootproof::testing::hybrid_iso_with_gpt;
using bootproof::testing::HybridPlaces;
using bootproof::testing::inspect_iso;
using bootproof::testing::Patch;
using bootproof::testing::record_at;

constexpr std::uint64_t kSector = 2048;

/// /boot/grub goes on for 4 GiB, behind the sample.
Bytes with_an_endless_directory() {
  Bytes iso = hybrid_iso();
  Patch(iso)
      .both32(record_at(iso, HybridPlaces::kBoot, "GRUB") + 2, HybridPlaces::kSectors)
      .both32(record_at(iso, HybridPlaces::kBoot, "GRUB") + 10, 0xFFFFFFFF);
  return iso;
}

/// A sector of small directory records, each a directory that begins at the same block.
Bytes sector_of_directories(std::uint64_t block) {
  Bytes sector(kSector);
  for (std::uint64_t at = 0; at + 34 <= kSector; at += 34) {
    Patch(sector).u8(at, 34).both32(at + 2, block + at / 34).both32(at + 10, 0xFFFFFFFF);
    Patch(sector).u8(at + 25, 2).both16(at + 28, 1).u8(at + 32, 1).u8(at + 33, 'A' + at / 34 % 26);
  }
  return sector;
}

constexpr std::uint64_t kSixteenGibibytes = std::uint64_t{16} << 30U;

TEST(HostileIso, WithDirectoriesInDirectoriesEnds) {
  const Bytes iso = with_an_endless_directory();
  const Bytes sector = sector_of_directories(HybridPlaces::kSectors + 1000);
  HugeImage source(ByteSpan(iso), kSixteenGibibytes, ByteSpan(sector));
  const auto found = inspect_iso(ImageView(source));
  EXPECT_LE(found.tree.directory_count, IsoTree::kMostDirectories);
  EXPECT_FALSE(found.tree.is_complete());
  EXPECT_LT(source.bytes_read(), 3 * IsoTree::kMostBytes);
}

TEST(HostileIso, WithAnEndlessDirectoryIsListedInPart) {
  const Bytes iso = with_an_endless_directory();
  const Bytes sector = sector_of_directories(HybridPlaces::kSectors);
  HugeImage source(ByteSpan(iso), kSixteenGibibytes, ByteSpan(sector));
  Findings ignored;
  const auto descriptors = read_iso9660(ImageView(source), ignored);
  const auto volume = open_iso_file_system(ImageView(source), *descriptors->primary);
  const Lookup grub = find(*volume, "/boot/grub");
  EXPECT_EQ(volume->list(*grub.node).size(), Volume::kMostNames);
  std::string path = "/boot/grub";
  for (int i = 0; i < 3000; ++i) {
    path += "/A";
  }
  find(*volume, path);
  EXPECT_LT(source.bytes_read(), 2 * IsoFileSystem::kMostBytes);
}

TEST(HostileIso, WithAnEndlessDirectoryOfZerosIsReadInPart) {
  const Bytes iso = with_an_endless_directory();
  HugeImage source(ByteSpan(iso), kSixteenGibibytes);
  inspect_iso(ImageView(source));
  EXPECT_LT(source.bytes_read(), 3 * IsoTree::kMostBytes);
}

TEST(HostileIso, WithContinuationsEverywhereEnds) {
  // Each record has a CE for an area that is a CE for itself.
  const Bytes iso = with_an_endless_directory();
  Bytes sector(kSector);
  for (std::uint64_t at = 0; at + 62 <= kSector; at += 62) {
    Patch(sector).u8(at, 62).both32(at + 2, 0).u8(at + 32, 1).u8(at + 33, 'A');
    Patch(sector).text(at + 34, "CE\x1C\x01").both32(at + 38, HybridPlaces::kSectors + 5);
    Patch(sector).both32(at + 46, 34).both32(at + 54, kSector - 34);
  }
  HugeImage source(ByteSpan(iso), kSixteenGibibytes, ByteSpan(sector));
  const auto found = inspect_iso(ImageView(source));
  EXPECT_LT(found.findings.size(), 200U);
  EXPECT_LT(source.bytes_read(), 2 * IsoFileSystem::kMostBytes);
}

TEST(HostileIso, CutAnywhereIsStillInspected) {
  for (const Bytes& whole :
       {hybrid_iso(), grub_iso(), hybrid_iso_with_gpt(), hybrid_iso_with_apm()}) {
    for_each_cut(ByteSpan(whole), {.coarse = 487}, [](ByteSpan cut) {
      MemoryImage source{cut};
      EXPECT_LT(inspect_iso(ImageView(source)).findings.size(), 100U);
    });
  }
}

TEST(HostileIso, DamagedAnywhereIsStillInspectedAndRead) {
  constexpr DamagePlan kPlan{.seed = 9, .rounds = 1000, .heals_after = 20};
  for (const Bytes& whole : {hybrid_iso(), grub_iso(), hybrid_iso_with_apm()}) {
    for_each_damage(ByteSpan(whole), kPlan, [](const Bytes& damaged) {
      MemoryImage source{ByteSpan(damaged)};
      const auto found = inspect_iso(ImageView(source));
      EXPECT_LT(found.findings.size(), 300U);
      if (found.iso && found.iso->primary) {
        if (const auto volume = open_iso_file_system(ImageView(source), *found.iso->primary)) {
          find(*volume, "/boot/deep/../grub/x");
          find(*volume, "/link");
        }
      }
    });
  }
}

}  // namespace
}  // namespace bootproof::inspectors
