// What the healthy samples are read as.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "inspectors/inspect.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::fat_volume;
using bootproof::testing::gpt_disk;
using bootproof::testing::iso_image;
using bootproof::testing::IsoPlaces;
using bootproof::testing::mbr_disk;
using bootproof::testing::Patch;

Inspection inspection_of(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  return inspect_tables(ImageView(source));
}

std::string summary_of(const Bytes& bytes) { return summary(inspection_of(bytes)); }

/// The sample with the partition table of another in its system area.
Bytes with_system_area(Bytes iso, const Bytes& disk, std::size_t length) {
  std::copy_n(disk.begin(), length, iso.begin());
  return iso;
}

TEST(Iso9660, IsReadFromItsDescriptors) {
  const Inspection inspection = inspection_of(iso_image());
  ASSERT_TRUE(inspection.iso9660 && inspection.iso9660->primary);
  const Iso9660& iso = *inspection.iso9660;
  EXPECT_EQ(iso.descriptor_count, 4U);
  EXPECT_TRUE(iso.is_terminated);
  EXPECT_EQ(iso.primary->system_id, "LINUX");
  EXPECT_EQ(iso.primary->volume_id, "SAMPLE_1");
  EXPECT_EQ(iso.primary->volume_set_id, "");
  EXPECT_EQ(iso.primary->publisher_id, "PUBLISHER");
  EXPECT_EQ(iso.primary->preparer_id, "PREPARER");
  EXPECT_EQ(iso.primary->application_id, "APPLICATION");
  EXPECT_EQ(iso.primary->volume_blocks, 48U);
  EXPECT_EQ(iso.primary->block_size, 2048U);
  EXPECT_EQ(iso.primary->path_table_bytes, 10U);
  EXPECT_EQ(iso.primary->path_table_l, 20U);
  EXPECT_EQ(iso.primary->path_table_m, 21U);
  EXPECT_EQ(iso.primary->root_block, 22U);
  EXPECT_EQ(iso.primary->root_bytes, 2048U);
  ASSERT_EQ(iso.supplementary.size(), 1U);
  EXPECT_EQ(iso.supplementary[0].kind, IsoVolumeKind::kJoliet);
  EXPECT_EQ(iso.supplementary[0].volume_id, "Sample one");
  ASSERT_NE(iso.el_torito(), nullptr);
  EXPECT_EQ(iso.el_torito()->sector, 17U);
  EXPECT_EQ(iso.el_torito()->catalog_lba, 23U);
}

TEST(ElTorito, IsReadFromItsCatalog) {
  const Inspection inspection = inspection_of(iso_image());
  ASSERT_TRUE(inspection.el_torito && inspection.el_torito->validation);
  const ElTorito& el_torito = *inspection.el_torito;
  EXPECT_EQ(el_torito.validation->manufacturer_id, "MAKER");
  EXPECT_TRUE(el_torito.validation->adds_up);
  ASSERT_EQ(el_torito.entries.size(), 2U);
  const ElToritoEntry& bios = el_torito.entries[0];
  EXPECT_EQ(bios.section, 0U);
  EXPECT_EQ(bios.platform_id, kPlatformX86);
  EXPECT_TRUE(bios.is_bootable());
  EXPECT_EQ(bios.sector_count, 4);
  EXPECT_EQ(bios.load_rba, 24U);
  EXPECT_TRUE(bios.is_inside);
  EXPECT_EQ(bios.content, BootImage::kBootSector);
  const ElToritoEntry& uefi = el_torito.entries[1];
  EXPECT_EQ(uefi.section, 1U);
  EXPECT_EQ(uefi.platform_id, kPlatformUefi);
  EXPECT_EQ(uefi.content, BootImage::kFat);
  ASSERT_TRUE(uefi.fat.has_value());
  EXPECT_EQ(uefi.fat->label, "SAMPLE ESP");
  ASSERT_EQ(el_torito.sections.size(), 1U);
  EXPECT_EQ(el_torito.sections[0].id, "UEFI images");
  EXPECT_TRUE(el_torito.sections[0].is_last);
}

