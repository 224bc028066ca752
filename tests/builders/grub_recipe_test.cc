#include "builders/grub_recipe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "builders/recipe.h"
#include "fixture.h"

namespace bootproof {
namespace {

std::string recipe_with(std::string_view rest) {
  return "version: 1\nrecipes:\n  a: {grub: {\n" + std::string(rest) + "}}\n";
}

TEST(GrubRecipe, ReadsEveryKey) {
  RecipeBook book;
  book.load_text(recipe_with("platform: arm64-efi, search: {label: My disc}, folder: /grub,\n"
                             "modules: [btrfs, lvm], config: \"set x=1\\n\", sbat: \"grub,1\\n\""),
                 "r.yaml");
  const auto& grub = std::get<GrubRecipe>(book.find("a")->body);
  EXPECT_EQ(grub.platform, GrubPlatform::kArm64Efi);
  EXPECT_EQ(grub.options.search.key, GrubSearchKey::kLabel);
  EXPECT_EQ(grub.options.search.value, "My disc");
  EXPECT_EQ(grub.options.folder, "/grub");
  EXPECT_THAT(grub.options.modules, ::testing::ElementsAre("btrfs", "lvm"));
  EXPECT_EQ(grub.options.config, "set x=1\n");
  EXPECT_EQ(grub.options.sbat, "grub,1\n");
}

TEST(GrubRecipe, LooksOnTheDeviceItCameFromUnlessToldToSearch) {
  RecipeBook book;
  book.load_text(recipe_with("platform: x86_64-efi"), "r.yaml");
  const auto& grub = std::get<GrubRecipe>(book.find("a")->body);
  EXPECT_EQ(grub.options.search.key, GrubSearchKey::kLoadedFrom);
  EXPECT_EQ(grub.options.folder, "/boot/grub");
}

/// A grub recipe with one defect, and the first line of what is said about it.
struct Defect {
  std::string name;
  std::string rest;  ///< From line 4 on.
  std::string message;
};

void PrintTo(const Defect& defect, std::ostream* stream) { *stream << defect.name; }

class GrubDefect : public ::testing::TestWithParam<Defect> {};

TEST_P(GrubDefect, IsRefusedWithItsPlace) {
  RecipeBook book;
  const std::string text =
      error_text([&] { book.load_text(recipe_with(GetParam().rest), "r.yaml"); });
  EXPECT_EQ(text.substr(0, text.find('\n')), GetParam().message);
}

std::string efi_with(std::string_view rest) {
  return "platform: x86_64-efi,\n" + std::string(rest);
}

INSTANTIATE_TEST_SUITE_P(
    Table, GrubDefect,
    ::testing::Values(
        Defect{"NoPlatform", "config: x", "r.yaml:3:13: missing key 'platform'"},
        Defect{"UnknownPlatform", "platform: x64", "r.yaml:4:11: unknown GRUB platform 'x64'"},
        Defect{"TwoPlatforms", "platform: [x86_64-efi, arm64-efi]",
               "r.yaml:4:11: a core image is for one platform"},
        Defect{"Bios", "platform: i386-pc",
               "r.yaml:4:11: a core image for BIOS is no file that firmware starts"},
        Defect{"UnknownKey", efi_with("prefix: /x"),
               "r.yaml:5:1: unknown key 'prefix' in a grub recipe"},
        Defect{"SearchByTwo", efi_with("search: {label: A, file: /b}"),
               "r.yaml:5:26: 'search' goes by one thing alone"},
        Defect{"SearchByNothing", efi_with("search: {}"), "r.yaml:5:9: 'search' says nothing"},
        Defect{"SearchByOther", efi_with("search: {name: x}"),
               "r.yaml:5:10: unknown key 'name' in 'search' of a grub recipe"},
        Defect{"QuoteInALabel", efi_with("search: {label: \"it's\"}"),
               "r.yaml:5:17: 'it's' can't be searched for"},
        Defect{"CommandInALabel", efi_with("search: {label: \"a\\nhalt\"}"),
               "r.yaml:5:17: 'a\\x0ahalt' can't be searched for"},
        Defect{"RelativeFolder", efi_with("folder: grub"),
               "r.yaml:5:9: 'grub' can't be GRUB's folder"},
        Defect{"PathAsModule", efi_with("modules: [../x]"),
               "r.yaml:5:11: '../x' is no name of a module"},
        Defect{"OptionAsModule", efi_with("modules: ['--pubkey']"),
               "r.yaml:5:11: '--pubkey' is no name of a module"}),
    [](const auto& test) { return test.param.name; });

/// Builds core images; a host without GRUB's modules for UEFI can't.
class GrubCore : public FolderTest {
 protected:
  BuiltFile build(std::string_view rest, const std::string& cache = "cache") {
    RecipeBook book;
    book.load_text(recipe_with(rest), "r.yaml");
    return Builder(book, folder_ / cache).build("a");
  }
  void SetUp() override {
    try {
      static_cast<void>(find_grub_folder(GrubPlatform::kX86_64Efi, folder_));
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }
};

TEST_F(GrubCore, IsAProgramForUefiThatHoldsItsEarlyConfiguration) {
  const BuiltFile built =
      build("platform: x86_64-efi, search: {label: My disc}, config: \"echo hello\\n\"");
  const std::string bytes = read(built.path);
  EXPECT_EQ(built.path.extension(), ".efi");
  EXPECT_EQ(bytes.substr(0, 2), "MZ");
  EXPECT_NE(bytes.find("search.fs_label 'My disc' root\n"
                       "set prefix=($root)'/boot/grub'\n"
                       "echo hello\n"),
            std::string::npos);
}

TEST_F(GrubCore, IsTheSameFromAnotherCache) {
  const BuiltFile one = build("platform: x86_64-efi, search: {file: /x}");
  const BuiltFile other = build("platform: x86_64-efi, search: {file: /x}", "other");
  EXPECT_FALSE(other.from_cache);
  EXPECT_EQ(one.sha256, other.sha256);
}

TEST_F(GrubCore, HasTheFurtherModules) {
  const BuiltFile plain = build("platform: x86_64-efi");
  const BuiltFile more = build("platform: x86_64-efi, modules: [btrfs]");
  EXPECT_GT(more.size, plain.size);
}

TEST_F(GrubCore, WithAModuleThatGrubDoesNotHaveIsRefused) {
  const std::string text =
      error_text([&] { static_cast<void>(build("platform: x86_64-efi,\nmodules: [nonesuch]")); });
  EXPECT_THAT(text,
              ::testing::StartsWith("r.yaml:5:10: GRUB has no module 'nonesuch' for x86_64-efi"));
}

}  // namespace
}  // namespace bootproof
