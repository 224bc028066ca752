// ext volumes that mke2fs made, read as e2fsprogs reads them.

#include "inspectors/volumes/ext_volume.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/inspectors/volumes/volume_test.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::blkid_of;
using bootproof::testing::content_of;
using bootproof::testing::content_of_folder;
using bootproof::testing::kMebibyte;
using bootproof::testing::output_of;
using bootproof::testing::text_of;
using bootproof::testing::VolumeTest;
using ::testing::ElementsAre;

/// Options of mke2fs.
struct Format {
  std::string name;
  std::vector<std::string> options;
  bool is_read_by_grub = true;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

class ExtFormatTest : public VolumeTest, public ::testing::WithParamInterface<Format> {
 protected:
  void SetUp() override {
    require("mke2fs", "e2fsprogs");
    require("debugfs", "e2fsprogs");
    if (IsSkipped()) {
      return;
    }
    tree_ = tree();
    std::filesystem::create_symlink("../EFI/BOOT/grub.cfg", tree_ + "/boot/short link");
    std::filesystem::create_symlink("/" + std::string(200, 'x'), tree_ + "/boot/long link");
    // A hole of a mebibyte between two bytes.
    static_cast<void>(folder_.write("tree/holes", "1"));
    std::filesystem::resize_file(tree_ + "/holes", kMebibyte);
    std::ofstream(tree_ + "/holes", std::ios::app) << "2";
    path_ = image("ext", 24 * kMebibyte);
    std::vector<std::string> words{"mke2fs", "-q", "-F", "-L", "A LABEL", "-d", tree_};
    words.insert(words.end(), GetParam().options.begin(), GetParam().options.end());
    words.push_back(path_);
    ASSERT_TRUE(output_of(words).has_value());
  }

