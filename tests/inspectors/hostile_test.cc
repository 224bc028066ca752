// Bytes that nobody made by accident: bounded in time and memory, whatever fields claim.

#include "tests/inspectors/hostile.h"

#include <gtest/gtest.h>

#include "inspectors/inspect.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::DamagePlan;
using bootproof::testing::for_each_cut;
using bootproof::testing::for_each_damage;
using bootproof::testing::gpt_disk;
using bootproof::testing::HugeImage;
using bootproof::testing::iso_image;
using bootproof::testing::IsoPlaces;
using bootproof::testing::mbr_disk;
using bootproof::testing::Patch;

Inspection inspection_of(ByteSpan bytes) {
  MemoryImage source{bytes};
  return inspect(ImageView(source));
}

constexpr std::uint64_t kTebibyte = std::uint64_t{1} << 40U;

TEST(HostileMedium, WithManyEntriesThatFitIsNotReadThrough) {
  Bytes disk = gpt_disk(512);
  Patch(disk).le32(512 + 80, 268435456).le64(512 + 32, kTebibyte / 512 - 1);
  bootproof::testing::seal_gpt_header(disk, 512, 1);
  HugeImage source(ByteSpan(disk), kTebibyte);
  const Inspection inspection = inspect(ImageView(source));
  EXPECT_EQ(inspection.kind, MediumKind::kGptDisk);
  EXPECT_TRUE(inspection.gpt->partitions.empty());
  EXPECT_LT(source.reads(), 200U);
}

TEST(HostileMedium, OfVolumeDescriptorsAloneEnds) {
  Bytes sector(2048);
  Patch(sector).u8(0, 2).text(1, "CD001").u8(6, 1);
  HugeImage source({}, kTebibyte, ByteSpan(sector));
  const Inspection inspection = inspect(ImageView(source));
  EXPECT_EQ(inspection.iso9660->descriptor_count, 64U);
  EXPECT_LT(source.bytes_read(), 2000000U);
}

TEST(HostileMedium, WithACatalogOfSectionsAloneEnds) {
  Bytes iso = iso_image();
  constexpr std::uint64_t kCatalog = 48;
  iso.resize((kCatalog + 32) * 2048);
  Patch(iso).le32(IsoPlaces::kBootRecord * 2048 + 71, kCatalog);
  for (std::uint64_t at = 0; at < std::uint64_t{32} * 2048; at += 32) {
    Patch(iso).u8(kCatalog * 2048 + at, 0x90).le16(kCatalog * 2048 + at + 2, 0xFFFF);
  }
  Patch(iso).fill(kCatalog * 2048, 64, 0).u8(kCatalog * 2048, 1).u8(kCatalog * 2048 + 32, 0x88);
  Patch(iso).u8(kCatalog * 2048 + 30, 0x55).u8(kCatalog * 2048 + 31, 0xAA);
  const Inspection inspection = inspection_of(ByteSpan(iso));
  EXPECT_EQ(inspection.el_torito->sections.size(), 16U * 64U - 2U);
  EXPECT_LT(inspection.findings.size(), 100U);
}

TEST(HostileMedium, WithThousandsOfOverlapsHasFewFindings) {
  Bytes disk(2 << 20);
  Patch patch(disk);
  patch.text(512, "EFI PART").le32(520, 0x10000).le32(524, 92).le64(536, 1).le64(544, 4095);
  patch.le64(552, 2100).le64(560, 4000).le64(584, 2).le32(592, 8192).le32(596, 128);
  for (std::uint64_t i = 0; i < 8192; ++i) {
    patch.fill(1024 + i * 128, 32, 0x11).le64(1024 + i * 128 + 32, 2200);
    patch.le64(1024 + i * 128 + 40, 2300);
  }
  const Inspection with_wrong_crcs = inspection_of(ByteSpan(disk));
  EXPECT_EQ(with_wrong_crcs.gpt->partitions.size(), 8192U);
  // The entries' CRC as the inspector computed it, so that it goes on to judge them.
  Patch(disk).le32(600, *with_wrong_crcs.gpt->primary->computed_entries_crc);
  const Inspection rightly = inspection_of(ByteSpan(disk));
  EXPECT_GT(rightly.findings.size(), 60U);
  EXPECT_LT(rightly.findings.size(), 100U);
}

TEST(HostileMedium, CutAnywhereIsStillInspected) {
  for (const Bytes& whole :
       {iso_image(), mbr_disk(), gpt_disk(512), bootproof::testing::fat_volume()}) {
    for_each_cut(ByteSpan(whole), {61, 2048, 509},
                 [](ByteSpan cut) { EXPECT_EQ(inspection_of(cut).size, cut.size()); });
  }
}

TEST(HostileMedium, DamagedAnywhereIsStillInspected) {
  constexpr DamagePlan kPlan{.seed = 3, .rounds = 600, .heals_after = 600};
  for (const Bytes& whole : {iso_image(), mbr_disk(), gpt_disk(512), gpt_disk(4096)}) {
    for_each_damage(ByteSpan(whole), kPlan, [](const Bytes& damaged) {
      EXPECT_LT(inspection_of(ByteSpan(damaged)).findings.size(), 200U);
    });
  }
}

}  // namespace
}  // namespace bootproof::inspectors