TEST(ElTorito, CountsExtensionsOfASectionEntry) {
  Bytes iso = iso_image();
  constexpr std::uint64_t kEntry = IsoPlaces::kCatalog * 2048 + 96;
  Patch(iso).u8(kEntry + 1, 0x20).u8(kEntry + 12, 1);
  Patch(iso).u8(kEntry + 32, 0x44).u8(kEntry + 33, 0x20).u8(kEntry + 64, 0x44);
  const Inspection inspection = inspection_of(iso);
  EXPECT_TRUE(inspection.findings.empty());
  ASSERT_EQ(inspection.el_torito->entries.size(), 2U);
  EXPECT_EQ(inspection.el_torito->entries[1].extension_count, 2U);
  EXPECT_EQ(inspection.el_torito->entries[1].selection_criteria_type, 1);
}

TEST(Mbr, IsReadWithItsLogicalPartitions) {
  const Inspection inspection = inspection_of(mbr_disk());
  ASSERT_TRUE(inspection.mbr.has_value());
  const Mbr& mbr = *inspection.mbr;
  EXPECT_EQ(mbr.kind, MbrKind::kPlain);
  EXPECT_EQ(mbr.boot_code, BootCode::kUnknown);
  EXPECT_TRUE(mbr.has_signature);
  EXPECT_EQ(mbr.disk_signature, 0x12345678U);
  std::string table;
  for (const MbrPartition& partition : mbr.partitions()) {
    table += std::to_string(partition.number) + (partition.is_active() ? "*" : "") + " " +
             std::to_string(partition.type) + " " + std::to_string(partition.first_lba) + "+" +
             std::to_string(partition.sector_count) + "\n";
  }
  EXPECT_EQ(table, "1* 12 8+56\n3 131 200+56\n5 131 66+30\n6 130 130+21\n");
}

class GptTest : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(GptTest, IsReadFromBothHeaders) {
  const Inspection inspection = inspection_of(gpt_disk(GetParam()));
  ASSERT_TRUE(inspection.gpt && inspection.gpt->primary && inspection.gpt->backup);
  const Gpt& gpt = *inspection.gpt;
  EXPECT_EQ(inspection.mbr->kind, MbrKind::kProtective);
  EXPECT_EQ(gpt.sector_bytes, GetParam());
  EXPECT_TRUE(gpt.primary->has_valid_crc() && gpt.primary->has_valid_entries());
  EXPECT_TRUE(gpt.backup->has_valid_crc() && gpt.backup->has_valid_entries());
  EXPECT_EQ(gpt.backup->lba, 191U);
  EXPECT_FALSE(gpt.is_from_backup);
  ASSERT_EQ(gpt.partitions.size(), 2U);
  EXPECT_EQ(partition_type_name(gpt.partitions[0].type), "ESP");
  EXPECT_EQ(gpt.partitions[0].name, "EFI system");
  EXPECT_EQ(gpt.partitions[0].number, 1U);
  EXPECT_EQ(gpt.partitions[0].first_lba, 40U);
  EXPECT_EQ(gpt.partitions[0].last_lba, 59U);
  EXPECT_EQ(partition_type_name(gpt.partitions[1].type), "BIOS boot");
  EXPECT_EQ(gpt.partitions[1].attributes, 4U);
}

INSTANTIATE_TEST_SUITE_P(SectorSizes, GptTest, ::testing::Values(512, 4096),
                         [](const auto& test) { return std::to_string(test.param); });

TEST(Gpt, TakesThePartitionsFromTheBackupWhereThePrimaryIsDamaged) {
  Bytes disk = gpt_disk(512);
  Patch(disk).fill(1024, 128, 0);  // The first partition is gone from the primary's entries.
  const Inspection inspection = inspection_of(disk);
  EXPECT_TRUE(inspection.gpt->is_from_backup);
  EXPECT_EQ(inspection.gpt->partitions.size(), 2U);
}

