// What stands where on a medium, and which name a byte of it has.

#include "inspectors/paths/layout.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/inspectors/iso_sample.h"
#include "tests/inspectors/volume_samples.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::entry_at;
using bootproof::testing::FatPlaces;
using bootproof::testing::gpt_disk;
using bootproof::testing::hybrid_iso;
using bootproof::testing::HybridPlaces;
using bootproof::testing::Patch;
using bootproof::testing::record_at;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint64_t kBlock = 2048;
/// Where the FAT volume of iso_with_files() begins: behind the sample.
constexpr std::uint64_t kEsp = HybridPlaces::kSectors * kBlock;

Layout layout_of(const Bytes& bytes, const LayoutLimits& limits = {}) {
  MemoryImage source{ByteSpan(bytes)};
  const ImageView image(source);
  const Inspection inspection = inspect(image);
  OpenMedium medium(image, inspection);
  return read_layout(medium, limits);
}

/// "512+16384 GPT entries", or "3072+512 /file in FAT"; a byte that has no name is "nothing".
std::string text_of(const ByteRange* range) {
  if (range == nullptr) {
    return "nothing";
  }
  return fmt::format("{}+{} {}{}{}", range->offset, range->length, range->name,
                     range->place.empty() ? "" : " in ", range->place);
}

std::vector<std::string> texts_of(const std::vector<ByteRange>& ranges) {
  std::vector<std::string> texts;
  texts.reserve(ranges.size());
  for (const ByteRange& range : ranges) {
    texts.push_back(text_of(&range));
  }
  return texts;
}

/// hybrid_iso() with fat12_tree() as its image for UEFI, behind what it had.
Bytes iso_with_files() {
  Bytes iso = hybrid_iso();
  const Bytes fat = bootproof::testing::fat12_tree();
  iso.insert(iso.end(), fat.begin(), fat.end());
  Patch patch(iso);
  patch.both32(HybridPlaces::kPrimary * kBlock + 80, iso.size() / kBlock);
  patch.le16(HybridPlaces::kCatalog * kBlock + 102, FatPlaces::kSectors);
  patch.le32(HybridPlaces::kCatalog * kBlock + 104, HybridPlaces::kSectors);
  const std::uint64_t record = record_at(iso, HybridPlaces::kRoot, "EFI.IMG;1");
  patch.both32(record + 2, HybridPlaces::kSectors).both32(record + 10, fat.size());
  patch.le32(458, iso.size() / 512);
  patch.le32(470, HybridPlaces::kSectors * 4).le32(474, FatPlaces::kSectors);
  return iso;
}

TEST(Layout, OfAGptDiskNamesBothTablesAndThePartitions) {
  const Layout layout = layout_of(gpt_disk(512));
  EXPECT_THAT(
      texts_of(layout.ranges()),
      ElementsAre("0+512 MBR", "512+512 GPT header", "1024+16384 GPT entries",
                  "20480+10240 GPT partition 1 (ESP)", "30720+5120 GPT partition 2 (BIOS boot)",
                  "81408+16384 GPT backup entries", "97792+512 GPT backup header"));
  EXPECT_THAT(texts_of(layout.gaps()), ElementsAre("17408+3072 (nothing that is known)",
                                                   "35840+45568 (nothing that is known)"));
  EXPECT_TRUE(layout.is_complete());
}

TEST(Layout, OfAGptDiskCountsInItsSectors) {
  EXPECT_THAT(
      texts_of(layout_of(gpt_disk(4096)).ranges()),
      ElementsAre("0+512 MBR", "4096+4096 GPT header", "8192+16384 GPT entries",
                  "163840+81920 GPT partition 1 (ESP)", "245760+40960 GPT partition 2 (BIOS boot)",
                  "765952+16384 GPT backup entries", "782336+4096 GPT backup header"));
}

