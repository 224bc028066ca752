// Volumes that nobody made by accident: bounded in time and memory, whatever fields claim.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/fat_checks.h"
#include "inspectors/volumes/fat_volume.h"
#include "inspectors/volumes/squashfs.h"
#include "tests/inspectors/defects/volume_defects.h"
#include "tests/inspectors/hostile.h"
#include "tests/inspectors/volume_samples.h"
#include "tests/inspectors/volumes/volume_test.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::FatPlaces;
using bootproof::testing::for_each_cut;
using bootproof::testing::for_each_damage;
using bootproof::testing::HugeImage;
using bootproof::testing::Patch;
using bootproof::testing::VolumeTest;
namespace samples = bootproof::testing;

/// Reads all that can be read of a volume, in bounds.
std::size_t walk(Volume& volume) {
  std::size_t files = 0;
  std::vector<Node> left{volume.root()};
  for (int directories = 0; !left.empty() && directories < 32; ++directories) {
    const Node directory = left.back();
    left.pop_back();
    for (const Node& node : volume.list(directory)) {
      if (node.kind == NodeKind::kDirectory) {
        left.push_back(node);
      } else if (node.kind == NodeKind::kFile && ++files < 64) {
        FileContent content(volume, node);
        EXPECT_LE(content.size(), node.size);
        static_cast<void>(ImageView(content).read(0, 4096));
      }
    }
  }
  return files;
}

std::size_t read_all(ByteSpan bytes) {
  MemoryImage source{bytes};
  const ImageView view(source);
  Findings findings;
  judge_fat_volume(view, {{}, 0}, findings);
  judge_ext_volume(view, findings);
  if (const auto squashfs = read_squashfs(view)) {
    judge_squashfs(*squashfs, view, "", findings);
  }
  if (const auto fat = open_fat_volume(view)) {
    walk(*fat);
  }
  if (const auto ext = open_ext_volume(view)) {
    walk(*ext);
  }
  return findings.take().size();
}

class Stopwatch {
 public:
  [[nodiscard]] bool is_under_a_second() const {
    return std::chrono::steady_clock::now() - begin_ < std::chrono::seconds(1);
  }

 private:
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
};

std::vector<Bytes> all_samples() {
  return {samples::fat12_tree(), samples::syslinux_volume(), samples::ext2_volume(),
          samples::ext4_volume(), samples::squashfs_file()};
}

TEST(HostileVolume, CutAnywhereIsStillRead) {
  for (const Bytes& whole : all_samples()) {
    for_each_cut(ByteSpan(whole), {13, 3072, 509},
                 [](ByteSpan cut) { EXPECT_LT(read_all(cut), 100U); });
  }
}

TEST(HostileVolume, DamagedAnywhereIsStillRead) {
  for (const Bytes& whole : all_samples()) {
    for_each_damage(ByteSpan(whole), {.seed = 5, .rounds = 1500, .changes = 4},
                    [](const Bytes& damaged) { EXPECT_LT(read_all(damaged), 200U); });
  }
}

TEST(HostileVolume, WithAFatOfALongChainOfJumpsEnds) {
  // FAT32 on 4 GiB whose chain goes to and fro, so that each step is another piece of the FAT.
  constexpr std::uint64_t kClusters = 8000000;
  constexpr std::uint64_t kFatSectors = kClusters * 4 / 512 + 1;
  Bytes bytes((32 + kFatSectors) * 512);
  const Bytes begin = samples::fat32_begin();
  std::copy_n(begin.begin(), 1024, bytes.begin());
  Patch patch(bytes);
  patch.u8(16, 1).le32(32, 32 + kFatSectors + kClusters).le32(36, kFatSectors);
  for (std::uint64_t cluster = 2; cluster < kClusters; ++cluster) {
    patch.le32(32 * 512 + cluster * 4,
               cluster < kClusters / 2 ? cluster + kClusters / 2 : cluster - kClusters / 2 + 1);
  }
  patch.le32(32 * 512, 0x0FFFFFF8).le32(32 * 512 + 4, 0x0FFFFFFF);
  HugeImage source(ByteSpan(bytes), (32 + kFatSectors + kClusters) * 512);
  const ImageView view(source);
  const Stopwatch stopwatch;
  const auto volume = open_fat_volume(view);
  ASSERT_NE(volume, nullptr);
  Node file;
  file.id = 2;
  file.size = 0xFFFFFFFF;
  EXPECT_GT(volume->extents(file).size(), 1000U);
  Findings findings;
  judge_fat_volume(view, {{}, 0}, findings);
  EXPECT_TRUE(stopwatch.is_under_a_second());
}

TEST(HostileVolume, WithEveryEntryADirectoryEnds) {
  // 2 MiB of entries, each a directory that begins with the same cluster.
  constexpr std::uint64_t kSectors = 65000;
  Bytes bytes(kSectors * 512);
  const Bytes begin = samples::fat12_tree();
  std::copy_n(begin.begin(), 512, bytes.begin());
  Patch patch(bytes);
  patch.le16(17, 0xFFF0).le16(19, kSectors).le16(22, 256).text(54, "FAT16   ");
  patch.le32(512, 0xFFFFFFF8).le32(512 + 256 * 512, 0xFFFFFFF8);
  for (std::uint64_t i = 0; i < 0xFFF0; ++i) {
    const std::uint64_t at = (1 + 512) * 512 + i * 32;
    patch.text(at, "AAAAAAAAAAA").u8(at + 11, 0x10).le16(at + 26, 2 + i % 3);
    patch.le16(at, 0x4141 + i % 1000);
  }
  for (std::uint64_t cluster = 2; cluster < 5000; ++cluster) {
    patch.le16(512 + cluster * 2, cluster + 1);
    patch.le16(512 + 256 * 512 + cluster * 2, cluster + 1);
  }
  const Stopwatch stopwatch;
  EXPECT_LT(samples::findings_of_fat(bytes).size(), 200U);
  EXPECT_TRUE(stopwatch.is_under_a_second());
}

