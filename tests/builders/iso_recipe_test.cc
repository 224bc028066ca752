#include "builders/iso_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <vector>

#include "builders/recipe.h"
#include "fixture.h"

namespace bootproof {
namespace {

constexpr std::string_view kWhole = R"(version: 1
recipes:
  disc:
    iso:
      volume_id: Disc
      architecture: [x86_64, aarch64]
      iso_level: 2
      rock_ridge: false
      joliet: true
      bios: {image: /isolinux/isolinux.bin}
      uefi:
        label: BOOT
        also_on_iso: false
        files: {/EFI/BOOT/BOOTX64.EFI: {build: grub-x64}}
      hybrid: {mbr: isohdpfx.bin, uefi_partition: true}
      files:
        /isolinux/isolinux.bin: isolinux.bin
  plain:
    iso: {volume_id: Plain}
)";

TEST(IsoRecipe, ReadsEveryKey) {
  RecipeBook book;
  book.load_text(kWhole, "/r/recipes.yaml");
  const auto& disc = std::get<IsoRecipe>(book.find("disc")->body);
  EXPECT_EQ(disc.iso_level, 2);
  EXPECT_FALSE(disc.rock_ridge);
  EXPECT_TRUE(disc.joliet);
  ASSERT_TRUE(disc.bios.has_value());
  EXPECT_EQ(disc.bios->image, "/isolinux/isolinux.bin");
  ASSERT_TRUE(disc.uefi.has_value());
  EXPECT_EQ(disc.uefi->label, "BOOT");
  EXPECT_FALSE(disc.uefi->also_on_iso);
  ASSERT_EQ(disc.uefi->files.files.size(), 1U);
  EXPECT_EQ(disc.uefi->files.files[0].path, "/EFI/BOOT/BOOTX64.EFI");
  ASSERT_TRUE(disc.hybrid.has_value());
  EXPECT_EQ(std::get<std::filesystem::path>(disc.hybrid->mbr->source), "/r/isohdpfx.bin");
  EXPECT_TRUE(disc.hybrid->uefi_partition);
}

TEST(IsoRecipe, BootsNothingUnlessToldTo) {
  RecipeBook book;
  book.load_text(kWhole, "/r/recipes.yaml");
  const auto& plain = std::get<IsoRecipe>(book.find("plain")->body);
  EXPECT_EQ(plain.iso_level, 3);
  EXPECT_TRUE(plain.rock_ridge);
  EXPECT_FALSE(plain.joliet);
  EXPECT_TRUE(plain.grub.empty());
  EXPECT_FALSE(plain.bios || plain.uefi || plain.hybrid || plain.grub_cfg);
}

TEST(IsoRecipe, OfEachLayoutIsShipped) {
  RecipeBook book;
  book.load(BOOTPROOF_SOURCE_DIR "/scenarios/iso-recipes.yaml");
  std::vector<std::string> isos;
  for (const std::string& name : book.names()) {
    const Recipe& recipe = *book.find(name);
    if (std::holds_alternative<IsoRecipe>(recipe.body) &&
        recipe.mark.file.ends_with("iso-recipes.yaml")) {
      isos.push_back(name);
    }
  }
  EXPECT_THAT(isos, ::testing::ElementsAre("iso-aarch64", "iso-data", "iso-dual", "iso-everywhere",
                                           "iso-grub", "iso-hybrid", "iso-isolinux",
                                           "iso-secure-boot", "iso-uefi"));
}

/// An iso recipe with one defect, and the first line of what is said about it.
struct Defect {
  std::string name;
  std::string rest;  ///< Lines below `volume_id`, from line 5 on.
  std::string message;
};

void PrintTo(const Defect& defect, std::ostream* stream) { *stream << defect.name; }

class IsoDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(IsoDefect, IsRefusedWithItsPlace) {
  RecipeBook book;
  const std::string text = error_text([&] {
    book.load_text(
        "version: 1\nrecipes:\n  a: {iso: {\n   volume_id: A,\n" + GetParam().rest + "}}\n",
        "r.yaml");
  });
  EXPECT_EQ(text.substr(0, text.find('\n')), GetParam().message);
}

constexpr std::string_view kBios = "bios: {image: /i}, files: {/i: /i}";
constexpr std::string_view kUefi = "uefi: {files: {/EFI/BOOT/BOOTX64.EFI: /x}}";

std::string with(std::string_view rest, std::string_view more) {
  return std::string(rest) + ",\n" + std::string(more);
}

INSTANTIATE_TEST_SUITE_P(
    Table, IsoDefect,
    ::testing::Values(
        Defect{"LevelTooHigh", "iso_level: 4",
               "r.yaml:5:12: 'iso_level' must be a whole number from 1 to 3, found '4'"},
        Defect{"JolietIsAWord", "joliet: 'yes'",
               "r.yaml:5:9: 'joliet' must be true or false, found 'yes'"},
        Defect{"UnknownArchitecture", "architecture: amd64",
               "r.yaml:5:15: unknown architecture 'amd64'"},
        Defect{"BiosGrubOnAarch64", "architecture: aarch64, grub: [i386-pc]",
               "r.yaml:5:30: GRUB for i386-pc is for x86_64, the medium is for aarch64"},
        Defect{"ArmGrubOnX86", "architecture: x86_64, grub: [x86_64-efi, arm64-efi]",
               "r.yaml:5:29: GRUB for arm64-efi is for aarch64, the medium is for x86_64"},
        Defect{"BiosOnAarch64", with("architecture: aarch64", kBios),
               "r.yaml:6:7: BIOS boot is for x86_64, the medium is for aarch64"},
        Defect{"X86LoaderOnAarch64", with("architecture: aarch64", kUefi),
               "r.yaml:6:39: /EFI/BOOT/BOOTX64.EFI is for x86_64, the medium is for aarch64"},
        Defect{"ArmLoaderOnX86InSmallLetters",
               "architecture: x86_64,\nuefi: {files: {/efi/boot/bootaa64.efi: /x}}",
               "r.yaml:6:40: /efi/boot/bootaa64.efi is for aarch64, the medium is for x86_64"},
        Defect{"NoImage", "bios: {}", "r.yaml:5:7: missing key 'image'"},
        Defect{"UnknownBiosKey", "bios: {image: /i, load: 4}",
               "r.yaml:5:19: unknown key 'load' in the BIOS boot of an iso recipe"},
        Defect{"RelativeImage", "bios: {image: i}, files: {/i: /i}",
               "r.yaml:5:15: the path 'i' is not absolute"},
        Defect{"ImageNotAmongTheFiles", "bios: {image: /i/isolinux.bin}, files: {/i/x: /x}",
               "r.yaml:5:15: /i/isolinux.bin is not among the 'files'"},
        Defect{"BiosTwice", with("grub: [i386-pc]", kBios),
               "r.yaml:6:7: BIOS boots by 'grub' already: an image has one entry for it"},
        Defect{"UefiTwice", with("grub: [x86_64-efi]", kUefi),
               "r.yaml:6:7: UEFI boots by 'grub' already: an image has one EFI system partition"},
        Defect{"UefiWithoutFiles", "uefi: {}", "r.yaml:5:7: 'uefi' has no files"},
        Defect{"UnknownUefiKey", "uefi: {file: {}}",
               "r.yaml:5:8: unknown key 'file' in the UEFI boot of an iso recipe"},
        Defect{"LongLabel", "uefi: {files: {/a: /x}, label: TWELVE_CHARS}",
               "r.yaml:5:32: 'TWELVE_CHARS' is no label of a FAT volume"},
        Defect{"SmallLabel", "uefi: {files: {/a: /x}, label: esp}",
               "r.yaml:5:32: 'esp' is no label of a FAT volume"},
        Defect{"LinkOnFat", "uefi: {files: {/a: {link: b}}}",
               "r.yaml:5:20: /a is a link, which FAT has not"},
        Defect{"NameThatFatLacks", "uefi: {files: {'/a:b': /x}}",
               "r.yaml:5:16: /a:b holds a character that is not written to FAT: one of \" * : < > "
               "? \\ | [ ], or one that is not ASCII"},
        Defect{"DotAtTheEnd", "uefi: {files: {/a./b: /x}}",
               "r.yaml:5:16: /a./b has a name that FAT can't hold: with a blank at its start, or a "
               "blank or dot at its end"},
        Defect{"FileOfUefiAgain", "uefi: {files: {/a: /x}},\nfiles: {/a: /y}",
               "r.yaml:6:9: /a stands in 'uefi' already"},
        Defect{"BuildersImage", with(kUefi, "files: {/boot/efi.img: /x}"),
               "r.yaml:6:9: /boot/efi.img is the boot image that the builder writes"},
        Defect{"BuildersCatalog", "bios: {image: /i}, files: {/boot/boot.cat: /x, /i: /i}",
               "r.yaml:5:28: /boot/boot.cat is the boot catalog that the builder writes"},
        Defect{"MbrWithoutBios", with(kUefi, "hybrid: {mbr: /m}"),
               "r.yaml:6:15: boot code without 'bios': there is nothing for it to start"},
        Defect{"PartitionWithoutUefi", with(kBios, "hybrid: {mbr: /m, uefi_partition: true}"),
               "r.yaml:6:35: a partition for UEFI without 'uefi'"},
        Defect{"HybridOfNothing", with(kBios, "hybrid: {uefi_partition: false}"),
               "r.yaml:6:9: 'hybrid' makes nothing boot"},
        Defect{"LinkWithoutRockRidge", "rock_ridge: false, files: {/a: {link: b}}",
               "r.yaml:5:32: /a is a link, which needs Rock Ridge"}),
    [](const auto& test) { return test.param.name; });

}  // namespace
}  // namespace bootproof
