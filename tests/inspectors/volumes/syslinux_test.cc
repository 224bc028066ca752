// Volumes on which syslinux was installed by its own installer.

#include "inspectors/volumes/syslinux.h"

#include <gtest/gtest.h>

#include "inspectors/volumes/fat_checks.h"
#include "inspectors/volumes/fat_volume.h"
#include "tests/inspectors/volumes/volume_test.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::kMebibyte;
using bootproof::testing::output_of;
using bootproof::testing::text_of;
using bootproof::testing::VolumeTest;

class SyslinuxTest : public VolumeTest {
 protected:
  void SetUp() override {
    require("mkfs.vfat", "dosfstools");
    require("syslinux", "syslinux");
    require("mcopy", "mtools");
  }

  std::string rules_of(const ImageView& view, const FatSurroundings& surroundings = {{}, 0}) {
    Findings findings;
    judge_fat_volume(view, surroundings, findings);
    std::string rules;
    for (const Finding& finding : findings.take()) {
      rules += std::string(finding.rule) + "\n";
    }
    return rules;
  }

  void install(const std::string& path, const std::vector<std::string>& mkfs,
               const std::vector<std::string>& options) {
    std::vector<std::string> words{"mkfs.vfat"};
    words.insert(words.end(), mkfs.begin(), mkfs.end());
    words.push_back(path);
    ASSERT_TRUE(output_of(words).has_value());
    words = {"syslinux", "--install"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(path);
    ASSERT_TRUE(output_of(words).has_value());
  }
};

TEST_F(SyslinuxTest, HasNothingWrongOnAnyFat) {
  if (IsSkipped()) {
    return;
  }
  for (const std::vector<std::string>& mkfs :
       {std::vector<std::string>{"-F", "12", "-s", "8"}, {"-F", "16"}, {"-F", "32", "-s", "1"}}) {
    const std::string path = image("stick", (mkfs[1] == "12" ? 8 : 40) * kMebibyte);
    install(path, mkfs, {});
    const ImageView view = view_of(path);
    const auto sector = recognise_syslinux(view);
    ASSERT_TRUE(sector.has_value());
    const auto volume = open_fat_volume(view);
    const Lookup lookup = find(*volume, "/ldlinux.sys");
    ASSERT_TRUE(lookup.node.has_value());
    FileContent content(*volume, *lookup.node);
    const auto ldlinux = read_ldlinux(ImageView(content));
    ASSERT_TRUE(ldlinux.has_value());
    EXPECT_TRUE(ldlinux->has_checksum);
    EXPECT_FALSE(ldlinux->version.empty());
    EXPECT_EQ(ldlinux->directory, "");
    EXPECT_EQ(rules_of(view), "");
    std::filesystem::remove(path);
  }
}

TEST_F(SyslinuxTest, InAFolderOfAPartitionHasNothingWrong) {
  if (IsSkipped()) {
    return;
  }
  const std::string path = image("disk", 40 * kMebibyte);
  ASSERT_TRUE(output_of({"mkfs.vfat", "--offset", "2048", path, "32768"}).has_value());
  ASSERT_TRUE(output_of({"mmd", "-i", path + "@@1M", "::boot", "::boot/loader"}).has_value());
  ASSERT_TRUE(output_of({"syslinux", "--install", "--offset", "1048576", "--directory",
                         "/boot/loader", path})
                  .has_value());
  const ImageView view = view_of(path).subview(kMebibyte, 32 * kMebibyte);
  EXPECT_EQ(rules_of(view, {"partition 1", 2048}), "");
}

TEST_F(SyslinuxTest, InPiecesHasNothingWrong) {
  if (IsSkipped()) {
    return;
  }
  // Small clusters with every other one free.
  const std::string path = image("stick", 2 * kMebibyte);
  ASSERT_TRUE(output_of({"mkfs.vfat", "-F", "12", "-s", "1", "-r", "1024", path}).has_value());
  const std::string small = folder_.write("small", "x").string();
  std::string names;
  for (int i = 0; i < 600; ++i) {
    const std::string name = "::f" + std::to_string(i);
    ASSERT_TRUE(output_of({"mcopy", "-i", path, small, name}).has_value());
    if (i % 2 == 0) {
      names += " " + name;
    }
  }
  ASSERT_TRUE(output_of({"sh", "-c", "mdel -i \"$0\"" + names, path}).has_value());
  ASSERT_TRUE(output_of({"syslinux", "--install", path}).has_value());
  const ImageView view = view_of(path);
  const auto volume = open_fat_volume(view);
  EXPECT_GT(volume->extents(*find(*volume, "/ldlinux.sys").node).size(), 50U);
  EXPECT_EQ(rules_of(view), "");
}

TEST_F(SyslinuxTest, ThatWasCopiedIsMoved) {
  if (IsSkipped()) {
    return;
  }
  const std::string path = image("stick", 16 * kMebibyte);
  install(path, {}, {});
  const std::string copy = (folder_.path() / "ldlinux.sys").string();
  ASSERT_TRUE(output_of({"mcopy", "-i", path, "::ldlinux.sys", copy}).has_value());
  ASSERT_TRUE(output_of({"mcopy", "-i", path, copy, "::other"}).has_value());
  ASSERT_TRUE(output_of({"mattrib", "-i", path, "-r", "-s", "-h", "::ldlinux.sys"}).has_value());
  ASSERT_TRUE(output_of({"mdel", "-i", path, "::ldlinux.sys"}).has_value());
  EXPECT_EQ(rules_of(view_of(path)), "syslinux.no-ldlinux-sys\n");
  ASSERT_TRUE(output_of({"mren", "-i", path, "::other", "::ldlinux.sys"}).has_value());
  EXPECT_EQ(rules_of(view_of(path)), "syslinux.ldlinux-moved\n");
}

}  // namespace
}  // namespace bootproof::inspectors
