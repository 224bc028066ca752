#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <optional>
#include <string>
#include <vector>

#include "builders/disk_boot_code.h"
#include "builders/tools.h"
#include "fixture.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::uint64_t kMebibyte = 1U << 20U;

ProgramResult result_of(std::vector<std::string> arguments) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC0"}, {"MTOOLSRC", "/dev/null"}};
  return value_or_throw(run_program(call));
}

std::string output_of(std::vector<std::string> arguments) {
  const ProgramResult result = result_of(std::move(arguments));
  return result.output + result.error_output;
}

/// Makes images and asks programs that were not written here what they see.
class DiskTest : public FolderTest {
 protected:
  void SetUp() override {
    for (const std::string_view tool :
         {"mkfs.vfat", "mcopy", "mke2fs", "syslinux", "qemu-img", "grub-mkimage"}) {
      try {
        static_cast<void>(tool_path(tool));
      } catch (const Error& error) {
        GTEST_SKIP() << error.what();
      }
    }
    for (const std::string_view tool :
         {"/usr/sbin/sgdisk", "/usr/sbin/sfdisk", "/usr/sbin/fsck.fat", "/usr/sbin/e2fsck",
          "/usr/sbin/debugfs", "/usr/lib/syslinux/mbr/mbr.bin", "/usr/lib/grub/i386-pc/boot.img",
          "/usr/lib/grub/x86_64-efi/moddep.lst"}) {
      if (!fs::exists(tool)) {
        GTEST_SKIP() << tool << " is missing: see packages.txt";
      }
    }
  }

  /// Builds `disk`, the text below `disk:` in one line, in a cache of the test.
  BuiltFile build(const std::string& disk, const std::string& cache = "cache") const {
    RecipeBook book;
    book.load_text("version: 1\nrecipes:\n  a: {disk: {" + disk + "}}\n",
                   (folder_ / "r.yaml").string());
    return Builder(book, folder_ / cache).build("a");
  }

  /// A part of an image as a file of its own.
  fs::path part(const fs::path& image, std::uint64_t start, std::uint64_t size) const {
    return write(fmt::format("part-{}", start), read(image).substr(start, size));
  }

  static void expect_sound_fat(const fs::path& image) {
    const ProgramResult check = result_of({"/usr/sbin/fsck.fat", "-n", image.string()});
    EXPECT_EQ(check.exit_code, 0) << check.output << check.error_output;
  }
  static void expect_sound_ext(const fs::path& image) {
    const ProgramResult check = result_of({"/usr/sbin/e2fsck", "-fn", image.string()});
    EXPECT_EQ(check.exit_code, 0) << check.output << check.error_output;
  }
  static void expect_sound_gpt(const fs::path& image) {
    EXPECT_THAT(output_of({"/usr/sbin/sgdisk", "-v", image.string()}),
                HasSubstr("No problems found"));
    const ProgramResult check = result_of({"/usr/sbin/sfdisk", "--verify", image.string()});
    EXPECT_EQ(check.exit_code, 0) << check.output << check.error_output;
  }

  /// A tar archive with owners, a device node and a link.
  void write_tar() const {
    archive* const out = archive_write_new();
    archive_write_set_format_pax_restricted(out);
    ASSERT_EQ(archive_write_open_filename(out, (folder_ / "root.tar").c_str()), ARCHIVE_OK);
    const auto add = [&](const char* name, unsigned mode, unsigned owner, std::string_view text) {
      archive_entry* const entry = archive_entry_new();
      archive_entry_set_pathname(entry, name);
      archive_entry_set_mode(entry, mode);
      archive_entry_set_uid(entry, owner);
      archive_entry_set_gid(entry, owner + 1);
      if (S_ISLNK(mode)) {
        archive_entry_set_symlink(entry, std::string(text).c_str());
      } else if (S_ISREG(mode)) {
        archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
      } else if (S_ISCHR(mode)) {
        archive_entry_set_rdevmajor(entry, 5);
        archive_entry_set_rdevminor(entry, 1);
      } else if (S_ISBLK(mode)) {
        archive_entry_set_rdevmajor(entry, 259);
        archive_entry_set_rdevminor(entry, 300);
      }
      ASSERT_EQ(archive_write_header(out, entry), ARCHIVE_OK) << archive_error_string(out);
      if (S_ISREG(mode)) {
        archive_write_data(out, text.data(), text.size());
      }
      archive_entry_free(entry);
    };
    add("home", S_IFDIR | 0750U, 1000, "");
    add("home/file", S_IFREG | 04711U, 100000, "from a tar\n");
    add("home/link", S_IFLNK | 0777U, 7, "a/target/that/is/not/there");
    add("dev/console", S_IFCHR | 0600U, 0, "");
    add("dev/large", S_IFBLK | 0660U, 0, "");
    add("dev/pipe", S_IFIFO | 0644U, 3, "");
    archive_write_close(out);
    archive_write_free(out);
  }

