#include "builders/recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "fixture.h"

namespace bootproof {
namespace {

constexpr std::string_view kWhole = R"(version: 1
recipes:
  shell:
    initramfs:
      busybox: {package: busybox-static, architecture: arm64, file: /bin/busybox}
      architecture: aarch64
      compression: zstd
      init: |
        #!/bin/sh
      files:
        /etc/motd: {text: "hello\n"}
        /bin/tool: {text: "#!/bin/sh\n", mode: '0755'}
  disc:
    iso:
      volume_id: A disc 1.0
      grub: [x86_64-efi, i386-pc]
      grub_cfg: ""
      files:
        /initrd: {build: shell}
        /boot/vmlinuz: kernel/vmlinuz
)";

TEST(RecipeBook, ReadsEveryKeyOfAnInitramfs) {
  RecipeBook book;
  book.load_text(kWhole, "/r/recipes.yaml");
  const auto& shell = std::get<InitramfsRecipe>(book.find("shell")->body);
  const auto& busybox = std::get<PackageFile>(shell.busybox.source);
  EXPECT_EQ(busybox.architecture, "arm64");
  EXPECT_EQ(shell.architecture, Architecture::kAarch64);
  EXPECT_EQ(shell.compression, Compression::kZstd);
  EXPECT_EQ(shell.init, "#!/bin/sh\n");
  ASSERT_EQ(shell.files.files.size(), 2U);
  EXPECT_EQ(shell.files.files[0].path, "/bin/tool");
  EXPECT_EQ(shell.files.files[0].mode, 0755U);
  EXPECT_EQ(std::get<std::string>(shell.files.files[1].content), "hello\n");
  EXPECT_FALSE(shell.files.files[1].mode.has_value());
}

TEST(RecipeBook, ReadsEveryKeyOfAnIso) {
  RecipeBook book;
  book.load_text(kWhole, "/r/recipes.yaml");
  const auto& disc = std::get<IsoRecipe>(book.find("disc")->body);
  EXPECT_EQ(disc.volume_id, "A disc 1.0");
  EXPECT_THAT(disc.grub, ::testing::ElementsAre(GrubPlatform::kI386Pc, GrubPlatform::kX86_64Efi));
  EXPECT_EQ(disc.grub_cfg, "");
  ASSERT_EQ(disc.files.files.size(), 2U);
  EXPECT_EQ(
      std::get<std::filesystem::path>(std::get<FileSource>(disc.files.files[0].content).source),
      "/r/kernel/vmlinuz");
  EXPECT_EQ(std::get<RecipeName>(std::get<FileSource>(disc.files.files[1].content).source).name,
            "shell");
}

TEST(RecipeBook, NamesItsRecipesInOrderAndKnowsNoOthers) {
  RecipeBook book;
  book.load_text(kWhole, "recipes.yaml");
  EXPECT_THAT(book.names(), ::testing::ElementsAre("disc", "shell"));
  EXPECT_EQ(book.find("other"), nullptr);
}

TEST(RecipeBook, TakesTheRecipesOfIncludedFilesOnce) {
  const testing::TemporaryFolder folder;
  const auto other = folder.write(
      "sub/b.yaml", "version: 1\ninclude: ../a.yaml\nrecipes:\n  b: {iso: {volume_id: B}}\n");
  const auto file = folder.write(
      "a.yaml", "version: 1\ninclude: [sub/b.yaml]\nrecipes:\n  a: {iso: {volume_id: A}}\n");
  RecipeBook book;
  book.load(file);
  book.load(other);
  EXPECT_THAT(book.names(), ::testing::ElementsAre("a", "b"));
}

TEST(RecipeBook, PointsAtAnIncludedFileThatIsMissing) {
  const testing::TemporaryFolder folder;
  const auto file = folder.write("a.yaml", "version: 1\ninclude: [none.yaml]\nrecipes: {}\n");
  RecipeBook book;
  EXPECT_THAT(error_text([&] { book.load(file); }),
              ::testing::StartsWith(file.string() + ":2:11: " +
                                    (folder.path() / "none.yaml").string() + ": no such file"));
}

TEST(RecipeBook, RefusesANameThatAnEarlierFileHasAndStaysAsItWas) {
  RecipeBook book;
  book.load_text(kWhole, "first.yaml");
  const std::string text = error_text([&] {
    book.load_text(R"(version: 1
recipes:
  another: {iso: {volume_id: X}}
  disc: {iso: {volume_id: Y}}
)",
                   "second.yaml");
  });
  EXPECT_EQ(text,
            "second.yaml:4:3: recipe 'disc' is there already: first.yaml:14\n"
            "      disc: {iso: {volume_id: Y}}\n"
            "      ^\n"
            "give one of the two another name");
  EXPECT_EQ(book.find("another"), nullptr);
}