  std::string tree_;
  std::string path_;
};

TEST_P(ExtFormatTest, HoldsWhatWasCopied) {
  const auto volume = open_ext_volume(view_of(path_));
  ASSERT_NE(volume, nullptr);
  auto own = content_of(*volume);
  own.erase("/lost+found/");
  const auto theirs = content_of_folder(tree_);
  EXPECT_EQ(own.size(), theirs.size());
  for (const auto& [name, bytes] : theirs) {
    EXPECT_TRUE(own[name] == bytes) << name;
  }
}

TEST_P(ExtFormatTest, IsNamedAsBlkidNamesIt) {
  require("blkid", "util-linux");
  if (IsSkipped()) {
    return;
  }
  const auto volume = open_ext_volume(view_of(path_));
  ASSERT_NE(volume, nullptr);
  auto blkid = blkid_of(path_);
  EXPECT_EQ(volume->label(), blkid["LABEL"]);
  EXPECT_EQ(volume->uuid(), blkid["UUID"]);
  EXPECT_EQ(volume->superblock().type_name(), blkid["TYPE"]);
}

TEST_P(ExtFormatTest, HasTheFeaturesThatDumpe2fsSays) {
  const auto super = read_ext_superblock(view_of(path_));
  ASSERT_TRUE(super.has_value());
  const auto report = output_of({"dumpe2fs", "-h", path_});
  ASSERT_TRUE(report.has_value());
  const std::string key = "Filesystem features:";
  const std::size_t at = report->find(key) + key.size();
  std::istringstream words(report->substr(at, report->find('\n', at) - at));
  std::vector<std::string> theirs;
  for (std::string word; words >> word;) {
    theirs.push_back(word);
  }
  EXPECT_EQ(super->features, theirs);
}

TEST_P(ExtFormatTest, HasTheExtentsThatDebugfsShows) {
  const auto volume = open_ext_volume(view_of(path_));
  ASSERT_NE(volume, nullptr);
  for (const std::string name : {"/boot/vmlinuz-6.1.0-amd64", "/EFI/BOOT/BOOTX64.EFI"}) {
    const Lookup lookup = find(*volume, name);
    ASSERT_TRUE(lookup.node.has_value()) << lookup.missing;
    const auto output = output_of({"debugfs", "-R", "blocks " + name, path_});
    ASSERT_TRUE(output.has_value());
    std::istringstream words(*output);
    std::vector<std::uint64_t> blocks;
    for (std::uint64_t block = 0; words >> block;) {
      blocks.push_back(block);
    }
    // debugfs names the blocks of pointers too.
    const std::uint64_t block_bytes = volume->superblock().block_bytes;
    for (const Extent& run : volume->extents(*lookup.node)) {
      for (std::uint64_t at = run.offset; at < run.offset + run.length; at += block_bytes) {
        EXPECT_THAT(blocks, ::testing::Contains(at / block_bytes));
      }
    }
    EXPECT_EQ(find(*volume, name).node->id, lookup.node->id);
    const auto shown = output_of({"debugfs", "-R", "stat " + name, path_});
    EXPECT_NE(shown->find(fmt::format("Inode: {} ", lookup.node->id)), std::string::npos);
  }
}

TEST_P(ExtFormatTest, IsJudgedAsGrubReadsIt) {
  require("grub-fstest", "grub-common");
  if (IsSkipped()) {
    return;
  }
  EXPECT_TRUE(output_of({"e2fsck", "-fn", path_}).has_value());
  Findings findings;
  judge_ext_volume(view_of(path_), findings);
  const std::vector<Finding> all = findings.take();
  EXPECT_EQ(all.size(), GetParam().is_read_by_grub ? 0U : 1U) << text_of(all);
  if (!all.empty()) {
    EXPECT_EQ(all.front().rule, "ext.unsupported-by-grub");
  }
  const auto listed = output_of({"grub-fstest", path_, "ls", "/EFI/BOOT/"});
  const bool is_read = listed && listed->find("BOOTX64.EFI") != std::string::npos;
  EXPECT_EQ(is_read, GetParam().is_read_by_grub);
}

INSTANTIATE_TEST_SUITE_P(
    All, ExtFormatTest,
    ::testing::Values(Format{"Ext2", {"-t", "ext2"}}, Format{"Ext3", {"-t", "ext3"}},
                      Format{"Ext4", {"-t", "ext4"}},
                      Format{"Ext2Of1024", {"-t", "ext2", "-b", "1024"}},
                      Format{"Ext4Of1024", {"-t", "ext4", "-b", "1024"}},
                      Format{"Ext4Without64Bit", {"-t", "ext4", "-O", "^64bit,^metadata_csum"}},
                      Format{"Ext4MetaBg", {"-t", "ext4", "-O", "meta_bg,^resize_inode"}},
                      Format{"Ext4WithoutJournal", {"-t", "ext4", "-O", "^has_journal"}},
                      Format{"Ext4Encrypt", {"-t", "ext4", "-O", "encrypt"}},
                      Format{"Ext4ChecksumSeed", {"-t", "ext4", "-O", "metadata_csum_seed"}},
                      Format{"Ext4LargeDir", {"-t", "ext4", "-O", "large_dir"}},
                      Format{"Ext4InlineData", {"-t", "ext4", "-O", "inline_data"}, false},
                      Format{"Ext4Casefold", {"-t", "ext4", "-O", "casefold"}, false}),
    [](const auto& test) { return test.param.name; });

using ExtTest = VolumeTest;

TEST_F(ExtTest, WithFilesInTheirInodesGivesWhatStandsThere) {
  require("mke2fs", "e2fsprogs");
  if (IsSkipped()) {
    return;
  }
  const auto small = folder_.write("tree/small", "in the inode");
  const std::string path = image("ext", 4 * kMebibyte);
  ASSERT_TRUE(output_of({"mke2fs", "-q", "-F", "-t", "ext4", "-O", "inline_data", "-I", "256", "-d",
                         small.parent_path().string(), path})
                  .has_value());
  const auto volume = open_ext_volume(view_of(path));
  ASSERT_NE(volume, nullptr);
  EXPECT_EQ(content_of(*volume)["/small"], "in the inode");
}

TEST_F(ExtTest, CutShortIsSaidOnce) {
  require("mke2fs", "e2fsprogs");
  if (IsSkipped()) {
    return;
  }
  const std::string path = image("ext", 16 * kMebibyte);
  ASSERT_TRUE(output_of({"mke2fs", "-q", "-F", "-t", "ext4", path}).has_value());
  std::filesystem::resize_file(path, 9 * kMebibyte);
  Findings findings;
  judge_ext_volume(view_of(path), findings);
  const std::vector<Finding> all = findings.take();
  ASSERT_EQ(all.size(), 1U) << text_of(all);
  EXPECT_EQ(all.front().rule, "ext.superblock-truncated");
}

}  // namespace
}  // namespace bootproof::inspectors