  static constexpr std::string_view kGpt =
      "table: gpt, partitions: [{name: bios, type: bios-boot, size: 1M}, {name: root, number: 3, "
      "type: root-x86_64, size: 16M, filesystem: {type: ext4, label: root, files: {/etc/motd: "
      "{text: hello}}}}, {name: esp, number: 2, type: esp, size: 34M, filesystem: {type: fat32, "
      "label: ESP, "
      "files: {/Loader/a-Long-Name.conf: {text: x}}}}], grub: {platforms: [i386-pc, x86_64-efi], "
      "partition: root, grub_cfg: 'set x=1'}";
};

TEST_F(DiskTest, GptPassesTheCheckersOfOthers) {
  const BuiltFile image = build("size: 64M, " + std::string(kGpt));
  EXPECT_EQ(image.size, 64 * kMebibyte);
  expect_sound_gpt(image.path);
  const std::string table = output_of({"/usr/sbin/sfdisk", "-d", image.path.string()});
  EXPECT_THAT(table, HasSubstr("1 : start=        2048, size=        2048, "
                               "type=21686148-6449-6E6F-744E-656564454649"));
  EXPECT_THAT(table, HasSubstr("3 : start=        4096, size=       32768, "
                               "type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709"));
  expect_sound_ext(part(image.path, 2 * kMebibyte, 16 * kMebibyte));
  expect_sound_fat(part(image.path, 18 * kMebibyte, 34 * kMebibyte));
}

TEST_F(DiskTest, HoldsItsFilesWithGrubAmongThem) {
  const BuiltFile image = build(std::string(kGpt));
  const fs::path root = part(image.path, 2 * kMebibyte, 16 * kMebibyte);
  EXPECT_THAT(output_of({"/usr/sbin/debugfs", "-R", "cat /etc/motd", root.string()}),
              HasSubstr("hello"));
  EXPECT_THAT(output_of({"/usr/sbin/debugfs", "-R", "cat /boot/grub/grub.cfg", root.string()}),
              HasSubstr("set x=1"));
  const std::string esp = fmt::format("{}@@{}", image.path.string(), 18 * kMebibyte);
  EXPECT_EQ(output_of({"mdir", "-b", "-/", "-i", esp, "::"}),
            "::/EFI/\n::/Loader/\n::/EFI/BOOT/\n::/EFI/BOOT/BOOTX64.EFI\n"
            "::/Loader/a-Long-Name.conf\n");
}

TEST_F(DiskTest, IsTheSameByteForByteFromAnotherCache) {
  write_tar();
  const std::string recipe =
      "table: mbr, partitions: [{name: a, active: true, size: 16M, filesystem: {type: fat16, "
      "files: "
      "{/x/b: {text: b}, /x/a: {text: a}, /c: {text: c}}}}, {name: b, size: 16M, filesystem: "
      "{type: "
      "ext4, trees: [{tar: root.tar}]}}, {name: c, size: 2M, filesystem: {type: ext2, trees: "
      "[{tar: "
      "root.tar}]}}], syslinux: {partition: a, folder: /x}";
  const BuiltFile first = build(recipe);
  const BuiltFile second = build(recipe, "other");
  EXPECT_FALSE(second.from_cache);
  EXPECT_EQ(first.sha256, second.sha256);
  EXPECT_EQ(build("size: 64M, " + std::string(kGpt)).sha256,
            build("size: 64M, " + std::string(kGpt), "other").sha256);
}