using RecipeFile = FolderTest;

TEST_F(RecipeFile, IsLoadedOnceHoweverOftenItIsNamed) {
  const auto file = write("recipes.yaml", kWhole);
  RecipeBook book;
  book.load(file);
  book.load(folder_ / "." / "recipes.yaml");
  EXPECT_EQ(book.names().size(), 2U);
}

TEST_F(RecipeFile, ThatIsMissingIsRefused) {
  RecipeBook book;
  EXPECT_THAT(error_text([&] { book.load(folder_ / "none.yaml"); }),
              ::testing::HasSubstr("none.yaml: no such file"));
}

TEST(RecipeBook, ReadsTheShippedRecipes) {
  RecipeBook book;
  book.load(BOOTPROOF_SOURCE_DIR "/scenarios/quickstart-media.yaml");
  EXPECT_THAT(book.names(),
              ::testing::ElementsAre("bios-only", "busybox-aarch64", "busybox-x86_64",
                                     "installer-amd64", "installer-arm64", "panic-x86_64"));
}

TEST(RecipeBook, ReadsTheShippedPayload) {
  RecipeBook book;
  book.load(BOOTPROOF_SOURCE_DIR "/scenarios/payload-recipes.yaml");
  EXPECT_THAT(
      book.names(),
      ::testing::IsSupersetOf({"shell-x86_64", "shell-aarch64", "mdev-usb-x86_64",
                               "mdev-usb-aarch64", "root-by-label-x86_64", "root-by-label-aarch64",
                               "root-x86_64", "root-aarch64", "uki-x86_64", "uki-aarch64"}));
}

TEST(RecipeBook, ReadsEveryKeyOfAUnifiedKernelImage) {
  RecipeBook book;
  book.load_text(R"(version: 1
recipes:
  image:
    uki:
      stub: /stub
      kernel: /kernel
      initrd: [/a, {build: b}]
      command_line: quiet
      os_release: ID=x
      uname: 6.1
      sign: {key: /key, certificate: /pem, passphrase: word}
  program:
    signed: {program: /p, key: /key, certificate: /pem}
)",
                 "r.yaml");
  const auto& uki = std::get<UkiRecipe>(book.find("image")->body);
  EXPECT_EQ(std::get<std::filesystem::path>(uki.stub.source), "/stub");
  EXPECT_EQ(std::get<std::filesystem::path>(uki.kernel.source), "/kernel");
  ASSERT_EQ(uki.initrds.size(), 2U);
  EXPECT_EQ(std::get<RecipeName>(uki.initrds[1].source).name, "b");
  EXPECT_EQ(uki.command_line, "quiet");
  EXPECT_EQ(uki.os_release, "ID=x");
  EXPECT_EQ(uki.uname, "6.1");
  ASSERT_TRUE(uki.sign.has_value());
  EXPECT_EQ(std::get<std::filesystem::path>(uki.sign->key.source), "/key");
  EXPECT_EQ(uki.sign->passphrase, "word");
  const auto& program = std::get<SignedRecipe>(book.find("program")->body);
  EXPECT_EQ(std::get<std::filesystem::path>(program.program.source), "/p");
  EXPECT_FALSE(program.sign.passphrase.has_value());
}

/// A recipe file with one defect, and the first line of what is said about it.
struct Defect {
  std::string name;
  std::string recipes;
  std::string message;
};

void PrintTo(const Defect& defect, std::ostream* stream) { *stream << defect.name; }

class RecipeDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(RecipeDefect, IsRefusedWithItsPlace) {
  RecipeBook book;
  const std::string text =
      error_text([&] { book.load_text("version: 1\nrecipes:\n" + GetParam().recipes, "r.yaml"); });
  EXPECT_EQ(text.substr(0, text.find('\n')), GetParam().message);
}

