// What the sample ISOs are read as.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "inspectors/volumes/iso_file_system.h"
#include "tests/inspectors/iso_inspection.h"
#include "tests/inspectors/iso_sample.h"
#include "tests/inspectors/print_finding.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::grub_iso;
using bootproof::testing::hybrid_iso;
using bootproof::testing::hybrid_iso_with_apm;
using bootproof::testing::hybrid_iso_with_gpt;
using bootproof::testing::HybridPlaces;
using bootproof::testing::inspect_iso;
using bootproof::testing::IsoInspection;
using bootproof::testing::Patch;
using bootproof::testing::record_at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

/// A sample as a volume.
class IsoFileSystemTest : public ::testing::Test {
 protected:
  void open(Bytes bytes) {
    bytes_ = std::move(bytes);
    source_ = std::make_unique<MemoryImage>(ByteSpan(bytes_));
    Findings ignored;
    const auto iso = read_iso9660(ImageView(*source_), ignored);
    volume_ = open_iso_file_system(ImageView(*source_), *iso->primary);
  }
  void SetUp() override { open(hybrid_iso()); }

  std::vector<std::string> names_in(const std::string& path) {
    std::vector<std::string> names;
    for (const Node& node : volume_->list(*find(*volume_, path).node)) {
      names.push_back(node.name);
    }
    return names;
  }
  std::string content_of(const std::string& path) {
    const Lookup found = find(*volume_, path);
    if (!found.node) {
      return "missing: " + found.missing;
    }
    FileContent content(*volume_, *found.node);
    const Bytes bytes = ImageView(content).read(0, content.size());
    return {bytes.begin(), bytes.end()};
  }

  Bytes bytes_;
  std::unique_ptr<MemoryImage> source_;
  std::unique_ptr<IsoFileSystem> volume_;
};

TEST_F(IsoFileSystemTest, HasLabelAndUuidOfItsDescriptor) {
  EXPECT_EQ(volume_->kind(), VolumeKind::kIso9660);
  EXPECT_EQ(volume_->label(), "HYBRID");
  EXPECT_EQ(volume_->uuid(), "2024-02-01-13-14-15-16");
}

TEST_F(IsoFileSystemTest, HasTheCreationDateAsUuidWhereNoneOfModificationIsSet) {
  Bytes iso = hybrid_iso();
  Patch(iso).text(HybridPlaces::kPrimary * 2048 + 830, "0000000000000000");
  open(iso);
  EXPECT_EQ(volume_->uuid(), "2024-01-31-12-00-00-00");
}

TEST_F(IsoFileSystemTest, ListsNamesOfRockRidgeWithoutRelocatedDirectories) {
  EXPECT_THAT(names_in("/"),
              ElementsAre("big", "boot", "efi.img", "isolinux.bin", "link", "readme.txt"));
  EXPECT_FALSE(volume_->ignores_case());
}

TEST_F(IsoFileSystemTest, ShowsRelocatedDirectoriesWhereTheyBelong) {
  EXPECT_THAT(names_in("/boot"), ElementsAre("deep", "grub"));
  EXPECT_THAT(names_in("/boot/deep"), IsEmpty());
}

TEST_F(IsoFileSystemTest, FollowsSymbolicLinks) { EXPECT_EQ(content_of("/link"), "hello"); }

TEST_F(IsoFileSystemTest, JoinsTheExtentsOfAFile) {
  const Lookup big = find(*volume_, "/big");
  EXPECT_EQ(big.node->size, 2148U);
  EXPECT_THAT(volume_->extents(*big.node),
              ElementsAre(Extent{HybridPlaces::kBig * 2048, 2048},
                          Extent{(HybridPlaces::kBig + 1) * 2048, 100}));
  EXPECT_EQ(content_of("/big"), std::string(2148, 'b'));
}

TEST_F(IsoFileSystemTest, WithoutRockRidgeHasShortNamesInAnyCase) {
  Bytes iso = hybrid_iso();
  const std::uint64_t self = record_at(iso, HybridPlaces::kRoot, std::string_view("\0", 1));
  Patch(iso).text(bootproof::testing::entry_at(iso, self, "SP"), "XX");
  open(iso);
  EXPECT_TRUE(volume_->ignores_case());
  EXPECT_THAT(names_in("/"),
              ElementsAre("BIG", "BOOT", "DEEP", "EFI.IMG", "ISOLINUX.BIN", "LINK", "README.TXT"));
  EXPECT_EQ(content_of("/readme.TXT"), "hello");
}

TEST_F(IsoFileSystemTest, BeginsAFileBehindItsExtendedAttributes) {
  Bytes iso = hybrid_iso();
  const std::uint64_t record = record_at(iso, HybridPlaces::kRoot, "README.TXT;1");
  Patch(iso).u8(record + 1, 1).both32(record + 2, HybridPlaces::kReadme - 1);
  open(iso);
  EXPECT_EQ(content_of("/readme.txt"), "hello");
}