class ExtKind : public DiskTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(ExtKind, KeepsOwnersModesAndNodesOfAnArchive) {
  write_tar();
  const BuiltFile image =
      build(fmt::format("table: none, partitions: [{{name: a, size: 8M, filesystem: {{type: {}, "
                        "label: a-label, uuid: "
                        "01234567-89ab-cdef-0123-456789abcdef, trees: [{{tar: root.tar}}]}}}}]",
                        GetParam()));
  expect_sound_ext(image.path);
  const auto stat = [&](const std::string& path) {
    return output_of({"/usr/sbin/debugfs", "-R", "stat " + path, image.path.string()});
  };
  EXPECT_THAT(stat("/home"), HasSubstr("Type: directory    Mode:  0750"));
  EXPECT_THAT(stat("/home"), HasSubstr("User:  1000   Group:  1001"));
  EXPECT_THAT(stat("/home/file"), HasSubstr("Type: regular    Mode:  04711"));
  EXPECT_THAT(stat("/home/file"), HasSubstr("User: 100000   Group: 100001"));
  EXPECT_THAT(stat("/home/file"), HasSubstr("mtime: 0x65920080"));
  EXPECT_THAT(stat("/home/link"), HasSubstr("Fast link dest: \"a/target/that/is/not/there\""));
  EXPECT_THAT(stat("/dev/console"), HasSubstr("Type: character special    Mode:  0600"));
  EXPECT_THAT(stat("/dev/console"), HasSubstr("Device major/minor number: 05:01"));
  EXPECT_THAT(stat("/dev/large"), HasSubstr("Device major/minor number: 259:300"));
  EXPECT_THAT(stat("/dev/pipe"), HasSubstr("Type: FIFO"));
  EXPECT_THAT(output_of({"blkid", "-o", "export", "-p", image.path.string()}),
              HasSubstr("LABEL=a-label\nUUID=01234567-89ab-cdef-0123-456789abcdef\n"));
}

INSTANTIATE_TEST_SUITE_P(Each, ExtKind, ::testing::Values("ext2", "ext3", "ext4"),
                         [](const auto& test) { return std::string(test.param); });

TEST_F(DiskTest, FillsAnExtFolderOfManyBlocks) {
  constexpr int kCount = 400;
  for (int i = 0; i < kCount; ++i) {
    write(fmt::format("tree/a-name-that-takes-its-room-in-the-folder-{}", i), std::to_string(i));
  }
  write("tree/large", std::string(3 * kMebibyte, 'x'));
  const BuiltFile image = build(
      "table: none, partitions: [{name: a, size: 8M, filesystem: {type: ext2, trees: [{folder: "
      "tree}]}}]");
  expect_sound_ext(image.path);
  EXPECT_THAT(output_of({"/usr/sbin/debugfs", "-R",
                         "cat /a-name-that-takes-its-room-in-the-folder-399", image.path.string()}),
              HasSubstr("399"));
}

struct FatSize {
  const char* type;
  unsigned sector_size;
  unsigned mebibytes;
};

class FatKind : public DiskTest, public ::testing::WithParamInterface<FatSize> {};

TEST_P(FatKind, HasTheClustersOfItsTypeAtItsLimit) {
  const FatSize& fat = GetParam();
  const BuiltFile image = build(fmt::format(
      "table: none, sector_size: {}, partitions: [{{name: a, size: {}M, filesystem: {{type: {}, "
      "label: A LABEL, uuid: 1234-ABCD, files: {{/folder/file: {{text: x}}}}}}}}]",
      fat.sector_size, fat.mebibytes, fat.type));
  expect_sound_fat(image.path);
  const std::string found = output_of({"blkid", "-o", "export", "-p", image.path.string()});
  EXPECT_THAT(found, HasSubstr("UUID=1234-ABCD"));
  const std::string verbose = output_of({"/usr/sbin/fsck.fat", "-nv", image.path.string()});
  const std::string bits = std::string(fat.type).substr(3);
  EXPECT_THAT(verbose, HasSubstr(bits + " bit entries"));
  EXPECT_EQ(output_of({"mdir", "-b", "-/", "-i", image.path.string(), "::"}),
            "::/folder/\n::/folder/file\n");
}

INSTANTIATE_TEST_SUITE_P(Each, FatKind,
                         ::testing::Values(FatSize{"fat12", 512, 1}, FatSize{"fat12", 512, 127},
                                           FatSize{"fat16", 512, 3}, FatSize{"fat16", 512, 2047},
                                           FatSize{"fat32", 512, 33}, FatSize{"fat32", 512, 600},
                                           FatSize{"fat12", 4096, 8}, FatSize{"fat16", 4096, 17},
                                           FatSize{"fat32", 4096, 257}),
                         [](const auto& test) {
                           return fmt::format("{}On{}With{}M", test.param.type,
                                              test.param.sector_size, test.param.mebibytes);
                         });

