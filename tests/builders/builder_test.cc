#include "builders/builder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <vector>

#include "fixture.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::StartsWith;

/// A recipe that needs no tools: an initramfs of a made-up busybox.
class BuilderTest : public FolderTest {
 protected:
  BuilderTest() { write("busybox", elf_program(kElfX86_64)); }

  void load(const std::string& recipes) {
    book_.load(write("recipes.yaml", "version: 1\nrecipes:\n" + recipes));
  }
  void load_small() { load("  small: {initramfs: {busybox: busybox, architecture: x86_64}}\n"); }

  [[nodiscard]] Builder builder() const { return {book_, folder_ / "cache"}; }
  [[nodiscard]] std::string message(const std::string& recipe) const {
    return error_text([&] { static_cast<void>(builder().build(recipe)); });
  }

  RecipeBook book_;
};

TEST_F(BuilderTest, BuildsOnceAndThenTakesTheCache) {
  load_small();
  const BuiltFile first = builder().build("small");
  const BuiltFile second = builder().build("small");
  EXPECT_FALSE(first.from_cache);
  EXPECT_TRUE(second.from_cache);
  EXPECT_EQ(first.path, second.path);
  EXPECT_EQ(first.sha256, value_or_throw(sha256_of_file(second.path)));
  EXPECT_EQ(second.size, fs::file_size(second.path));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache" / "work"));
}

TEST_F(BuilderTest, BuildsAnewWhenAnInputChanges) {
  load_small();
  const BuiltFile first = builder().build("small");
  write("busybox", elf_program(kElfX86_64) + "more");
  const BuiltFile second = builder().build("small");
  EXPECT_FALSE(second.from_cache);
  EXPECT_NE(first.path, second.path);
}

TEST_F(BuilderTest, SharesOneFileBetweenRecipesThatSayTheSame) {
  load(
      "  one: {initramfs: {busybox: busybox, architecture: x86_64}}\n"
      "  two: {initramfs: {busybox: busybox, architecture: x86_64, compression: gzip}}\n"
      "  three: {initramfs: {busybox: busybox, architecture: x86_64, init: x}}\n");
  EXPECT_EQ(builder().build("one").path, builder().build("two").path);
  EXPECT_NE(builder().build("one").path, builder().build("three").path);
}

TEST_F(BuilderTest, BuildsAnewWhatIsBrokenInTheCache) {
  load_small();
  const BuiltFile first = builder().build("small");
  fs::permissions(first.path, fs::perms::owner_write, fs::perm_options::add);
  fs::resize_file(first.path, first.size / 2);
  const BuiltFile second = builder().build("small");
  EXPECT_FALSE(second.from_cache);
  EXPECT_EQ(second.sha256, first.sha256);
  EXPECT_EQ(fs::file_size(second.path), first.size);
}

TEST_F(BuilderTest, MakesOneFileWhenThreadsBuildAtOnce) {
  load_small();
  constexpr int kThreads = 8;
  std::vector<std::future<BuiltFile>> builds;
  for (int i = 0; i < kThreads; ++i) {
    builds.push_back(std::async(std::launch::async, [&] { return builder().build("small"); }));
  }
  int made = 0;
  for (auto& build : builds) {
    made += build.get().from_cache ? 0 : 1;
  }
  EXPECT_EQ(made, 1);
}

