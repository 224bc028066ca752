// FAT volumes that dosfstools and mtools made, read as mtools reads them.

#include "inspectors/volumes/fat_volume.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <sstream>

#include "inspectors/inspect.h"
#include "inspectors/volumes/fat_checks.h"
#include "tests/inspectors/volume_samples.h"
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
using ::testing::IsEmpty;

/// A size, options of mkfs.vfat, and what it then has to be.
struct Format {
  std::string name;
  std::uint64_t mebibytes;
  std::vector<std::string> options;
  int bits;
};

void PrintTo(const Format& format, std::ostream* out) { *out << format.name; }

class FatFormatTest : public VolumeTest, public ::testing::WithParamInterface<Format> {
 protected:
  void SetUp() override {
    require("mkfs.vfat", "dosfstools");
    require("mcopy", "mtools");
    if (IsSkipped()) {
      return;
    }
    tree_ = tree();
    path_ = image("fat", GetParam().mebibytes * kMebibyte);
    std::vector<std::string> words{"mkfs.vfat", "-n", "A LABEL"};
    words.insert(words.end(), GetParam().options.begin(), GetParam().options.end());
    words.push_back(path_);
    ASSERT_TRUE(output_of(words).has_value());
    // In two parts, so that what is copied last stands in the gap.
    ASSERT_TRUE(output_of({"mcopy", "-i", path_, tree_ + "/UPPER.TXT", "::gap"}).has_value());
    ASSERT_TRUE(
        output_of({"sh", "-c", "LC_ALL=C.UTF-8 mcopy -s -i \"$0\" \"$1\"/[EUmo]* ::", path_, tree_})
            .has_value());
    ASSERT_TRUE(output_of({"mdel", "-i", path_, "::gap"}).has_value());
    ASSERT_TRUE(output_of({"sh", "-c",
                           "LC_ALL=C.UTF-8 mcopy -s -i \"$0\" \"$1\"/[!EUmo]* ::", path_, tree_})
                    .has_value());
  }

  std::string tree_;
  std::string path_;
};

TEST_P(FatFormatTest, HoldsWhatWasCopied) {
  const auto volume = open_fat_volume(view_of(path_));
  ASSERT_NE(volume, nullptr);
  EXPECT_EQ(volume->layout().fat_bits, GetParam().bits);
  const auto own = content_of(*volume);
  const auto theirs = content_of_folder(tree_);
  EXPECT_EQ(own.size(), theirs.size());
  EXPECT_TRUE(own == theirs);
}

TEST_P(FatFormatTest, IsNamedAsBlkidNamesIt) {
  require("blkid", "util-linux");
  if (IsSkipped()) {
    return;
  }
  const auto volume = open_fat_volume(view_of(path_));
  ASSERT_NE(volume, nullptr);
  auto blkid = blkid_of(path_);
  EXPECT_EQ(volume->label(), blkid["LABEL"]);
  EXPECT_EQ(volume->uuid(), blkid["UUID"]);
  EXPECT_EQ(volume->label(), "A LABEL");
}

TEST_P(FatFormatTest, HasNothingWrong) {
  EXPECT_TRUE(output_of({"fsck.fat", "-n", path_}).has_value());
  Findings findings;
  judge_fat_volume(view_of(path_), {{}, 0}, findings);
  EXPECT_EQ(text_of(findings.take()), "");
}