TEST(HostileVolume, OfAllSectorsThereAreCostsLittle) {
  Bytes bytes = samples::fat32_begin();
  Patch(bytes).le32(32, 0xFFFFFFFF).le32(36, 0x00FFFFFF);
  HugeImage source(ByteSpan(bytes), std::uint64_t{1} << 43U);
  Findings findings;
  judge_fat_volume(ImageView(source), {{}, 0}, findings);
  EXPECT_LT(source.bytes_read(), std::uint64_t{4} << 20U);
}

TEST(HostileVolume, OfExtWithHugeCountsIsNotAllocated) {
  for (const std::uint64_t blocks : {0xFFFFFFFFU, 0x7FFFFFFFU, 8200U}) {
    Bytes bytes = samples::ext2_volume();
    Patch(bytes).le32(1024 + 4, blocks).le32(1024, 0xFFFFFFFF);
    HugeImage source(ByteSpan(bytes), std::uint64_t{1} << 42U);
    Findings findings;
    judge_ext_volume(ImageView(source), findings);
    EXPECT_LT(source.bytes_read(), std::uint64_t{64} << 20U);
  }
}

/// Lists the root of an ext volume, and follows it as a file without an end.
void use_endless_root(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  const auto volume = open_ext_volume(ImageView(source));
  ASSERT_NE(volume, nullptr);
  static_cast<void>(volume->list(volume->root()));
  Node file;
  file.id = 2;
  file.size = ~std::uint64_t{0};
  static_cast<void>(volume->extents(file));
  static_cast<void>(volume->has_readable_root());
}

/// 1 MiB of ext4 with blocks of 4096 bytes whose root directory has these extents' levels, each
/// block full of entries that all name the next.
Bytes ext_with_extent_levels(unsigned levels) {
  constexpr std::uint64_t kBlock = 4096;
  constexpr std::uint64_t kRoot = 5 * kBlock + 128;
  Bytes bytes(64 * kBlock);
  const Bytes small = samples::ext2_volume();
  std::copy_n(small.begin() + 1024, 1024, bytes.begin() + 1024);
  Patch patch(bytes);
  patch.le32(1024 + 20, 0).le32(1024 + 24, 2).le32(1024 + 28, 2).le32(1024 + 0x60, 0x42);
  patch.le32(kBlock, 3).le32(kBlock + 4, 4).le32(kBlock + 8, 5);
  patch.le16(kRoot, 0x41ED).le32(kRoot + 4, 0x7FFFFFFF).le16(kRoot + 26, 2);
  patch.le32(kRoot + 32, 0x80000);
  const auto put_node = [&](std::uint64_t at, unsigned depth, std::uint64_t most,
                            std::uint64_t next) {
    patch.le16(at, 0xF30A).le16(at + 2, most).le16(at + 4, most).le16(at + 6, depth);
    for (std::uint64_t i = 0; i < most; ++i) {
      const std::uint64_t entry = at + 12 + i * 12;
      patch.le32(entry, i);
      if (depth == 0) {
        patch.le16(entry + 4, 0x8000).le32(entry + 8, next);
      } else {
        patch.le32(entry + 4, next);
      }
    }
  };
  put_node(kRoot + 40, levels, 4, 20);
  for (unsigned level = 0; level < levels; ++level) {
    put_node((20 + level) * kBlock, levels - level - 1, 340, 21 + level);
  }
  return bytes;
}

TEST(HostileVolume, OfExtWithExtentsThatMultiplyEnds) {
  for (unsigned levels = 1; levels <= 5; ++levels) {
    const Bytes bytes = ext_with_extent_levels(levels);
    const Stopwatch stopwatch;
    use_endless_root(bytes);
    EXPECT_TRUE(stopwatch.is_under_a_second()) << levels;
  }
}

TEST(HostileVolume, OfExtWithPointersThatMultiplyEnds) {
  constexpr std::uint64_t kRoot = 5 * 1024 + 128;
  Bytes bytes = samples::ext2_volume();
  Patch patch(bytes);
  patch.le32(kRoot + 4, 0x7FFFFFFF);
  // The triple indirect block is full of itself.
  patch.le32(kRoot + 40 + 14 * 4, 20).le32(kRoot + 40 + 13 * 4, 20).le32(kRoot + 40 + 12 * 4, 20);
  for (std::uint64_t i = 0; i < 256; ++i) {
    patch.le32(20 * 1024 + i * 4, 20);
  }
  const Stopwatch stopwatch;
  use_endless_root(bytes);
  EXPECT_TRUE(stopwatch.is_under_a_second());
}

}  // namespace
}  // namespace bootproof::inspectors
