#include "builders/disk_recipe.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "builders/disk_layout.h"
#include "builders/recipe.h"
#include "fixture.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kMebibyte = 1U << 20U;

DiskRecipe read_disk(const std::string& text) {
  RecipeBook book;
  book.load_text("version: 1\nrecipes:\n  a:\n    disk: " + text + "\n", "/r/r.yaml");
  return std::get<DiskRecipe>(book.find("a")->body);
}

TEST(DiskRecipe, ReadsEveryKey) {
  const DiskRecipe disk = read_disk(R"({
      table: gpt, architecture: x86_64, sector_size: 512, size: 256M, backend: files, format: qcow2,
      partitions: [
        {name: bios, type: bios-boot, size: 1M, number: 4},
        {name: esp, type: esp, size: 40M, uuid: 01234567-89ab-cdef-0123-456789abcdef,
         filesystem: {type: fat32, label: ESP, uuid: 1234-ABCD}},
        {name: root, type: linux, active: true,
         filesystem: {type: ext4, label: root, files: {/a: {text: x}}, trees: [{tar: t.tar}]}},
        {name: data, number: 5, size: 1M, type: 0FC63DAF-8483-4772-8E79-3D69D8477DE4, raw: bytes.bin}],
      grub: {platforms: [x86_64-efi, i386-pc], partition: root, folder: /grub, grub_cfg: hello}})");
  EXPECT_EQ(disk.table, PartitionTable::kGpt);
  EXPECT_EQ(disk.architecture, Architecture::kX86_64);
  EXPECT_EQ(disk.sector_size, 512U);
  EXPECT_EQ(disk.size, 256 * kMebibyte);
  EXPECT_EQ(disk.backend, DiskBackend::kFiles);
  EXPECT_EQ(disk.format, DiskFormat::kQcow2);
  ASSERT_EQ(disk.partitions.size(), 4U);
  EXPECT_EQ(disk.partitions[0].number, 4);
  EXPECT_EQ(disk.partitions[0].type.guid, "21686148-6449-6E6F-744E-656564454649");
  EXPECT_EQ(disk.partitions[1].uuid, "01234567-89ab-cdef-0123-456789abcdef");
  EXPECT_EQ(file_system_of(disk.partitions[1])->uuid, "1234-ABCD");
  EXPECT_EQ(file_system_of(disk.partitions[1])->type, FileSystemType::kFat32);
  EXPECT_TRUE(disk.partitions[2].is_active);
  EXPECT_EQ(disk.partitions[2].size, 0U);
  EXPECT_EQ(file_system_of(disk.partitions[2])->files.files.size(), 1U);
  EXPECT_EQ(file_system_of(disk.partitions[2])->files.trees.size(), 1U);
  EXPECT_EQ(
      std::get<std::filesystem::path>(std::get<FileSource>(disk.partitions[3].content).source),
      "/r/bytes.bin");
  EXPECT_EQ(disk.grub->folder, "/grub");
  EXPECT_EQ(disk.grub->grub_cfg, "hello");
  EXPECT_EQ(disk.grub->esp, "esp");
}

TEST(DiskRecipe, GivesAPartitionTheTypeOfItsFileSystem) {
  const DiskRecipe disk = read_disk(
      "{table: mbr, partitions: [{name: a, size: 16M, filesystem: {type: fat16}}, "
      "{name: b, size: 16M, filesystem: {type: ext2}}, {name: c, size: 1M, type: '0x7f'}]}");
  EXPECT_EQ(disk.partitions[0].type.byte, 0x0e);
  EXPECT_EQ(disk.partitions[1].type.byte, 0x83);
  EXPECT_EQ(disk.partitions[2].type.byte, 0x7f);
}

TEST(DiskRecipe, IsReadFromTheShippedFile) {
  RecipeBook book;
  book.load(BOOTPROOF_SOURCE_DIR "/scenarios/disk-recipes.yaml");
  EXPECT_THAT(book.names(),
              ::testing::IsSupersetOf({"disk-aarch64", "disk-gpt-bios-uefi", "disk-gpt-uefi",
                                       "disk-gpt-uefi-4k", "disk-mbr-bios", "disk-mbr-no-menu",
                                       "disk-systemd-boot", "stick-hybrid", "stick-superfloppy",
                                       "stick-syslinux"}));
}