TEST_F(IsoFileSystemTest, RefusesInterleavedFiles) {
  Bytes iso = hybrid_iso();
  Patch(iso).u8(record_at(iso, HybridPlaces::kRoot, "README.TXT;1") + 26, 1);
  open(iso);
  EXPECT_EQ(content_of("/readme.txt"), "");
}

TEST_F(IsoFileSystemTest, SaysWhatIsMissing) {
  EXPECT_EQ(content_of("/boot/grub/grub.cfg"), "missing: /boot/grub/grub.cfg");
}

IsoInspection inspection_of(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  return inspect_iso(ImageView(source));
}

TEST(IsoTree, CountsWhatItSawAndFindsFilesByTheirBlocks) {
  const IsoInspection found = inspection_of(hybrid_iso());
  EXPECT_TRUE(found.tree.has_rock_ridge);
  EXPECT_TRUE(found.tree.is_complete());
  EXPECT_EQ(found.tree.directory_count, 4U);
  EXPECT_EQ(found.tree.file_count, 5U);
  ASSERT_NE(found.tree.file_at(HybridPlaces::kLoader), nullptr);
  EXPECT_EQ(found.tree.file_at(HybridPlaces::kLoader)->path, "/isolinux.bin");
  EXPECT_EQ(found.tree.file_at(HybridPlaces::kLoader)->bytes, HybridPlaces::kLoaderBytes);
  EXPECT_EQ(found.tree.file_at(HybridPlaces::kEsp)->path, "/efi.img");
}

TEST(BootInfos, HoldTheTableAndTheLengthOfItsFile) {
  const IsoInspection found = inspection_of(hybrid_iso());
  ASSERT_EQ(found.boot_infos.size(), 1U);
  const BootInfo& info = found.boot_infos.front();
  ASSERT_TRUE(info.table.has_value());
  EXPECT_TRUE(info.needs_table);
  EXPECT_EQ(info.table->file_sector, HybridPlaces::kLoader);
  EXPECT_EQ(info.table->checksum, info.table->computed_checksum);
  EXPECT_EQ(info.file_bytes, HybridPlaces::kLoaderBytes);
  EXPECT_EQ(info.grub_sector, std::nullopt);
}

TEST(BootInfos, HoldTheSectorThatGrubWasGiven) {
  const IsoInspection found = inspection_of(grub_iso());
  ASSERT_EQ(found.boot_infos.size(), 1U);
  EXPECT_EQ(found.boot_infos.front().grub_sector, HybridPlaces::kLoader * 4 + 5);
}

std::vector<std::string> ranges_of(const SystemArea& area) {
  std::vector<std::string> lines;
  for (const MediumRange& range : area.ranges) {
    lines.push_back(std::string(name_of(range.source)) + " " + std::to_string(range.number) + " " +
                    std::string(name_of(range.role)) + " " + std::to_string(range.first_byte));
  }
  return lines;
}

TEST(SystemArea, NamesWhatEachTableSees) {
  EXPECT_THAT(ranges_of(inspection_of(hybrid_iso_with_gpt()).system_area),
              ElementsAre("El Torito 1 other 55296", "El Torito 2 EFI system partition 61440",
                          "MBR 1 whole ISO 0", "MBR 2 EFI system partition 61440",
                          "GPT 1 EFI system partition 61440", "GPT 2 other 30720"));
  EXPECT_THAT(ranges_of(inspection_of(hybrid_iso_with_apm()).system_area),
              ElementsAre("El Torito 1 other 55296", "El Torito 2 EFI system partition 61440",
                          "MBR 1 whole ISO 0", "MBR 2 EFI system partition 61440",
                          "APM 1 partition map 2048", "APM 2 EFI system partition 61440"));
}

TEST(SystemArea, HoldsThePointerOfTheBootCode) {
  const SystemArea isolinux = inspection_of(hybrid_iso()).system_area;
  EXPECT_EQ(isolinux.pointer->lba, HybridPlaces::kLoader * 4);
  EXPECT_EQ(isolinux.pointer->expected_lba, isolinux.pointer->lba);
  const SystemArea grub = inspection_of(grub_iso()).system_area;
  EXPECT_EQ(grub.pointer->lba, HybridPlaces::kLoader * 4 + 4);
  EXPECT_EQ(grub.pointer->expected_lba, grub.pointer->lba);
}

TEST(SystemArea, TakesTheEspOfTheGptOnlyWhereAProtectiveMbrLeadsToIt) {
  Bytes iso = hybrid_iso_with_gpt();
  EXPECT_EQ(inspection_of(iso).system_area.esp_of_stick()->source, RangeSource::kMbr);
  Patch(iso).u8(450, 0xEE).le32(454, 1);
  EXPECT_EQ(inspection_of(iso).system_area.esp_of_stick()->source, RangeSource::kGpt);
}

TEST(SystemArea, IsBlankOnADiscAlone) {
  EXPECT_TRUE(inspection_of(bootproof::testing::iso_image()).system_area.is_blank);
}

}  // namespace
}  // namespace bootproof::inspectors
