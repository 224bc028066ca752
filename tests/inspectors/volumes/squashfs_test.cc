// squashfs by mksquashfs, read as unsquashfs reads it.

#include "inspectors/volumes/squashfs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/inspectors/volumes/volume_test.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::output_of;
using bootproof::testing::text_of;
using bootproof::testing::VolumeTest;

class SquashfsTest : public VolumeTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(SquashfsTest, IsReadAsUnsquashfsReadsIt) {
  require("mksquashfs", "squashfs-tools");
  if (IsSkipped()) {
    return;
  }
  const std::string path = (folder_.path() / "squashfs").string();
  ASSERT_TRUE(output_of({"mksquashfs", tree(), path, "-quiet", "-no-progress", "-comp", GetParam(),
                         "-b", "64K"})
                  .has_value());
  const auto report = output_of({"unsquashfs", "-s", path});
  ASSERT_TRUE(report.has_value());
  const ImageView view = view_of(path);
  const auto squashfs = read_squashfs(view);
  ASSERT_TRUE(squashfs.has_value());
  const auto says = [&](const std::string& line) {
    return report->find(line) != std::string::npos;
  };
  EXPECT_EQ(squashfs_compression_name(squashfs->compression), GetParam());
  EXPECT_TRUE(says(fmt::format("Compression {}\n", GetParam())));
  EXPECT_TRUE(says(fmt::format("Block size {}\n", squashfs->block_bytes)));
  EXPECT_TRUE(says(fmt::format("Filesystem size {} bytes", squashfs->bytes_used)));
  EXPECT_TRUE(says(fmt::format("Number of inodes {}\n", squashfs->inode_count)));
  EXPECT_TRUE(says("SQUASHFS 4:0 superblock"));
  Findings findings;
  judge_squashfs(*squashfs, view, "", findings);
  EXPECT_EQ(text_of(findings.take()), "");
}

INSTANTIATE_TEST_SUITE_P(All, SquashfsTest,
                         ::testing::Values("gzip", "lzma", "lzo", "xz", "lz4", "zstd"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace bootproof::inspectors
