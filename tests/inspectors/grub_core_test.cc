// GRUB's core image for i386-pc, written byte by byte and by grub-mkimage.

#include "inspectors/loaders/grub_core.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "inspectors/file_image.h"
#include "tests/inspectors/grub_core_sample.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

namespace fs = std::filesystem;
using bootproof::testing::content_of;
using bootproof::testing::grub_core_disk;
using bootproof::testing::GrubCoreParts;
using bootproof::testing::GrubCorePlaces;
using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using bootproof::testing::Patch;
using bootproof::testing::TemporaryFolder;
using ::testing::Contains;
using ::testing::IsEmpty;

constexpr const char* kModules = "/usr/lib/grub/i386-pc";

std::string text_of(const std::optional<ImageView>& view) {
  if (!view) {
    return "nothing";
  }
  const Bytes bytes = view->read(0, 4096);
  return {bytes.begin(), std::find(bytes.begin(), bytes.end(), 0)};
}

std::vector<std::string> names_of(const GrubImage& image) {
  std::vector<std::string> names;
  for (const GrubModule& module : image.modules) {
    names.push_back(module.name);
  }
  return names;
}

TEST(GrubCores, AreUnpacked) {
  GrubCoreParts parts;
  parts.memdisk = "a memory disk";
  const Bytes disk = grub_core_disk(parts);
  MemoryImage source{ByteSpan(disk)};
  Findings findings;
  const GrubCore core = read_grub_core(ImageView(source), 1, findings);
  ASSERT_TRUE(core.image) << core.problem;
  EXPECT_EQ(core.state, GrubCoreState::kRead);
  EXPECT_EQ(core.offset, GrubCorePlaces::kCore);
  EXPECT_EQ(core.image->prefix, "(,gpt2)/boot/grub");
  EXPECT_EQ(text_of(core.image->embedded_config), "insmod part_msdos\n");
  EXPECT_EQ(text_of(core.image->memdisk), "a memory disk");
  EXPECT_EQ(core.image->embedded_config->offset(), GrubCorePlaces::kPacked);
  const std::vector<GrubModule> expected{{"biosdisk", {}}, {"fshelp", {}}, {"ext2", {"fshelp"}}};
  EXPECT_EQ(core.image->modules, expected);
  EXPECT_EQ(core.dos_partition, std::nullopt);
  EXPECT_THAT(findings.take(), IsEmpty());
}

TEST(GrubCores, MayStandInSeveralPieces) {
  Bytes disk = grub_core_disk();
  // The second half of the core moves to the end.
  constexpr std::uint64_t kFirstPiece = 3;
  const std::uint64_t rest = (2 + kFirstPiece) * 512;
  disk.insert(disk.begin() + static_cast<std::ptrdiff_t>(rest), 10 * 512, 0xEE);
  Patch(disk)
      .le16(GrubCorePlaces::kBlock + 8, kFirstPiece)
      .le64(GrubCorePlaces::kBlock - 12, 2 + kFirstPiece + 10)
      .le16(GrubCorePlaces::kBlock - 4, GrubCorePlaces::kSectors - 2 - kFirstPiece)
      .le16(GrubCorePlaces::kBlock - 2, 0x820 + kFirstPiece * 32);
  MemoryImage source{ByteSpan(disk)};
  Findings findings;
  const GrubCore core = read_grub_core(ImageView(source), 1, findings);
  EXPECT_EQ(core.state, GrubCoreState::kRead) << core.problem;
  EXPECT_THAT(findings.take(), IsEmpty());
}

TEST(GrubCores, OfAnUnknownDecompressorAreNotJudged) {
  Bytes disk = grub_core_disk();
  Patch(disk).fill(GrubCorePlaces::kCore + 0x80, 10, 0x90);
  MemoryImage source{ByteSpan(disk)};
  Findings findings;
  const GrubCore core = read_grub_core(ImageView(source), 1, findings);
  EXPECT_EQ(core.state, GrubCoreState::kUnknown);
  EXPECT_EQ(core.problem, "its decompressor is not known");
  EXPECT_THAT(findings.take(), IsEmpty());
}

TEST(GrubCores, DamagedAnywhereGiveAnAnswer) {
  const Bytes healthy = grub_core_disk();
  for (std::size_t at = 512; at < healthy.size(); ++at) {
    Bytes disk = healthy;
    disk[at] ^= 0xFFU;
    MemoryImage source{ByteSpan(disk)};
    Findings findings;
    const GrubCore core = read_grub_core(ImageView(source), 1, findings);
    EXPECT_EQ(core.state == GrubCoreState::kRead, core.image.has_value()) << at;
    const bool has_error = !findings.take().empty();
    EXPECT_EQ(core.state == GrubCoreState::kUnusable || core.state == GrubCoreState::kDamaged,
              has_error)
        << at;
  }
}

