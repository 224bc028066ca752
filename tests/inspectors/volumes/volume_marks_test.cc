#include "inspectors/volumes/volume_marks.h"

#include <gtest/gtest.h>

#include <string_view>

#include "tests/inspectors/sample_images.h"
#include "tests/inspectors/volume_samples.h"

// The offsets of marks are those of the formats' own descriptions, not of the table.

namespace bootproof::inspectors {
namespace {

using bootproof::testing::Patch;
using namespace std::string_view_literals;

constexpr std::uint64_t kBytes = std::uint64_t{1} << 20U;

std::string_view mark_of(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  return mark_of_volume(ImageView(source));
}

std::string_view mark_at(std::uint64_t offset, std::string_view text) {
  Bytes bytes(kBytes);
  Patch(bytes).text(offset, text);
  return mark_of(bytes);
}

TEST(MarkOfVolume, IsFoundOnVolumesThatAreRead) {
  EXPECT_EQ(mark_of(bootproof::testing::ext2_volume()), "ext");
  EXPECT_EQ(mark_of(bootproof::testing::fat12_tree()), "FAT");
  EXPECT_EQ(mark_of(bootproof::testing::iso_image()), "ISO 9660");
  EXPECT_EQ(mark_of(bootproof::testing::squashfs_file()), "squashfs");
}

TEST(MarkOfVolume, IsFoundOnVolumesThatAreNotRead) {
  EXPECT_EQ(mark_at(64 * 1024 + 64, "_BHRfS_M"), "btrfs");
  EXPECT_EQ(mark_at(0, "XFSB"), "XFS");
  EXPECT_EQ(mark_at(3, "NTFS    "), "NTFS");
  EXPECT_EQ(mark_at(0, "LUKS\xBA\xBE\x00\x02"sv), "LUKS");
  EXPECT_EQ(mark_at(512, "LABELONE"), "LVM");
  EXPECT_EQ(mark_at(4096, "\xFC\x4E\x2B\xA9"), "RAID");
  EXPECT_EQ(mark_at(kBytes - 64 * 1024, "\xFC\x4E\x2B\xA9"), "RAID or ZFS");
  EXPECT_EQ(mark_at(kBytes - 8192, "\xFC\x4E\x2B\xA9"), "RAID or ZFS");
  EXPECT_EQ(mark_at(16 * 1024 + 300, "pool_guid"), "RAID or ZFS");
}

TEST(MarkOfVolume, IsNotFoundWhereThereIsNone) {
  EXPECT_EQ(mark_of(Bytes()), "");
  EXPECT_EQ(mark_of(Bytes(1)), "");
  EXPECT_EQ(mark_of(Bytes(kBytes)), "");
  EXPECT_EQ(mark_of(Bytes(kBytes, 'x')), "");
}

TEST(MarkOfVolume, OutlastsADamagedSuperblock) {
  Bytes ext = bootproof::testing::ext2_volume();
  Patch(ext).le32(1024 + 24, 0xFFFFFFFF);  // The size of a block.
  EXPECT_EQ(mark_of(ext), "ext");
}

}  // namespace
}  // namespace bootproof::inspectors