TEST(Layout, OfAnMbrDiskNamesTheLogicalPartitionsAndTheirTables) {
  EXPECT_THAT(
      texts_of(layout_of(bootproof::testing::mbr_disk()).ranges()),
      ElementsAre("0+512 MBR", "4096+28672 MBR partition 1 (FAT32 LBA)",
                  "32768+512 EBR of MBR partition 5", "33792+15360 MBR partition 5 (Linux)",
                  "65536+512 EBR of MBR partition 6", "66560+10752 MBR partition 6 (Linux swap)",
                  "102400+28672 MBR partition 3 (Linux)"));
}

TEST(Layout, OfAnIsoNamesItsStructuresAndFilesAndThoseOfItsBootImage) {
  const Layout layout = layout_of(iso_with_files());
  EXPECT_THAT(
      texts_of(layout.ranges()),
      ElementsAre(
          "0+131072 ISO 9660", "0+131072 MBR partition 1 (hidden NTFS)", "0+512 MBR",
          "32768+2048 primary volume descriptor in ISO 9660", "34816+2048 boot record in ISO 9660",
          "40960+46 path table (little-endian) in ISO 9660",
          "43008+46 path table (big-endian) in ISO 9660", "45056+2048 root directory in ISO 9660",
          "47104+2048 boot catalog in ISO 9660", "55296+4000 /isolinux.bin in ISO 9660",
          "55296+2048 El Torito image (BIOS) in ISO 9660", "59392+5 /readme.txt in ISO 9660",
          "75776+2048 /big in ISO 9660", "77824+100 /big in ISO 9660",
          "98304+32768 El Torito section 1", "98304+32768 MBR partition 2 (ESP)",
          "98304+32768 /efi.img in ISO 9660",
          "101376+1024 /EFI/BOOT/BOOTX64.EFI in El Torito section 1",
          "102400+10 /EFI/BOOT/grub.cfg in El Torito section 1",
          "102912+276 /EFI/BOOT/BOOTX64.EFI in El Torito section 1",
          "103424+5 /Long file name.txt in El Torito section 1"));
  EXPECT_TRUE(layout.is_complete());
}

TEST(Layout, OfAnIsoHasGapsThoughPartitionsReachOverAll) {
  EXPECT_THAT(
      texts_of(layout_of(iso_with_files()).gaps()),
      ElementsAre("512+32256 (nothing that is known)", "36864+4096 (nothing that is known)",
                  "41006+2002 (nothing that is known)", "43054+2002 (nothing that is known)",
                  "49152+6144 (nothing that is known)", "59296+96 (nothing that is known)",
                  "59397+16379 (nothing that is known)", "77924+20380 (nothing that is known)"));
}

TEST(Layout, NamesEachRunOfAFileThatStandsInSeveral) {
  const Layout layout = layout_of(iso_with_files());
  constexpr std::uint64_t kBig = HybridPlaces::kBig * kBlock;
  EXPECT_EQ(text_of(layout.at(kBig + 2047)), "75776+2048 /big in ISO 9660");
  EXPECT_EQ(text_of(layout.at(kBig + 2048)), "77824+100 /big in ISO 9660");
  const std::string program = " /EFI/BOOT/BOOTX64.EFI in El Torito section 1";
  EXPECT_EQ(text_of(layout.at(kEsp + FatPlaces::kProgram + 1023)), "101376+1024" + program);
  EXPECT_EQ(text_of(layout.at(kEsp + FatPlaces::kProgram + 1536)), "102912+276" + program);
}