TEST_F(DiskTest, PutsGrubForBiosBetweenMbrAndFirstPartition) {
  const BuiltFile image = build(
      "table: mbr, partitions: [{name: a, size: 2M, filesystem: {type: ext2}}], grub: {platforms: "
      "[i386-pc], partition: a}");
  const std::string bytes = read(image.path);
  const std::string boot = read("/usr/lib/grub/i386-pc/boot.img");
  EXPECT_EQ(bytes.substr(0, 0x5c), boot.substr(0, 0x5c));
  EXPECT_EQ(bytes.substr(0x5c, 8), std::string("\1\0\0\0\0\0\0\0", 8));  // Core in sector 1.
  EXPECT_EQ(bytes.substr(0x66, 2), "\x90\x90");
  EXPECT_EQ(bytes.substr(0x68, 440 - 0x68), boot.substr(0x68, 440 - 0x68));
  const std::string loader = read("/usr/lib/grub/i386-pc/diskboot.img");
  EXPECT_EQ(bytes.substr(512, 500), loader.substr(0, 500));
  EXPECT_EQ(bytes.substr(512 + 500, 8), std::string("\2\0\0\0\0\0\0\0", 8));
  EXPECT_NE(bytes.substr(512 + 508, 2), std::string(2, '\0'));
}

TEST_F(DiskTest, RefusesACoreImageThatDoesNotFit) {
  EXPECT_THAT(error_text([] { grub_stages(std::string(512, 'x'), std::string(1024, 'x'), 1); }),
              HasSubstr("boot.img and core image are not those of GRUB 2.06"));
}

TEST_F(DiskTest, PutsSyslinuxIntoItsPartition) {
  const BuiltFile image = build(
      "table: mbr, partitions: [{name: a, size: 34M, active: true, filesystem: {type: fat32, "
      "files: "
      "{/boot/syslinux.cfg: {text: x}}}}], syslinux: {partition: a, folder: /boot}");
  const std::string bytes = read(image.path);
  EXPECT_EQ(bytes.substr(0, 440), read("/usr/lib/syslinux/mbr/mbr.bin"));
  EXPECT_EQ(bytes.substr(kMebibyte + 3, 8), "SYSLINUX");
  const std::string place = fmt::format("{}@@{}", image.path.string(), kMebibyte);
  EXPECT_THAT(output_of({"mdir", "-a", "-b", "-i", place, "::/boot"}),
              ::testing::AllOf(HasSubstr("ldlinux.sys"), HasSubstr("ldlinux.c32")));
  expect_sound_fat(part(image.path, kMebibyte, 34 * kMebibyte));
  const ProgramResult check = result_of({"/usr/sbin/sfdisk", "--verify", image.path.string()});
  EXPECT_EQ(check.exit_code, 0) << check.output << check.error_output;
}

TEST_F(DiskTest, OnSectorsOf4096BytesHasItsTableThere) {
  const BuiltFile image = build(
      "table: gpt, sector_size: 4096, partitions: [{name: a, size: 32M, filesystem: {type: "
      "fat16}}, "
      "{name: b, size: 16M, filesystem: {type: ext4}}]");
  const std::string bytes = read(image.path);
  EXPECT_EQ(bytes.substr(4096, 8), "EFI PART");
  EXPECT_EQ(bytes.substr(bytes.size() - 4096, 8), "EFI PART");
  expect_sound_fat(part(image.path, kMebibyte, 32 * kMebibyte));
  expect_sound_ext(part(image.path, 33 * kMebibyte, 16 * kMebibyte));
}

TEST_F(DiskTest, MovesTheBackupOfAWrittenImageAndAddsAPartition) {
  const BuiltFile small = build("size: 8M, table: gpt, partitions: [{name: old, size: 4M}]");
  const BuiltFile image = build(fmt::format(
      "written: {}, size: 64M, partitions: [{{name: data, number: 2, filesystem: {{type: ext4}}}}]",
      small.path.string()));
  expect_sound_gpt(image.path);
  const std::string table = output_of({"/usr/sbin/sfdisk", "-d", image.path.string()});
  EXPECT_THAT(table, HasSubstr("1 : start=        2048, size=        8192"));
  EXPECT_THAT(table, HasSubstr("2 : start=       16384, size=      112640"));
  EXPECT_EQ(read(image.path).substr(kMebibyte, 7 * kMebibyte),
            read(small.path).substr(kMebibyte, 7 * kMebibyte));
}

TEST_F(DiskTest, RefusesANumberThatAWrittenImageHas) {
  const BuiltFile small = build("table: gpt, partitions: [{name: old, size: 4M}]");
  EXPECT_THAT(error_text([&] {
                build(fmt::format("written: {}, partitions: [{{name: data, size: 1M}}]",
                                  small.path.string()));
              }),
              HasSubstr("the written image's GPT has no free entry 1"));
}