std::string iso_with(const std::string& rest) { return "  a: {iso: {volume_id: A" + rest + "}}\n"; }
std::string initramfs_with(const std::string& rest) {
  return "  a: {initramfs: {busybox: /b, architecture: x86_64" + rest + "}}\n";
}

INSTANTIATE_TEST_SUITE_P(
    Table, RecipeDefect,
    ::testing::Values(
        Defect{"UnknownKind", "  a: {isoo: {}}\n", "r.yaml:3:7: unknown key 'isoo' in a recipe"},
        Defect{"BothKinds", "  a: {iso: {volume_id: A}, initramfs: {}}\n",
               "r.yaml:3:6: recipe 'a' has more than one of cut, disk, grub, initramfs, iso, "
               "signed, uki"},
        Defect{"NoKind", "  a: {}\n",
               "r.yaml:3:6: recipe 'a' needs one of cut, disk, grub, initramfs, iso, signed, uki"},
        Defect{"BadName", "  'a b': {iso: {volume_id: A}}\n",
               "r.yaml:3:3: 'a b' is no name of a recipe"},
        Defect{"NoVolumeId", "  a: {iso: {grub: []}}\n", "r.yaml:3:12: missing key 'volume_id'"},
        Defect{"LongVolumeId", "  a: {iso: {volume_id: A23456789012345678901234567890123}}\n",
               "r.yaml:3:24: 'A23456789012345678901234567890123' is no volume identifier"},
        Defect{"OddVolumeId", "  a: {iso: {volume_id: 'A/B'}}\n",
               "r.yaml:3:24: 'A/B' is no volume identifier"},
        Defect{"UnknownKey", iso_with(", grubb: []"),
               "r.yaml:3:27: unknown key 'grubb' in an iso recipe"},
        Defect{"UnknownPlatform", iso_with(", grub: [i386]"),
               "r.yaml:3:34: unknown GRUB platform 'i386'"},
        Defect{"PlatformTwice", iso_with(", grub: [i386-pc, i386-pc]"),
               "r.yaml:3:43: i386-pc stands in the list twice"},
        Defect{"ConfigurationWithoutGrub", iso_with(", grub_cfg: x"),
               "r.yaml:3:37: 'grub_cfg' without a platform in 'grub'"},
        Defect{"ConfigurationTwice",
               iso_with(", grub: i386-pc, grub_cfg: x, files: {/boot/grub/grub.cfg: /x}"),
               "r.yaml:3:63: /boot/grub/grub.cfg stands in 'grub_cfg' already"},
        Defect{"BuildersOwnFile", iso_with(", grub: i386-pc, files: {/boot/grub/boot.cat: /x}"),
               "r.yaml:3:50: /boot/grub/boot.cat is the boot catalog that the builder writes"},
        Defect{"RelativePath", iso_with(", files: {boot/a: /x}"),
               "r.yaml:3:35: the path 'boot/a' is not absolute"},
        Defect{"PathUpwards", iso_with(", files: {/boot/../a: /x}"),
               "r.yaml:3:35: the path '/boot/../a' has . or .. in it"},
        Defect{"EmptyName", iso_with(", files: {/boot//a: /x}"),
               "r.yaml:3:35: the path '/boot//a' has an empty name in it"},
        Defect{"FolderPath", iso_with(", files: {/boot/: /x}"),
               "r.yaml:3:35: the path '/boot/' has an empty name in it"},
        Defect{"NulInPath", iso_with(", files: {\"/a\\0b\": /x}"),
               "r.yaml:3:35: the path '/a\\x00b' holds a control character"},
        Defect{"LongName", iso_with(", files: {/" + std::string(256, 'n') + ": /x}"),
               "r.yaml:3:35: the path '/" + std::string(256, 'n') +
                   "' has a name of more than 255 bytes in it"},
        Defect{"FileAsFolder", iso_with(", files: {/a: /x, /a-b: /x, /a/b: /x}"),
               "r.yaml:3:53: /a/b can't be there: /a is a file, not a folder"},
        Defect{"NoSource", iso_with(", files: {/a: }"), "r.yaml:3:35: /a has no source"},
        Defect{"TextAndPath", iso_with(", files: {/a: {text: x, path: /x}}"),
               "r.yaml:3:49: unknown key 'path' in a text file"},
        Defect{"BadMode", iso_with(", files: {/a: {text: x, mode: '0798'}}"),
               "r.yaml:3:55: 'mode' must be three octal digits, found '0798'"},
        Defect{"SetuidMode", iso_with(", files: {/a: {text: x, mode: '4755'}}"),
               "r.yaml:3:55: 'mode' must be three octal digits, found '4755'"},
        Defect{"NoBusybox", "  a: {initramfs: {architecture: x86_64}}\n",
               "r.yaml:3:18: missing key 'busybox'"},
        Defect{"NoArchitecture", "  a: {initramfs: {busybox: /b}}\n",
               "r.yaml:3:18: missing key 'architecture'"},
        Defect{"UnknownArchitecture", "  a: {initramfs: {busybox: /b, architecture: amd64}}\n",
               "r.yaml:3:46: unknown architecture 'amd64'"},
        Defect{"UnknownCompression", initramfs_with(", compression: lzma"),
               "r.yaml:3:67: unknown compression 'lzma'"},
        Defect{"ModulesFromNowhere", initramfs_with(", modules: {names: [a]}"),
               "r.yaml:3:63: modules need one of 'package' and 'folder'"},
        Defect{"ModulesWithoutNames", initramfs_with(", modules: {folder: /m}"),
               "r.yaml:3:63: missing key 'names'"},
        Defect{"ModuleByItsPath", initramfs_with(", modules: {folder: /m, names: [a/b.ko]}"),
               "r.yaml:3:84: 'a/b.ko' is no name of a module"},
        Defect{"ModulesOfNoPackage", initramfs_with(", modules: {package: ../x, names: [a]}"),
               "r.yaml:3:73: '../x' is no name of a Debian package"},
        Defect{"ModulesFolderOfAnArchitecture",
               initramfs_with(", modules: {folder: /m, architecture: arm64, names: [a]}"),
               "r.yaml:3:76: 'architecture' belongs to 'package'"},
        Defect{"ModulesOfARecipe", initramfs_with(", modules: {folder: {build: x}, names: [a]}"),
               "r.yaml:3:72: 'folder' must be a path of a folder"},
        Defect{"TwoPatterns", initramfs_with(", files: {/k: {package: linux, file: '/b*/v*'}}"),
               "r.yaml:3:89: 'file' may have one '*', in its last name"},
        Defect{"UkiWithoutStub", "  a: {uki: {kernel: /k}}\n", "r.yaml:3:12: missing key 'stub'"},
        Defect{"UkiWithoutKernel", "  a: {uki: {stub: /s}}\n", "r.yaml:3:12: missing key 'kernel'"},
        Defect{"UkiUnknownKey", "  a: {uki: {stub: /s, kernel: /k, cmdline: x}}\n",
               "r.yaml:3:35: unknown key 'cmdline' in a uki recipe"},
        Defect{"UkiOfTwoLines", "  a: {uki: {stub: /s, kernel: /k, command_line: \"a\\nb\"}}\n",
               "r.yaml:3:49: a command line is one line"},
        Defect{"UkiSignedWithoutKey",
               "  a: {uki: {stub: /s, kernel: /k, sign: {certificate: /c}}}\n",
               "r.yaml:3:41: missing key 'key'"},
        Defect{"SignedWithoutProgram", "  a: {signed: {key: /k, certificate: /c}}\n",
               "r.yaml:3:15: missing key 'program'"},
        Defect{"InitTwice", initramfs_with(", init: x, files: {/init: /x}"),
               "r.yaml:3:71: /init stands in 'init' already"},
        Defect{"OwnConsole", initramfs_with(", files: {/dev/console: /x}"),
               "r.yaml:3:62: /dev/console is a device node that the builder makes"},
        Defect{"BelowBusybox", initramfs_with(", files: {/bin/busybox/x: /x}"),
               "r.yaml:3:62: /bin/busybox/x can't be there: /bin/busybox is a file, not a folder"}),
    [](const auto& test) { return test.param.name; });

TEST(RecipeBook, RefusesAnotherVersion) {
  RecipeBook book;
  EXPECT_THAT(error_text([&] { book.load_text("version: 2\nrecipes: {}\n", "r.yaml"); }),
              ::testing::StartsWith("r.yaml:1:10: 'version' must be a whole number from 1 to 1"));
}

}  // namespace
}  // namespace bootproof