TEST(Gpt, IsReadFromTheBackupAlone) {
  Bytes disk = gpt_disk(4096);
  Patch(disk).fill(4096, 4096, 0);
  const Inspection inspection = inspection_of(disk);
  ASSERT_TRUE(inspection.gpt.has_value());
  EXPECT_EQ(inspection.gpt->sector_bytes, 4096U);
  EXPECT_EQ(inspection.gpt->partitions.size(), 2U);
  EXPECT_EQ(summary(inspection), "GPT disk with 2 partitions; 1 error");
}

TEST(Summary, IsOneLineForEachKindOfMedium) {
  EXPECT_EQ(summary_of({}), "empty image");
  EXPECT_EQ(summary_of(Bytes(1 << 20)), "empty image");
  EXPECT_EQ(summary_of(iso_image()), "ISO 9660 'SAMPLE_1', El Torito BIOS + UEFI");
  EXPECT_EQ(summary_of(mbr_disk()), "MBR disk with 4 partitions");
  EXPECT_EQ(summary_of(gpt_disk(512)), "GPT disk with 2 partitions");
  EXPECT_EQ(summary_of(gpt_disk(4096)), "GPT disk with 2 partitions");
  EXPECT_EQ(summary_of(fat_volume()), "FAT12 volume 'SAMPLE ESP'");
}

TEST(Summary, OfAHybridNamesItsTable) {
  Bytes mbr = mbr_disk();
  Patch(mbr).fill(462, 32, 0).le32(446 + 8, 0).le32(446 + 12, 128);
  EXPECT_EQ(summary_of(with_system_area(iso_image(), mbr, 512)),
            "hybrid ISO 9660 'SAMPLE_1', El Torito BIOS + UEFI, MBR with 1 partition");
  const Bytes gpt = gpt_disk(512);
  Bytes hybrid = with_system_area(iso_image(), gpt, 34 * 512);
  std::copy(gpt.end() - 33 * 512, gpt.end(), hybrid.end() - 33 * 512);
  EXPECT_EQ(summary_of(hybrid),
            "hybrid ISO 9660 'SAMPLE_1', El Torito BIOS + UEFI, GPT with 2 partitions");
}

TEST(Summary, TellsWhatDoesNotBoot) {
  Bytes iso = iso_image();
  Patch(iso).u8(IsoPlaces::kCatalog * 2048 + 32, 0).u8(IsoPlaces::kCatalog * 2048 + 96, 0);
  EXPECT_EQ(summary_of(iso), "ISO 9660 'SAMPLE_1', El Torito without a bootable entry; 2 warnings");
  Patch(iso).u8(IsoPlaces::kBootRecord * 2048, 3);
  EXPECT_EQ(summary_of(iso), "ISO 9660 'SAMPLE_1', no El Torito");
}

TEST(Summary, HoldsNoControlsWhateverTheMediumHolds) {
  Bytes iso = iso_image();
  Patch(iso).text(IsoPlaces::kPrimary * 2048 + 40, "\x1b[2J'; rm");
  EXPECT_EQ(summary_of(iso), "ISO 9660 '\\x1b[2J'; rm', El Torito BIOS + UEFI");
}

TEST(MediumKind, OfABootSectorIsNotADisk) {
  Bytes floppy(1440 * 1024);
  Patch(floppy).fill(0, 510, 0x90).u8(510, 0x55).u8(511, 0xAA);
  EXPECT_EQ(summary_of(floppy), "boot sector");
  Patch(floppy).fill(446, 64, 0);
  EXPECT_EQ(summary_of(floppy), "boot sector");
  Patch(floppy).fill(0, 446, 0);
  EXPECT_EQ(summary_of(floppy), "MBR disk with 0 partitions");
}

TEST(MediumKind, OfOtherBytesIsUnknown) {
  Bytes bytes(4096);
  Patch(bytes).text(1024, "something");
  EXPECT_EQ(summary_of(bytes), "unknown");
  EXPECT_EQ(summary_of({'x'}), "unknown; 1 warning");
}

}  // namespace
}  // namespace bootproof::inspectors
