#include "builders/guestfs_batch.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <string>

#include "builders/disk_boot_code.h"
#include "builders/tools.h"
#include "fixture.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A script in the place of the worker: it counts its launches, keeps what it was told, and fails
/// for a disk of the name `bad`. The file systems of a disk stay the zeros that they were.
constexpr const char* kWorker = R"(#!/bin/sh
if [ "$1" = --version ]; then echo 'libguestfs 1.48.6'; exit; fi
cat >"$0.job"
echo launch >>"$0.launches"
if grep -q '"name":"bad"' "$0.job"; then
  echo '{"format":"bootproof-guestfs-answer","failed":"work","message":"bad, partition 1: it is full"}'
  exit 1
fi
echo '{"format":"bootproof-guestfs-answer","launch_ms":1,"quick":true}'
)";

class GuestfsBatch : public FolderTest {
 protected:
  void SetUp() override {
    try {
      for (const std::string_view tool : {"mkfs.vfat", "mke2fs"}) {
        static_cast<void>(tool_path(tool));
      }
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    const fs::path worker = write("worker", kWorker);
    fs::permissions(worker, fs::perms::owner_all);
    // NOLINTBEGIN(concurrency-mt-unsafe): one thread.
    ::setenv("BOOTPROOF_GUESTFS_WORKER", worker.c_str(), 1);
    ::setenv("LIBGUESTFS_PATH", (folder_ / "appliance").c_str(), 1);
    // NOLINTEND(concurrency-mt-unsafe)
  }
  void TearDown() override {
    ::unsetenv("BOOTPROOF_GUESTFS_WORKER");  // NOLINT(concurrency-mt-unsafe): one thread.
    ::unsetenv("LIBGUESTFS_PATH");           // NOLINT(concurrency-mt-unsafe): one thread.
  }

  /// A recipe of a disk with one file system.
  static std::string disk(const std::string& name, const std::string& label) {
    return fmt::format(
        "  {}: {{disk: {{table: gpt, backend: guestfs, partitions: [{{name: p, size: 4M, "
        "filesystem: {{type: ext2, label: {}, files: {{/a: {{text: x}}}}}}}}]}}}}\n",
        name, label);
  }

  RecipeBook book_with(const std::string& recipes) const {
    RecipeBook book;
    book.load_text("version: 1\nrecipes:\n" + recipes, (folder_ / "r.yaml").string());
    return book;
  }

  [[nodiscard]] std::ptrdiff_t launches() const {
    const std::string text = read(folder_ / "worker.launches");
    return std::count(text.begin(), text.end(), '\n');
  }
};

TEST_F(GuestfsBatch, IsLaunchedOnceForAllThatAreNotInTheCache) {
  const RecipeBook book = book_with(disk("a", "A") + disk("b", "B") + disk("c", "C"));
  static_cast<void>(Builder(book, folder_ / "cache").build("c"));
  EXPECT_EQ(launches(), 1);
  Builder builder(book, folder_ / "cache");
  builder.prepare({"a", "b", "c", "no-such-recipe"});
  EXPECT_EQ(launches(), 2);
  EXPECT_FALSE(builder.build("a").from_cache);
  EXPECT_FALSE(builder.build("b").from_cache);
  EXPECT_TRUE(builder.build("c").from_cache);
  EXPECT_EQ(launches(), 2);
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/work"));
  const std::string job = read(folder_ / "worker.job");
  EXPECT_THAT(job, HasSubstr(R"("name":"a")"));
  EXPECT_THAT(job, HasSubstr(R"("name":"b")"));
  EXPECT_THAT(job, ::testing::Not(HasSubstr(R"("name":"c")")));
  EXPECT_THAT(job, HasSubstr(R"("partition":1,"type":"ext2")"));
  EXPECT_THAT(job, HasSubstr(R"("E2FSPROGS_FAKE_TIME=1704067200","mke2fs")"));
}

TEST_F(GuestfsBatch, MakesOneDiskForTwoRecipesThatSayTheSame) {
  const RecipeBook book = book_with(disk("a", "A") + disk("b", "A"));
  Builder builder(book, folder_ / "cache");
  builder.prepare({"a", "b"});
  EXPECT_EQ(builder.build("a").path, builder.build("b").path);
  EXPECT_EQ(launches(), 1);
}

TEST_F(GuestfsBatch, BuildsTheOthersWhereOneFails) {
  const RecipeBook book = book_with(disk("bad", "A") + disk("good", "B"));
  Builder builder(book, folder_ / "cache");
  builder.prepare({"bad", "good"});
  EXPECT_EQ(launches(), 3) << "together, then each by itself";
  EXPECT_FALSE(builder.build("good").from_cache);
  EXPECT_THAT(error_text([&] { static_cast<void>(builder.build("bad")); }),
              HasSubstr("while building bad: libguestfs: bad, partition 1: it is full"));
  EXPECT_EQ(launches(), 3) << "it is not tried again";
  EXPECT_TRUE(fs::is_empty(folder_ / "cache/work"));
}

TEST_F(GuestfsBatch, IsNotLaunchedForFilesThatDoNotFit) {
  write("large", std::string(8U << 20U, 'x'));
  std::string recipe = disk("a", "A");
  recipe.replace(recipe.find("{text: x}"), 9, "large");
  const RecipeBook book = book_with(recipe);
  Builder builder(book, folder_ / "cache");
  builder.prepare({"a"});
  EXPECT_THAT(error_text([&] { static_cast<void>(builder.build("a")); }),
              HasSubstr("/a has 8 MiB, the whole ext2 of 'p' has room for"));
  EXPECT_FALSE(fs::exists(folder_ / "worker.launches"));
}

TEST_F(GuestfsBatch, HasAnotherKeyThanFilesAndTheSameIdentifiers) {
  std::string by_files = disk("files", "A");
  by_files.replace(by_files.find("guestfs, part"), 7, "files");
  const RecipeBook book = book_with(disk("guestfs", "A") + by_files);
  const Builder builder(book, folder_ / "cache");
  const BuiltFile one = builder.build("files");
  const BuiltFile other = builder.build("guestfs");
  EXPECT_NE(one.path, other.path);
  constexpr std::size_t kTable = 34 * 512;
  EXPECT_EQ(read(one.path).substr(0, kTable), read(other.path).substr(0, kTable));
}

TEST_F(GuestfsBatch, IsRefusedForADiskWithoutFileSystems) {
  EXPECT_THAT(
      error_text([&] {
        book_with(
            "  a: {disk: {table: gpt, backend: guestfs, partitions: [{name: p, size: 4M}]}}\n");
      }),
      ::testing::AllOf(HasSubstr("r.yaml:3:35: 'backend: guestfs' makes file systems, and no "
                                 "partition of the disk has one"),
                       HasSubstr("take 'backend' out")));
}

/// GRUB's stages on a disk with one partition of 1 MiB, 1 MiB from the start.
std::string core_error(PartitionTable table, const fs::path& folder) {
  DiskRecipe recipe;
  recipe.table = table;
  recipe.grub.emplace();
  recipe.grub->mark = {"r.yaml", 5, 3};
  PartitionRecipe partition;
  partition.name = "bios";
  partition.type = *partition_type("bios-boot");
  recipe.partitions.push_back(partition);
  constexpr std::uint64_t kMebibyte = 1U << 20U;
  const DiskLayout layout{4 * kMebibyte, {{kMebibyte, kMebibyte}}};
  const DiskFile disk(folder / "disk.img");
  disk.resize(layout.size);
  return error_text([&] {
    install_grub_bios(disk, recipe, layout, "/usr/lib/grub/i386-pc", folder / "core.img");
  });
}

TEST_F(GuestfsBatch, GrubThatIsTooLargeForItsPlaceIsRefusedAtItsLine) {
  if (!fs::exists("/usr/lib/grub/i386-pc/boot.img")) {
    GTEST_SKIP() << "the package grub-pc-bin is missing";
  }
  write("core.img", std::string((1U << 20U) + 512, 'x'));
  EXPECT_THAT(
      core_error(PartitionTable::kGpt, folder_),
      ::testing::AllOf(HasSubstr("r.yaml:5:3: GRUB's core image has 1049088 bytes, its place "
                                 "on the disk 1048576"),
                       HasSubstr("make the partition of type bios-boot larger")));
  write("core.img", std::string(1U << 20U, 'x'));
  EXPECT_THAT(
      core_error(PartitionTable::kMbr, folder_),
      ::testing::AllOf(HasSubstr("r.yaml:5:3: GRUB's core image has 1048576 bytes, its place "
                                 "on the disk 1048064"),
                       HasSubstr("ends where the first partition begins")));
}

}  // namespace
}  // namespace bootproof
