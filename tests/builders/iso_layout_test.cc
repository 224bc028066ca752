#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "builders/tools.h"
#include "fixture.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

std::string output_of(std::vector<std::string> arguments) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.environment = {{"LC_ALL", "C.UTF-8"}, {"TZ", "UTC0"}, {"MTOOLSRC", "/dev/null"}};
  return run_program_or_throw(call, ErrorKind::kHost).output;
}

constexpr std::string_view kBios = "      bios: {image: /isolinux/isolinux.bin}\n";
constexpr std::string_view kUefi = "      uefi: {files: {/EFI/BOOT/BOOTX64.EFI: {path: loader}}}\n";
constexpr std::string_view kHybrid = "      hybrid: {mbr: boot-code, uefi_partition: true}\n";

/// Makes images in every layout out of files that are no real loaders, and asks programs that were
/// not written here what they see.
class IsoLayout : public FolderTest {
 protected:
  void SetUp() override {
    for (const std::string_view tool : {"xorriso", "mkfs.vfat", "mcopy"}) {
      try {
        static_cast<void>(tool_path(tool));
      } catch (const Error& error) {
        GTEST_SKIP() << error.what();
      }
    }
    constexpr std::size_t kImageSize = 5000;
    constexpr std::size_t kBootCodeSize = 432;
    write("isolinux.bin", std::string(kImageSize, 'i'));
    write("loader", "a loader");
    write("boot-code", std::string(kBootCodeSize, 'm'));
  }

  BuiltFile build(std::string_view keys, std::string_view files = "",
                  const std::string& cache = "cache") {
    const std::string text = fmt::format(
        "version: 1\nrecipes:\n  disc:\n    iso:\n      volume_id: DISC\n{}"
        "      files:\n        /isolinux/isolinux.bin: isolinux.bin\n{}",
        keys, files);
    RecipeBook book;
    book.load_text(text, (folder_ / "r.yaml").string());
    return Builder(book, folder_ / cache).build("disc");
  }

  static std::string report(const BuiltFile& image) {
    return output_of({"xorriso", "-no_rc", "-indev", image.path.string(), "-report_el_torito",
                      "plain", "-report_system_area", "plain"});
  }

  /// A file of the image, taken out by xorriso.
  fs::path extract(const BuiltFile& image, const std::string& path) const {
    fs::path target = folder_ / "extracted";
    fs::remove(target);
    output_of({"xorriso", "-no_rc", "-osirrox", "on", "-indev", image.path.string(), "-extract",
               path, target.string()});
    return target;
  }

  static std::string list(const BuiltFile& image) {
    return output_of(
        {"xorriso", "-no_rc", "-indev", image.path.string(), "-find", "/", "-exec", "lsdl"});
  }
};