TEST_F(DiskTest, ComesAsQcow2WithTheSameBytes) {
  const std::string recipe =
      "table: mbr, partitions: [{name: a, size: 2M, filesystem: {type: ext2}}]";
  const BuiltFile raw = build(recipe);
  const BuiltFile qcow2 = build(recipe + ", format: qcow2");
  EXPECT_EQ(qcow2.path.extension(), ".qcow2");
  EXPECT_THAT(output_of({"qemu-img", "compare", raw.path.string(), qcow2.path.string()}),
              HasSubstr("Images are identical."));
  EXPECT_EQ(build(recipe + ", format: qcow2", "other").sha256, qcow2.sha256);
}

TEST_F(DiskTest, IsSparse) {
  const BuiltFile image = build(
      "table: gpt, size: 2G, partitions: [{name: a, filesystem: {type: ext4}}, {name: b, size: "
      "34M, "
      "filesystem: {type: fat32}}]");
  struct stat status {};
  ASSERT_EQ(::stat(image.path.c_str(), &status), 0);
  EXPECT_LT(static_cast<std::uint64_t>(status.st_blocks) * 512, 4 * kMebibyte);
}

/// What does not go into a file system, and what is said about it.
struct Misfit {
  std::string name;
  std::string file_system;
  std::string message;
  int column = 72;  ///< Of the file system; of the file where it alone is to blame.
};

void PrintTo(const Misfit& misfit, std::ostream* stream) { *stream << misfit.name; }

class DiskMisfit : public DiskTest, public ::testing::WithParamInterface<Misfit> {};

TEST_P(DiskMisfit, IsRefusedWithItsPlaceAndLeavesNothing) {
  write_tar();
  write("large", std::string(3 * kMebibyte, 'x'));
  write("half", std::string(5 * kMebibyte / 4, 'x'));
  const std::string text = error_text([&] {
    build("table: none, partitions: [{name: a, size: 2M, filesystem: {" + GetParam().file_system +
          "}}]");
  });
  EXPECT_EQ(text.substr(0, text.find('\n')),
            fmt::format("{}:3:{}: {}", (folder_ / "r.yaml").string(), GetParam().column,
                        GetParam().message));
  EXPECT_FALSE(fs::exists(folder_ / "cache/built") && !fs::is_empty(folder_ / "cache/built"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/work"));
}

INSTANTIATE_TEST_SUITE_P(
    Table, DiskMisfit,
    ::testing::Values(
        Misfit{"LargeForExt", "type: ext2, files: {/large: large}",
               "/large has 3 MiB, the whole ext2 of 'a' has room for 1998 KiB", 101},
        Misfit{"LargeForFat", "type: fat12, files: {/large: large}",
               "/large has 3 MiB, the whole fat12 of 'a' has room for 2025 KiB", 102},
        Misfit{
            "ManyForExt", "type: ext2, files: {/a: half, /b: half}",
            "the files of 'a' need 2574 KiB, its ext2 has room for 1998 KiB: 576 KiB too little"},
        Misfit{
            "ManyForFat", "type: fat12, files: {/a: half, /b: half}",
            "the files of 'a' need 2560 KiB, its fat12 has room for 2025 KiB: 535 KiB too little"},
        Misfit{"LinkOnFat", "type: fat12, files: {/a: {link: b}}",
               "/a is a link, and FAT holds files and folders alone"},
        Misfit{"NodeOnFat", "type: fat12, trees: [{tar: root.tar}]",
               "/dev/console is a device node or pipe, and FAT holds files and folders alone"},
        Misfit{"CaseOnFat", "type: fat12, files: {/a: {text: x}, /A: {text: x}}",
               "/A and /a are one name on FAT"},
        Misfit{
            "NameOnFat", "type: fat12, files: {'/a:b': {text: x}}",
            "/a:b holds a character that is not written to FAT: one of \" * : < > ? \\ | [ ], or "
            "one that is not ASCII"}),
    [](const auto& test) { return test.param.name; });

TEST_F(DiskTest, RefusesRawBytesThatDoNotFit) {
  write("large", std::string(3 * kMebibyte, 'x'));
  EXPECT_THAT(
      error_text([&] { build("table: gpt, partitions: [{name: a, size: 2M, raw: large}]"); }),
      HasSubstr("large has 3 MiB, 'a' 2 MiB: 1 MiB too little"));
}

TEST_F(DiskTest, PutsRawBytesWhereTheirPartitionIs) {
  write("raw", "these bytes");
  const BuiltFile image = build("table: gpt, partitions: [{name: a, size: 2M, raw: raw}]");
  EXPECT_EQ(read(image.path).substr(kMebibyte, 11), "these bytes");
}

}  // namespace
}  // namespace bootproof