TEST(GrubCores, CutAnywhereGiveAnAnswer) {
  const Bytes healthy = grub_core_disk();
  for (std::size_t size = 0; size < healthy.size(); size += 37) {
    const Bytes disk(healthy.begin(), healthy.begin() + static_cast<std::ptrdiff_t>(size));
    MemoryImage source{ByteSpan(disk)};
    Findings findings;
    EXPECT_EQ(read_grub_core(ImageView(source), 1, findings).state, GrubCoreState::kUnusable)
        << size;
  }
}

/// What grub-mkimage is given.
struct MadeImage {
  const char* name;
  std::string prefix;
  std::string config;
  std::string memdisk;
  std::vector<std::string> modules;
};

void PrintTo(const MadeImage& made, std::ostream* out) { *out << made.name; }

class MadeGrubCores : public ::testing::TestWithParam<MadeImage> {
 protected:
  void SetUp() override {
    if (!fs::exists(kModules) || !has_tool("grub-mkimage")) {
      GTEST_SKIP() << "packages grub-common and grub-pc-bin are needed";
    }
  }

  /// Nothing where grub-mkimage fails.
  [[nodiscard]] fs::path make(const std::string& format) const {
    fs::path image = folder_.path() / "core.img";
    std::vector<std::string> words{"grub-mkimage", "-O", format, "-o", image.string()};
    if (!GetParam().config.empty()) {
      words.insert(words.end(), {"-c", folder_.write("early.cfg", GetParam().config).string()});
    }
    if (!GetParam().memdisk.empty()) {
      words.insert(words.end(), {"-m", folder_.write("memdisk", GetParam().memdisk).string()});
    }
    words.insert(words.end(), {"-p", GetParam().prefix});
    words.insert(words.end(), GetParam().modules.begin(), GetParam().modules.end());
    return output_of(words) ? image : fs::path();
  }

  static void expect_parts(const GrubCore& core) {
    ASSERT_TRUE(core.image) << core.problem;
    EXPECT_EQ(core.image->prefix, GetParam().prefix);
    EXPECT_EQ(text_of(core.image->embedded_config),
              GetParam().config.empty() ? "nothing" : GetParam().config);
    EXPECT_EQ(text_of(core.image->memdisk),
              GetParam().memdisk.empty() ? "nothing" : GetParam().memdisk);
    for (const std::string& module : GetParam().modules) {
      EXPECT_THAT(names_of(*core.image), Contains(module));
    }
    // What a module needs stands before it, and what it says is what its file says.
    std::vector<std::string> before;
    for (const GrubModule& module : core.image->modules) {
      for (const std::string& dependency : module.dependencies) {
        EXPECT_THAT(before, Contains(dependency)) << module.name;
      }
      before.push_back(module.name);
      auto file = FileImage::open(fs::path(kModules) / (module.name + ".mod"));
      ASSERT_TRUE(file.has_value()) << module.name;
      EXPECT_EQ(read_grub_module(ImageView(**file)), module);
    }
  }

  TemporaryFolder folder_;
};

TEST_P(MadeGrubCores, OfADiskAreReadFromTheirSectors) {
  const std::string core = content_of(make("i386-pc"));
  ASSERT_FALSE(core.empty());
  Bytes disk(512, 0);  // The list of blocks as made counts from the MBR.
  disk.insert(disk.end(), core.begin(), core.end());
  disk.resize((disk.size() + 511) / 512 * 512);
  MemoryImage source{ByteSpan(disk)};
  Findings findings;
  expect_parts(read_grub_core(ImageView(source), 1, findings));
  EXPECT_THAT(findings.take(), IsEmpty());
}

TEST_P(MadeGrubCores, OfACdAreReadFromTheirFile) {
  const std::string file = content_of(make("i386-pc-eltorito"));
  ASSERT_GT(file.size(), 2560U);
  const Bytes loaded(file.begin() + 2560, file.end());
  MemoryImage source{ByteSpan(loaded)};
  Findings findings;
  expect_parts(read_loaded_grub_core(ImageView(source), findings));
  EXPECT_THAT(findings.take(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(
    All, MadeGrubCores,
    ::testing::Values(
        MadeImage{"Least", "/boot/grub", "", "", {"biosdisk", "iso9660"}},
        MadeImage{"Disk",
                  "(,gpt2)/boot/grub",
                  "search.fs_uuid 1234 root\n",
                  "",
                  {"biosdisk", "part_gpt", "ext2", "search_fs_uuid"}},
        MadeImage{"Everything",
                  "(memdisk)/boot/grub",
                  "configfile /a\n",
                  std::string(4000, 'm'),
                  {"biosdisk", "normal", "linux", "memdisk", "tar", "all_video", "gfxterm"}},
        MadeImage{"Prefix of 200 bytes", "/" + std::string(200, 'p'), "", "", {"biosdisk"}}),
    [](const auto& test) {
      std::string name = test.param.name;
      std::erase(name, ' ');
      return name;
    });

}  // namespace
}  // namespace bootproof::inspectors