TEST_P(FatFormatTest, HasTheChainsThatMshowfatShows) {
  const auto volume = open_fat_volume(view_of(path_));
  ASSERT_NE(volume, nullptr);
  const FatLayout& layout = volume->layout();
  for (const std::string name : {"EFI/BOOT/BOOTX64.EFI", "boot/vmlinuz-6.1.0-amd64"}) {
    const Lookup lookup = find(*volume, name);
    ASSERT_TRUE(lookup.node.has_value()) << lookup.missing;
    std::string own;
    for (const Extent& run : volume->extents(*lookup.node)) {
      const std::uint64_t first = (run.offset - layout.data_begin) / layout.cluster_bytes + 2;
      const std::uint64_t count = (run.length + layout.cluster_bytes - 1) / layout.cluster_bytes;
      own += count == 1 ? fmt::format(" <{}>", first)
                        : fmt::format(" <{}-{}>", first, first + count - 1);
    }
    const auto theirs = output_of({"mshowfat", "-i", path_, "::/" + name});
    ASSERT_TRUE(theirs.has_value());
    std::string text = theirs->substr(theirs->find(" <"));
    std::erase(text, '\n');
    while (text.ends_with(' ')) {
      text.pop_back();
    }
    EXPECT_EQ(own, text);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, FatFormatTest,
    ::testing::Values(Format{"Fat12", 3, {"-F", "12"}, 12}, Format{"Fat16", 16, {"-F", "16"}, 16},
                      Format{"Fat32", 40, {"-F", "32", "-s", "1"}, 32},
                      Format{"Fat32Large", 600, {}, 32},
                      Format{"Fat12Of4096", 8, {"-S", "4096", "-F", "12"}, 12},
                      Format{"Fat16Of4096", 64, {"-S", "4096", "-F", "16"}, 16},
                      Format{"Fat32Of4096", 300, {"-S", "4096", "-F", "32", "-s", "1"}, 32},
                      Format{"OneFat", 16, {"-f", "1"}, 16},
                      Format{"Fat16Of2048", 32, {"-S", "2048", "-s", "1"}, 16}),
    [](const auto& test) { return test.param.name; });

using FatTest = VolumeTest;

TEST_F(FatTest, WithoutALabelHasNone) {
  require("mkfs.vfat", "dosfstools");
  if (IsSkipped()) {
    return;
  }
  const std::string path = image("fat", 2 * kMebibyte);
  ASSERT_TRUE(output_of({"mkfs.vfat", "-i", "00010002", path}).has_value());
  const auto volume = open_fat_volume(view_of(path));
  ASSERT_NE(volume, nullptr);
  EXPECT_EQ(volume->label(), "");
  EXPECT_EQ(volume->uuid(), "0001-0002");
}

TEST_F(FatTest, ByMformatHasNothingWrong) {
  require("mformat", "mtools");
  if (IsSkipped()) {
    return;
  }
  for (const std::vector<std::string>& options :
       {std::vector<std::string>{"-f", "1440"},
        {"-f", "2880"},
        {"-T", "65536", "-h", "16", "-s", "63"},
        {"-F", "-T", "400000", "-h", "255", "-s", "63"}}) {
    const std::string path = (folder_.path() / "floppy").string();
    std::vector<std::string> words{"mformat", "-C", "-i", path};
    words.insert(words.end(), options.begin(), options.end());
    words.emplace_back("::");
    ASSERT_TRUE(output_of(words).has_value()) << options.front();
    Findings findings;
    judge_fat_volume(view_of(path), {{}, 0}, findings);
    EXPECT_EQ(text_of(findings.take()), "");
    std::filesystem::remove(path);
  }
}

TEST_F(FatTest, OfAnyOffsetAndHiddenSectorsHasNothingWrong) {
  require("mkfs.vfat", "dosfstools");
  if (IsSkipped()) {
    return;
  }
  const std::string path = image("disk", 40 * kMebibyte);
  ASSERT_TRUE(output_of({"mkfs.vfat", "--offset", "2048", "-h", "2048", path, "30720"}));
  const ImageView partition = view_of(path).subview(kMebibyte, 30 * kMebibyte);
  ASSERT_NE(open_fat_volume(partition), nullptr);
  Findings findings;
  judge_fat_volume(partition, {"partition 1", 2048}, findings);
  EXPECT_EQ(text_of(findings.take()), "");
}

TEST_F(FatTest, LargeAndFullCostsLittle) {
  require("mkfs.vfat", "dosfstools");
  if (IsSkipped()) {
    return;
  }
  const std::string path = image("fat", 8192 * kMebibyte);
  ASSERT_TRUE(output_of({"mkfs.vfat", "-F", "32", path}).has_value());
  const std::string tree_path = tree();
  ASSERT_TRUE(output_of({"mcopy", "-s", "-i", path, tree_path + "/EFI", "::"}).has_value());
  auto file = FileImage::open(path);
  ASSERT_TRUE(file.has_value());
  Findings findings;
  const auto before = std::chrono::steady_clock::now();
  judge_fat_volume(ImageView(**file), {{}, 0}, findings);
  const auto took = std::chrono::steady_clock::now() - before;
  EXPECT_EQ(text_of(findings.take()), "");
  EXPECT_LT(took, std::chrono::milliseconds(200));
}

TEST_F(FatTest, OfTheRealMediaOfPackagesHasNothingWrong) {
  int volumes = 0;
  for (const std::string path :
       {"/usr/lib/grub-rescue/grub-rescue-cdrom.iso", "/usr/lib/grub-rescue/grub-rescue-usb.img",
        "/usr/lib/grub-rescue/grub-rescue-floppy.img", "/usr/lib/ipxe/ipxe.iso",
        "/usr/lib/memtest86+/memtest86+x64.iso", "/usr/lib/memtest86+/memtest86+ia32.iso"}) {
    if (!std::filesystem::exists(path)) {
      continue;
    }
    const ImageView image = view_of(path);
    std::vector<ImageView> views{image};
    if (const Inspection inspection = inspect(image); inspection.el_torito) {
      for (const ElToritoEntry& entry : inspection.el_torito->entries) {
        views.push_back(image.subview(entry.load_rba * kIsoSectorBytes, image.size()));
      }
    }
    for (const ImageView& view : views) {
      if (const auto volume = open_fat_volume(view)) {
        ++volumes;
        EXPECT_FALSE(volume->list(volume->root()).empty()) << path;
        Findings findings;
        judge_fat_volume(view, {}, findings);
        EXPECT_EQ(text_of(findings.take()), "") << path;
      }
    }
  }
  if (volumes == 0) {
    GTEST_SKIP() << "no medium; install the packages grub-rescue-pc, ipxe and memtest86+";
  }
  RecordProperty("volumes", volumes);
}

std::unique_ptr<FatVolume> open_sample(MemoryImage& source) {
  return open_fat_volume(ImageView(source));
}

TEST(FatSample, HasItsNames) {
  const Bytes bytes = bootproof::testing::fat12_tree();
  MemoryImage source{ByteSpan(bytes)};
  const auto volume = open_sample(source);
  ASSERT_NE(volume, nullptr);
  EXPECT_EQ(volume->label(), "SAMPLE");
  EXPECT_EQ(volume->uuid(), "1234-ABCD");
  std::vector<std::string> names;
  for (const Node& node : volume->list(volume->root())) {
    names.push_back(node.name);
  }
  EXPECT_THAT(names, ElementsAre("EFI", "Long file name.txt"));
  const Lookup program = find(*volume, "/efi/boot/bootx64.efi");
  ASSERT_TRUE(program.node.has_value());
  EXPECT_THAT(volume->extents(*program.node), ElementsAre(Extent{3072, 1024}, Extent{4608, 276}));
  EXPECT_EQ(find(*volume, "/EFI/BOOT/GRUB.CFG").node->name, "grub.cfg");
  EXPECT_EQ(find(*volume, "/EFI/BOOT/BOOTAA64.EFI").missing, "/EFI/BOOT/BOOTAA64.EFI");
}

TEST(FatSample, WithALongNameOfAnotherEntryGoesByTheShortOne) {
  Bytes bytes = bootproof::testing::fat12_tree();
  bytes[bootproof::testing::FatPlaces::kRoot + 64 + 13] ^= 1U;  // The checksum of its last piece.
  MemoryImage source{ByteSpan(bytes)};
  const auto volume = open_sample(source);
  EXPECT_TRUE(find(*volume, "/LONGFI~1.TXT").node.has_value());
  EXPECT_FALSE(find(*volume, "/Long file name.txt").node.has_value());
}

TEST(FatSample, WithALoopGivesAsMuchAsItsChainHas) {
  Bytes bytes = bootproof::testing::fat12_tree();
  bootproof::testing::set_fat12(bytes, 5, 5);
  MemoryImage source{ByteSpan(bytes)};
  const auto volume = open_sample(source);
  const Lookup program = find(*volume, "/EFI/BOOT/BOOTX64.EFI");
  EXPECT_THAT(volume->extents(*program.node), ElementsAre(Extent{3072, 1024}));
}

}  // namespace
}  // namespace bootproof::inspectors