TEST_F(IsoLayout, ForBiosHasAnEntryThatIsAFileOfTheMediumWithItsBootInfoTable) {
  const BuiltFile image = build(kBios);
  const std::string text = report(image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  BIOS  y   none  0x0000  0x00      4"));
  EXPECT_THAT(text, HasSubstr("El Torito img path :   1  /isolinux/isolinux.bin"));
  EXPECT_THAT(text, HasSubstr("El Torito img opts :   1  boot-info-table"));
  EXPECT_THAT(text, HasSubstr("El Torito cat path : /boot/boot.cat"));
  EXPECT_THAT(text, Not(HasSubstr("UEFI")));
  EXPECT_EQ(read(image.path).substr(0, 512), std::string(512, '\0'));
}

TEST_F(IsoLayout, ForUefiHasAnEntryThatIsAFatFileSystemWithTheFilesThatStandOnTheIso) {
  const BuiltFile image = build(kUefi);
  const std::string text = report(image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  UEFI  y   none"));
  EXPECT_THAT(text, HasSubstr("El Torito img path :   1  /boot/efi.img"));
  EXPECT_THAT(text, Not(HasSubstr("BIOS")));
  const fs::path fat = extract(image, "/boot/efi.img");
  EXPECT_EQ(output_of({"mtype", "-i", fat.string(), "::/EFI/BOOT/BOOTX64.EFI"}), "a loader");
  EXPECT_EQ(read(extract(image, "/EFI/BOOT/BOOTX64.EFI")), "a loader");
  EXPECT_EQ(read(image.path).substr(0, 512), std::string(512, '\0'));
}

TEST_F(IsoLayout, KeepsTheFilesForUefiOffTheIsoWhereItIsToldSo) {
  const BuiltFile image =
      build("      uefi: {files: {/EFI/x: loader}, also_on_iso: false, label: OTHER}\n");
  EXPECT_THAT(list(image), Not(HasSubstr("/EFI")));
  const fs::path fat = extract(image, "/boot/efi.img");
  EXPECT_EQ(output_of({"mlabel", "-s", "-i", fat.string()}), " Volume label is OTHER      \n");
}

TEST_F(IsoLayout, ForBothHasTwoEntriesAndNothingForAStick) {
  const BuiltFile image = build(fmt::format("{}{}", kBios, kUefi));
  const std::string text = report(image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  BIOS"));
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   2  UEFI"));
  EXPECT_EQ(read(image.path).substr(0, 512), std::string(512, '\0'));
}

TEST_F(IsoLayout, ThatIsHybridHasBootCodeAndAnEfiSystemPartition) {
  const BuiltFile image = build(fmt::format("{}{}{}", kBios, kUefi, kHybrid));
  const std::string text = report(image);
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   1  BIOS"));
  EXPECT_THAT(text, ContainsRegex("El Torito boot img :   2  UEFI"));
  EXPECT_THAT(text, HasSubstr("System area summary: MBR protective-msdos-label"));
  EXPECT_THAT(text, ContainsRegex("MBR partition +:   . +0x80 "));
  EXPECT_THAT(text, HasSubstr("GPT type GUID      :   2  28732ac11ff8d211ba4b00a0c93ec93b"));
  EXPECT_THAT(list(image), Not(HasSubstr("efi.img")));
  EXPECT_EQ(read(image.path).substr(0, 100), std::string(100, 'm'));
  EXPECT_THAT(output_of({"/usr/sbin/sgdisk", "-v", image.path.string()}),
              HasSubstr("No problems found"));
}

TEST_F(IsoLayout, ThatIsHybridForUefiAloneHasNoBootCode) {
  const BuiltFile image = build(fmt::format("{}      hybrid: {{uefi_partition: true}}\n", kUefi));
  EXPECT_THAT(report(image), HasSubstr("28732ac11ff8d211ba4b00a0c93ec93b"));
  EXPECT_EQ(read(image.path).substr(0, 440), std::string(440, '\0'));
}

TEST_F(IsoLayout, KeepsAnImageForUefiWhoseSizeTheCatalogCantTellWithinTheVolume) {
  constexpr std::uintmax_t kMore = std::uintmax_t{33} << 20U;  // Than 65535 sectors of 512 bytes.
  write("large", "");
  fs::resize_file(folder_ / "large", kMore);
  constexpr std::string_view kLarge =
      "      uefi: {files: {/EFI/BOOT/BOOTX64.EFI: {path: loader}, /large: {path: large}}, "
      "also_on_iso: false}\n";
  const BuiltFile stick = build(fmt::format("{}      hybrid: {{uefi_partition: true}}\n", kLarge));
  EXPECT_THAT(report(stick),
              HasSubstr("GPT type GUID      :   2  28732ac11ff8d211ba4b00a0c93ec93b"));
  EXPECT_THAT(list(stick), HasSubstr("efi.img"));
  const BuiltFile both = build(fmt::format("{}{}{}", kBios, kLarge, kHybrid));
  EXPECT_THAT(report(both), ContainsRegex("MBR partition +:   2 +0x00  0xef"));
  EXPECT_THAT(list(both), HasSubstr("efi.img"));
}

TEST_F(IsoLayout, OfDataAloneHasNeitherBootCatalogNorPartitions) {
  const BuiltFile image = build("      joliet: true\n");
  EXPECT_THAT(report(image), Not(HasSubstr("El Torito")));
  const std::string bytes = read(image.path);
  EXPECT_EQ(bytes.substr(0, 32768), std::string(32768, '\0'));
}

TEST_F(IsoLayout, HasJolietAndRockRidgeWhereTheyAreAskedFor) {
  constexpr std::string_view kLongName = "        /a long name.text: loader\n";
  const auto list_by = [&](const BuiltFile& image, const std::string& tree) {
    std::vector<std::string> command{"isoinfo", "-i", image.path.string(), "-f"};
    if (!tree.empty()) {
      command.push_back(tree);
    }
    return output_of(command);
  };
  const BuiltFile both = build("      joliet: true\n", kLongName);
  EXPECT_THAT(list_by(both, "-J"), HasSubstr("/a long name.text"));
  EXPECT_THAT(list_by(both, "-R"), HasSubstr("/a long name.text"));
  const BuiltFile none = build("      iso_level: 1\n      rock_ridge: false\n", kLongName);
  EXPECT_THAT(list_by(none, "-R"), HasSubstr("/A_LONG_N.TEX;1"));
  EXPECT_THAT(list_by(none, "-R"), Not(HasSubstr("long")));
  EXPECT_NE(read(both.path).find("%/E", 17 * 2048), std::string::npos);
  EXPECT_EQ(read(none.path).find("%/E", 17 * 2048), std::string::npos);
}

TEST_F(IsoLayout, TakesOwnersPermissionsAndLinksFromTheRecipeNotFromTheHost) {
  write("tree/folder/script", "#!/bin/sh\n");
  fs::permissions(folder_ / "tree/folder/script", fs::perms{0750});
  fs::permissions(folder_ / "tree/folder", fs::perms{0711});
  fs::create_symlink("../nowhere", folder_ / "tree/it's [a] link");
  fs::permissions(folder_ / "loader", fs::perms{0600});
  output_of({"tar", "-C", (folder_ / "tree").string(), "--owner=1000", "--group=100", "-cf",
             (folder_ / "tree.tar").string(), "."});
  const BuiltFile image =
      build("      trees: {tar: tree.tar, at: /t}\n", "        /plain: loader\n");
  const std::string text = list(image);
  EXPECT_THAT(text, ContainsRegex("drwx--x--x +1 1000 +100 .*'/t/folder'"));
  EXPECT_THAT(text, ContainsRegex("-rwxr-x--- +1 1000 +100 .*'/t/folder/script'"));
  EXPECT_THAT(text, ContainsRegex("lrwxrwxrwx +1 1000 +100 .*link' -> '../nowhere'"));
  EXPECT_THAT(text, ContainsRegex("-rw-r--r-- +1 0 +0 .*'/plain'"));
  EXPECT_THAT(text, ContainsRegex("drwxr-xr-x +1 0 +0 .*'/'"));
}

TEST_F(IsoLayout, IsTheSameByteForByteFromAnotherCache) {
  const std::string keys = fmt::format("{}{}{}      joliet: true\n", kBios, kUefi, kHybrid);
  const BuiltFile first = build(keys);
  write("filler-that-takes-the-inode", "x");
  fs::remove(folder_ / "loader");
  write("loader", "a loader");
  const BuiltFile second = build(keys, "", "other cache");
  EXPECT_FALSE(second.from_cache);
  EXPECT_EQ(first.sha256, second.sha256);
}

TEST_F(IsoLayout, IsBuiltAnewWhereAnythingOfItChanges) {
  const std::set<std::string> digests{
      build(kBios).sha256,
      build(kUefi).sha256,
      build(fmt::format("{}{}", kBios, kUefi)).sha256,
      build(fmt::format("{}{}      hybrid: {{mbr: boot-code}}\n", kBios, kUefi)).sha256,
      build(fmt::format("{}{}      hybrid: {{uefi_partition: true}}\n", kBios, kUefi)).sha256,
      build(fmt::format("{}{}{}", kBios, kUefi, kHybrid)).sha256,
      build("      joliet: true\n").sha256,
      build("      iso_level: 1\n").sha256,
      build("      rock_ridge: false\n").sha256,
      build("      uefi: {files: {/EFI/BOOT/BOOTX64.EFI: loader}, label: OTHER}\n").sha256,
  };
  EXPECT_EQ(digests.size(), 10U);
}

TEST_F(IsoLayout, PointsAtAnImageForBiosThatNoTreeHas) {
  write("tree/x", "x");
  const std::string text = error_text([&] {
    static_cast<void>(build("      bios: {image: /t/y}\n      trees: {folder: tree, at: /t}\n"));
  });
  EXPECT_THAT(text, HasSubstr("r.yaml:6:21: /t/y is not among the files of the medium"));
}

TEST_F(IsoLayout, PointsAtAnImageForBiosThatIsTooSmall) {
  const std::string text = error_text(
      [&] { static_cast<void>(build("      bios: {image: /l}\n", "        /l: loader\n")); });
  EXPECT_THAT(text, HasSubstr("r.yaml:6:21: /l has 8 bytes, too few for a boot info table"));
}

TEST_F(IsoLayout, PointsAtBootCodeThatDoesNotFitTheMbr) {
  write("boot-code", std::string(441, 'm'));
  const std::string text =
      error_text([&] { static_cast<void>(build(fmt::format("{}{}{}", kBios, kUefi, kHybrid))); });
  EXPECT_THAT(text, HasSubstr("r.yaml:8:21: "));
  EXPECT_THAT(text, HasSubstr("boot-code has 441 bytes, boot code in the MBR at most 440"));
}

TEST_F(IsoLayout, RefusesATreeWithAFileInThePlaceOfTheBuilders) {
  write("tree/boot.cat", "x");
  const auto built_from = [&](std::string_view at) {
    return error_text([&] {
      static_cast<void>(build(fmt::format("{}      trees: {{folder: tree, at: {}}}\n", kBios, at)));
    });
  };
  EXPECT_THAT(
      built_from("/boot"),
      HasSubstr(": /boot/boot.cat is in the place of /boot/boot.cat, which the builder writes"));
  fs::rename(folder_ / "tree/boot.cat", folder_ / "tree/boot");
  EXPECT_THAT(built_from("/"),
              HasSubstr(": /boot is in the place of /boot/boot.cat, which the builder writes"));
}

TEST_F(IsoLayout, PointsAtATreeForUefiThatHoldsNothing) {
  fs::create_directories(folder_ / "empty");
  const std::string text =
      error_text([&] { static_cast<void>(build("      uefi: {trees: {folder: empty}}\n")); });
  EXPECT_THAT(text, HasSubstr("r.yaml:6:13: the trees of 'uefi' hold nothing"));
}

TEST_F(IsoLayout, RefusesATreeThatHasAFileOfUefi) {
  write("tree/EFI/BOOT/BOOTX64.EFI", "another");
  const std::string text = error_text(
      [&] { static_cast<void>(build(fmt::format("{}      trees: {{folder: tree}}\n", kUefi))); });
  EXPECT_THAT(text, HasSubstr("/EFI/BOOT/BOOTX64.EFI is among the files of the ISO already"));
}

}  // namespace
}  // namespace bootproof