TEST(DiskLayout, PutsPartitionsOneBehindTheOtherAndTheOpenOneIntoWhatIsLeft) {
  const DiskRecipe disk = read_disk(
      "{table: gpt, size: 64M, partitions: [{name: a, size: 10M}, {name: b}, {name: c, size: "
      "3M}]}");
  const DiskLayout layout = lay_out(disk, 0);
  EXPECT_EQ(layout.size, 64 * kMebibyte);
  ASSERT_EQ(layout.partitions.size(), 3U);
  EXPECT_EQ(layout.partitions[0].start, 1 * kMebibyte);
  EXPECT_EQ(layout.partitions[1].start, 11 * kMebibyte);
  EXPECT_EQ(layout.partitions[1].size, 49 * kMebibyte);  // One MiB is the backup's.
  EXPECT_EQ(layout.partitions[2].start, 60 * kMebibyte);
}

TEST(DiskLayout, MakesTheDiskAsLargeAsItsPartitionsNeed) {
  EXPECT_EQ(lay_out(read_disk("{table: mbr, partitions: [{name: a, size: 10M}]}"), 0).size,
            11 * kMebibyte);
  EXPECT_EQ(lay_out(read_disk("{table: gpt, partitions: [{name: a, size: 10M}]}"), 0).size,
            12 * kMebibyte);
}

TEST(DiskLayout, BeginsBehindAWrittenImage) {
  const DiskRecipe disk =
      read_disk("{written: /x.iso, size: 32M, partitions: [{name: a, number: 2}]}");
  const DiskLayout layout = lay_out(disk, 5 * kMebibyte + 1);
  EXPECT_EQ(layout.partitions[0].start, 6 * kMebibyte);
  EXPECT_EQ(layout.partitions[0].size, 25 * kMebibyte);
}

TEST(FileSystemLimits, HoldTheClustersThatATypeHas) {
  EXPECT_EQ(limits_of(FileSystemType::kFat32, 512).least, 33 * kMebibyte);
  EXPECT_EQ(limits_of(FileSystemType::kFat32, 4096).least, 257 * kMebibyte);
  EXPECT_EQ(limits_of(FileSystemType::kFat16, 512).least, 3 * kMebibyte);
  EXPECT_EQ(fat_cluster_sectors(FileSystemType::kFat16, 3 * kMebibyte, 512), 1U);
  EXPECT_EQ(fat_cluster_sectors(FileSystemType::kFat12, 3 * kMebibyte, 512), 2U);
}

TEST(DerivedIds, DifferByRoleAndIdentity) {
  EXPECT_TRUE(is_guid(derived_guid("a", "disk")));
  EXPECT_NE(derived_guid("a", "disk"), derived_guid("b", "disk"));
  EXPECT_NE(derived_guid("a", "disk"), derived_guid("a", "partition"));
  EXPECT_NE(derived_number("a", "disk"), derived_number("b", "disk"));
}

/// A recipe with one defect, and the first line of what is said about it.
struct Defect {
  std::string name;
  std::string recipe;
  std::string message;
};

void PrintTo(const Defect& defect, std::ostream* stream) { *stream << defect.name; }

class DiskDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(DiskDefect, IsRefusedWithItsPlace) {
  RecipeBook book;
  const std::string text = error_text([&] {
    book.load_text("version: 1\nrecipes:\n  a: {disk: {" + GetParam().recipe + "}}\n", "r.yaml");
  });
  EXPECT_EQ(text.substr(0, text.find('\n')), "r.yaml:3:" + GetParam().message);
}

/// A GPT with one partition of these keys, which begin at column 41.
std::string with_partition(const std::string& keys) {
  return "table: gpt, partitions: [{name: a, " + keys + "}]";
}

/// An MBR with an ext4 and a FAT partition and these keys of the disk.
std::string with_boot(const std::string& keys, const std::string& fat_keys = "") {
  return "table: mbr, partitions: [{name: e, size: 8M, filesystem: {type: ext4}}, {name: f, size: "
         "8M, filesystem: {type: fat16}" +
         fat_keys + "}], " + keys;
}