TEST(Layout, NamesAByteByTheSmallestRangeThatHoldsIt) {
  const Layout layout = layout_of(iso_with_files());
  EXPECT_EQ(text_of(layout.at(0)), "0+512 MBR");
  EXPECT_EQ(text_of(layout.at(511)), "0+512 MBR");
  EXPECT_EQ(layout.at(512)->length, kEsp + FatPlaces::kSectors * 512);
  EXPECT_EQ(text_of(layout.at(HybridPlaces::kLoader * kBlock)),
            "55296+2048 El Torito image (BIOS) in ISO 9660");
  EXPECT_EQ(text_of(layout.at(HybridPlaces::kLoader * kBlock + 2048)),
            "55296+4000 /isolinux.bin in ISO 9660");
  EXPECT_EQ(text_of(layout.at(HybridPlaces::kReadme * kBlock + 4)),
            "59392+5 /readme.txt in ISO 9660");
  EXPECT_EQ(text_of(layout.at(kEsp + FatPlaces::kSectors * 512)), "nothing");
}

TEST(Layout, EndsWithTheImage) {
  Bytes cut = gpt_disk(512);
  cut.resize(25000);
  EXPECT_THAT(texts_of(layout_of(cut).ranges()),
              ElementsAre("0+512 MBR", "512+512 GPT header", "1024+16384 GPT entries",
                          "20480+4520 GPT partition 1 (ESP)"));
}

TEST(Layout, GivesNamesInPrintableText) {
  Bytes iso = iso_with_files();
  const std::uint64_t record = record_at(iso, HybridPlaces::kRoot, "README.TXT;1");
  Patch(iso).text(entry_at(iso, record, "NM") + 5, "\x1b[2J");
  EXPECT_EQ(text_of(layout_of(iso).at(HybridPlaces::kReadme * kBlock)),
            "59392+5 /\\x1b[2Jme.txt in ISO 9660");
}

TEST(Layout, SaysWhereItDidNotLookAtAllFiles) {
  EXPECT_FALSE(layout_of(iso_with_files(), {.files = 3}).is_complete());
  EXPECT_FALSE(layout_of(iso_with_files(), {.depth = 1}).is_complete());
  EXPECT_TRUE(layout_of(iso_with_files(), {.files = 20, .depth = 2}).is_complete());
}

TEST(Layout, OfRangesThatOverlapFindsTheSmallestAndWhatNoneHolds) {
  const Layout layout({{200, 10, "d", {}},
                       {60, 10, "c", {}},
                       {0, 100, "a", {}},
                       {50, 80, "b", {}},
                       {60, 10, "c", {}}},
                      300, true);
  EXPECT_THAT(texts_of(layout.ranges()), ElementsAre("0+100 a", "50+80 b", "60+10 c", "200+10 d"));
  for (const auto& [offset, name] : {std::pair{49, "0+100 a"},
                                     {50, "50+80 b"},
                                     {60, "60+10 c"},
                                     {69, "60+10 c"},
                                     {70, "50+80 b"},
                                     {129, "50+80 b"},
                                     {130, "nothing"},
                                     {209, "200+10 d"},
                                     {210, "nothing"},
                                     {300, "nothing"}}) {
    EXPECT_EQ(text_of(layout.at(static_cast<std::uint64_t>(offset))), name) << offset;
  }
  EXPECT_THAT(texts_of(layout.gaps()),
              ElementsAre("130+70 (nothing that is known)", "210+90 (nothing that is known)"));
}

TEST(Layout, PutsTheLongerOfRangesThatBeginTogetherFirst) {
  const Layout layout({{0, 10, "part", "whole"}, {0, 100, "whole", {}}}, 100, true);
  EXPECT_THAT(texts_of(layout.ranges()), ElementsAre("0+100 whole", "0+10 part in whole"));
  EXPECT_EQ(text_of(layout.at(9)), "0+10 part in whole");
  EXPECT_EQ(text_of(layout.at(10)), "0+100 whole");
}

TEST(Layout, OfNothingIsAGap) {
  EXPECT_THAT(texts_of(Layout({}, 0, true).gaps()), IsEmpty());
  EXPECT_THAT(texts_of(Layout({}, 512, true).gaps()), ElementsAre("0+512 (nothing that is known)"));
  EXPECT_EQ(Layout({}, 512, true).at(0), nullptr);
}

}  // namespace
}  // namespace bootproof::inspectors