TEST_F(BuilderTest, MakesOneFileWhenProcessesBuildAtOnce) {
  load_small();
  constexpr int kMade = 1;
  constexpr int kTaken = 2;
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    if (child == 0) {
      int code = 0;
      try {
        code = builder().build("small").from_cache ? kTaken : kMade;
      } catch (const Error&) {
        code = 0;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  std::vector<int> codes;
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    codes.push_back(WEXITSTATUS(status));
  }
  std::sort(codes.begin(), codes.end());
  EXPECT_THAT(codes, ::testing::ElementsAre(kMade, kTaken, kTaken, kTaken));
}

TEST_F(BuilderTest, BuildsWhatARecipeNeedsFirst) {
  load(
      "  outer: {initramfs: {busybox: busybox, architecture: x86_64, compression: none,\n"
      "    files: {/inner: {build: inner}}}}\n"
      "  inner: {initramfs: {busybox: busybox, architecture: x86_64}}\n");
  const std::string outer = read(builder().build("outer").path);
  EXPECT_NE(outer.find(read(builder().build("inner").path)), std::string::npos);
}

TEST_F(BuilderTest, RefusesRecipesThatNeedEachOther) {
  load(
      "  a: {initramfs: {busybox: {build: b}, architecture: x86_64}}\n"
      "  b: {initramfs: {busybox: {build: a}, architecture: x86_64}}\n");
  EXPECT_THAT(
      message("a"),
      StartsWith(folder_.string() + "/recipes.yaml:4:28: recipes need each other: a -> b -> a\n"));
}

TEST_F(BuilderTest, RefusesAnUnknownRecipeWithTheNearestName) {
  load_small();
  EXPECT_EQ(message("smal"), "no recipe 'smal'\ndid you mean 'small'? known recipes: small");
  EXPECT_EQ(error_text([&] {
              static_cast<void>(builder().resolve({RecipeName{"none"}, {"s.yaml", 0, 0}}));
            }),
            "no recipe 'none'\nknown recipes: small");
}

TEST_F(BuilderTest, RefusesAMissingInputAtItsPlace) {
  load("  a: {initramfs: {busybox: none/busybox, architecture: x86_64}}\n");
  EXPECT_EQ(message("a"),
            fmt::format("{0}/recipes.yaml:3:28: {0}/none/busybox: no such file\n"
                        "      a: {{initramfs: {{busybox: none/busybox, architecture: x86_64}}}}\n"
                        "                               ^\n"
                        "a relative path starts at the folder of the file that names it",
                        folder_.string()));
}

TEST_F(BuilderTest, RefusesAFolderAsAnInput) {
  fs::create_directory(folder_ / "sub");
  load("  a: {initramfs: {busybox: sub, architecture: x86_64}}\n");
  EXPECT_THAT(message("a"), StartsWith(fmt::format("{0}/recipes.yaml:3:28: {0}/sub: is a folder",
                                                   folder_.string())));
}

TEST_F(BuilderTest, SaysWhichPackageIsMissingAndHowToFetchIt) {
  load("  a: {initramfs: {busybox: {package: no-such, file: /x}, architecture: x86_64}}\n");
  EXPECT_EQ(
      message("a"),
      "while building a: package no-such (amd64) is neither installed nor fetched, needed for "
      "/x\n"
      "run `bootproof fetch no-such amd64`, or `./quickstart`, which brings all packages");
}

TEST_F(BuilderTest, LeavesNothingInTheCacheWhenABuildFails) {
  write("busybox", elf_program(kElfAarch64));
  load_small();
  EXPECT_THAT(message("small"), ::testing::HasSubstr("busybox is aarch64, the recipe says x86_64"));
  EXPECT_TRUE(fs::is_empty(folder_ / "cache" / "work"));
  EXPECT_FALSE(fs::exists(folder_ / "cache" / "built"));
}

TEST_F(BuilderTest, SaysWhereTheCacheCanNotBe) {
  load_small();
  write("cache", "a file");
  EXPECT_THAT(message("small"), StartsWith("while building small: cannot "));
}

TEST_F(BuilderTest, ResolvesEachKindOfSource) {
  load_small();
  const fs::path fetched = write("cache/packages/arm64/tool/usr/bin/tool", "x");
  EXPECT_EQ(builder().resolve({folder_ / "busybox", {}}), folder_ / "busybox");
  EXPECT_EQ(builder().resolve({PackageFile{"tool", "arm64", "/usr/bin/tool"}, {}}), fetched);
  EXPECT_EQ(builder().resolve({RecipeName{"small"}, {}}), builder().build("small").path);
}

}  // namespace
}  // namespace bootproof