INSTANTIATE_TEST_SUITE_P(
    Table, DiskDefect,
    ::testing::Values(
        Defect{"UnknownKey", "table: gpt, partition: []",
               "26: unknown key 'partition' in a disk recipe"},
        Defect{"NoTable", "partitions: []", "13: missing key 'table'"},
        Defect{"TooLarge", "table: gpt, size: 65G, partitions: []",
               "32: the disk has 66560 MiB, and at most 65536 MiB are built"},
        Defect{"NoPartitions", "table: gpt", "13: missing key 'partitions'"},
        Defect{"UnknownTable", "table: gtp", "21: unknown partition table 'gtp'"},
        Defect{"OddSector", "table: gpt, sector_size: 1024, partitions: []",
               "39: 'sector_size' must be 512 or 4096, found 1024"},
        Defect{"UnknownType", with_partition("size: 1M, type: linus"),
               "65: unknown type of a partition: 'linus'"},
        Defect{"ByteOnGpt", with_partition("size: 1M, type: '0x83'"),
               "65: a GPT has no partition type '0x83'"},
        Defect{"BiosBootOnMbr", "table: mbr, partitions: [{name: a, size: 1M, type: bios-boot}]",
               "65: an MBR has no partition type 'bios-boot'"},
        Defect{"BadName", "table: gpt, partitions: [{name: a b}]",
               "46: 'a b' is no name of a partition"},
        Defect{"NameTwice", "table: gpt, partitions: [{name: a, size: 1M}, {name: a, size: 1M}]",
               "60: two partitions have the name 'a'"},
        Defect{"NumberTwice",
               "table: gpt, partitions: [{name: a, size: 1M, number: 2}, {name: b, size: 1M}]",
               "71: two partitions have the number 2"},
        Defect{"FifthPrimary",
               "table: mbr, partitions: [{name: a, size: 1M}, {name: b, size: 1M}, {name: c, size: "
               "1M}, {name: d, size: 1M}, {name: e, size: 1M}]",
               "123: an MBR has four partitions, and this is the fifth"},
        Defect{"TwoActive",
               "table: mbr, partitions: [{name: a, size: 1M, active: true}, {name: b, size: 1M, "
               "active: true}]",
               "74: two active partitions, 'a' and 'b'"},
        Defect{"RawAndFileSystem", with_partition("raw: /x, filesystem: {type: ext4}"),
               "54: a partition has either 'raw' bytes or a 'filesystem'"},
        Defect{"UuidOnMbr", "table: mbr, partitions: [{name: a, uuid: x}]",
               "55: only a GPT gives its partitions a 'uuid'"},
        Defect{"BadUuid", with_partition("uuid: x"), "55: 'x' is no GUID"},
        Defect{"UnknownFileSystem", with_partition("filesystem: {type: ext5}"),
               "68: unknown file system 'ext5'"},
        Defect{"LongFatLabel", with_partition("filesystem: {type: fat32, label: TWELVE-CHARS}"),
               "82: the label 'TWELVE-CHARS' has 12 characters, a FAT file system holds 11"},
        Defect{"SmallFatLabel", with_partition("filesystem: {type: fat32, label: esp}"),
               "82: 'esp' is no label of a FAT file system"},
        Defect{"LongExtLabel", with_partition("filesystem: {type: ext4, label: seventeen-letters}"),
               "81: the label 'seventeen-letters' has 17 bytes, an ext file system holds 16"},
        Defect{"BadSerial", with_partition("filesystem: {type: fat32, uuid: 12345678}"),
               "81: '12345678' is no serial number of a FAT file system"},
        Defect{"BadFileSystemUuid", with_partition("filesystem: {type: ext4, uuid: 1234-ABCD}"),
               "80: '1234-ABCD' is no UUID"},
        Defect{"NoSize", with_partition("type: linux"),
               "39: 'a' has no size, and the disk has none either"},
        Defect{"TwoOpen", "table: gpt, size: 64M, partitions: [{name: a}, {name: b}]",
               "61: 'a' and 'b' both have no size: only one can take what is left"},
        Defect{"TooMuch", "table: gpt, size: 8M, partitions: [{name: a, size: 7M}]",
               "32: the partitions need 7 MiB, the disk has room for 6 MiB: 1 MiB too little"},
        Defect{"SmallFat32", with_partition("size: 32M, filesystem: {type: fat32}"),
               "55: 'a' has 32 MiB, and fat32 begins at 33 MiB"},
        Defect{"LargeFat16", with_partition("size: 3G, filesystem: {type: fat16}"),
               "55: 'a' has 3072 MiB, and fat16 ends at 2047 MiB"},
        Defect{
            "SmallFat32On4096",
            "table: gpt, sector_size: 4096, partitions: [{name: a, size: 64M, filesystem: {type: "
            "fat32}}]",
            "74: 'a' has 64 MiB, and fat32 on sectors of 4096 bytes begins at 257 MiB"},
        Defect{"SmallExt4", with_partition("size: 3M, filesystem: {type: ext4}"),
               "55: 'a' has 3 MiB, and ext4 begins at 4 MiB"},
        Defect{"SuperfloppyWithTwo",
               "table: none, partitions: [{name: a, size: 8M}, {name: b, size: 8M}]",
               "13: a disk without a partition table has one partition, found 2"},
        Defect{"WrittenWithTable", "table: gpt, written: /x.iso", "14: 'table' beside 'written'"},
        Defect{"GrubWithoutPlatform", with_boot("grub: {platforms: [], partition: e}"),
               "141: 'grub' without a platform"},
        Defect{"GrubElsewhere", with_boot("grub: {platforms: [i386-pc], partition: x}"),
               "141: 'partition' names the partition 'x', which the disk does not have"},
        Defect{"GrubWithoutEsp", with_boot("grub: {platforms: [x86_64-efi], partition: e}"),
               "141: GRUB for UEFI needs an EFI system partition"},
        Defect{"EspOnExt4", with_boot("grub: {platforms: [x86_64-efi], partition: e, esp: e}"),
               "39: 'e' is to be the EFI system partition and has ext4: UEFI reads FAT"},
        Defect{"BiosOnAarch64",
               with_boot("architecture: aarch64, grub: {platforms: [i386-pc], partition: e}"),
               "164: GRUB for i386-pc on a disk for aarch64, which has no BIOS"},
        Defect{"BiosOn4096",
               "table: gpt, sector_size: 4096, partitions: [{name: b, type: bios-boot, size: 1M}, "
               "{name: e, size: 16M, filesystem: {type: ext4}}], grub: {platforms: [i386-pc], "
               "partition: e}",
               "151: GRUB for BIOS on sectors of 4096 bytes: a BIOS reads sectors of 512 bytes"},
        Defect{"BiosWithoutPlace",
               "table: gpt, partitions: [{name: e, size: 16M, filesystem: {type: ext4}}], grub: "
               "{platforms: [i386-pc], partition: e}",
               "94: GRUB for BIOS on a GPT needs a partition of type 'bios-boot'"},
        Defect{"BiosWithoutGap",
               "table: none, partitions: [{name: e, size: 16M, filesystem: {type: ext4}}], grub: "
               "{platforms: [i386-pc], partition: e}",
               "95: GRUB for BIOS has no place on a disk without a partition table"},
        Defect{"SyslinuxOnExt4", with_boot("syslinux: {partition: e}"),
               "145: SYSLINUX lives on FAT, and 'e' has ext4"},
        Defect{"SyslinuxNotActive", with_boot("syslinux: {partition: f}"),
               "145: SYSLINUX's boot code starts the active partition, and 'f' is not"},
        Defect{"TwoBootCodes",
               with_boot("syslinux: {partition: f}, grub: {platforms: [i386-pc], partition: e}",
                         ", active: true"),
               "159: GRUB for BIOS and SYSLINUX both want the boot code of the disk"},
        Defect{
            "OwnLoader",
            "table: gpt, partitions: [{name: esp, type: esp, size: 40M, filesystem: {type: fat32, "
            "files: {/EFI/BOOT/BOOTX64.EFI: /x}}}], grub: {platforms: [x86_64-efi], partition: "
            "esp}",
            "107: /EFI/BOOT/BOOTX64.EFI is GRUB, which the builder puts there"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bootproof
