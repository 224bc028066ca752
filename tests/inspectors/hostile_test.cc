// Bytes that nobody made by accident: bounded in time and memory, whatever fields claim.

#include "tests/inspectors/hostile.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "inspectors/inspect.h"
#include "inspectors/paths/open_medium.h"
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

/// A GPT with so many partitions of 28 sectors, an empty FAT volume in each.
Bytes crowded_disk(std::uint64_t partitions) {
  constexpr std::uint64_t kVolumeSectors = 28;
  const Bytes fat = bootproof::testing::fat_volume();
  const std::uint64_t first = 2 + (partitions + 3) / 4;
  const std::uint64_t sectors = first + partitions * kVolumeSectors + 1;
  Bytes disk(sectors * 512);
  Patch patch(disk);
  patch.u8(450, 0xEE).le32(454, 1).le32(458, sectors - 1).u8(510, 0x55).u8(511, 0xAA);
  patch.text(512, "EFI PART").le32(520, 0x10000).le32(524, 92).le64(536, 1).le64(544, sectors - 1);
  patch.le64(552, first).le64(560, sectors - 2).le64(584, 2).le32(592, partitions).le32(596, 128);
  for (std::uint64_t i = 0; i < partitions; ++i) {
    const std::uint64_t entry = 1024 + i * 128;
    const std::uint64_t begin = first + i * kVolumeSectors;
    patch.fill(entry, 16, 0x11).le64(entry + 16, i + 1).le64(entry + 32, begin);
    patch.le64(entry + 40, begin + kVolumeSectors - 1);
    std::copy(fat.begin(), fat.end(), disk.begin() + static_cast<std::ptrdiff_t>(begin * 512));
  }
  return disk;
}

TEST(HostileMedium, WithMoreVolumesThanAnybodyHasIsOpenedInPart) {
  constexpr std::size_t kMost = OpenMedium::kMostOfOneKind;
  const Bytes disk = crowded_disk(kMost + 5);
  MemoryImage source{ByteSpan(disk)};
  const ImageView view(source);
  const Inspection inspection = inspect(view);
  ASSERT_EQ(inspection.gpt->partitions.size(), kMost + 5);
  EXPECT_EQ(inspection.volumes.size(), kMost);
  const OpenMedium medium(view, inspection);
  EXPECT_EQ(medium.places().size(), 1 + kMost);
  EXPECT_EQ(medium.passed_over(PlaceKind::kGptPartition).count, 5U);
  const auto told =
      std::find_if(inspection.findings.begin(), inspection.findings.end(),
                   [](const Finding& finding) { return finding.rule == "image.too-many-volumes"; });
  ASSERT_NE(told, inspection.findings.end());
  EXPECT_EQ(*told, (Finding{told->rule, Severity::kWarning, 1024 + kMost * 128, "GPT",
                            "261 places for volumes", "at most 256: those behind were not opened",
                            told->remedy}));
  // What was not looked at may boot.
  const auto path =
      std::find_if(inspection.paths.begin(), inspection.paths.end(),
                   [](const BootPath& one) { return title_of(one) == "UEFI x64, disk"; });
  ASSERT_NE(path, inspection.paths.end());
  EXPECT_EQ(path->forecast, Forecast::kDoubtful);
  EXPECT_EQ(chain_text(*path), "GPT, 5 more entries: they are too many to be looked at");
}

TEST(HostileMedium, WithAsManyVolumesAsAreOpenedIsOpenedWhole) {
  const Bytes disk = crowded_disk(OpenMedium::kMostOfOneKind);
  const Inspection inspection = inspection_of(ByteSpan(disk));
  EXPECT_EQ(inspection.volumes.size(), OpenMedium::kMostOfOneKind);
  for (const Finding& finding : inspection.findings) {
    EXPECT_NE(finding.rule, "image.too-many-volumes");
  }
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
