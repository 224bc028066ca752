// Initramfs by tools that were not written here: read as cpio and bsdtar list them, and refused
// where the kernel refuses what the tool does unless it is told otherwise.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "inspectors/file_image.h"
#include "inspectors/programs/initramfs.h"
#include "inspectors/programs/kernel.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/program_samples.h"
#include "tests/inspectors/tool_output.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::elf_program;
using bootproof::testing::has_tool;
using bootproof::testing::kMachineX86_64;
using bootproof::testing::output_of;
using bootproof::testing::TemporaryFolder;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Read {
  Initramfs initramfs;
  std::vector<Finding> findings;
};

Read read_file(const std::string& path, const InitramfsContext& context = {}) {
  Read read;
  auto image = FileImage::open(path);
  if (image) {
    Findings findings;
    const std::vector<InitramfsFile> files{{ImageView(**image), path}};
    read.initramfs = read_initramfs(files, context, findings);
    read.findings = findings.take();
  }
  return read;
}

/// A folder with a small root file system and its archive `initrd.cpio`, made by cpio.
class ToolInitramfsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!has_tool("cpio")) {
      GTEST_SKIP() << "cpio is missing; install the package cpio";
    }
    const Bytes program = elf_program(kMachineX86_64);
    const auto busybox =
        folder_.write("root/bin/busybox", {std::string(program.begin(), program.end())});
    const auto init = folder_.write("root/init", "#!/bin/sh\nexec sh\n");
    std::filesystem::permissions(busybox, std::filesystem::perms(0755));
    std::filesystem::permissions(init, std::filesystem::perms(0755));
    std::filesystem::create_symlink("busybox", folder_.path() / "root/bin/sh");
    std::filesystem::create_hard_link(busybox, folder_.path() / "root/bin/ash");
    // More than a decoder's pieces, and nothing that compresses well.
    std::string noise;
    std::uint32_t state = 1;
    for (int i = 0; i < 300000; ++i) {
      state = state * 1664525 + 1013904223;
      noise.push_back(static_cast<char>(state >> 28U));
    }
    (void)folder_.write("root/noise", noise);
    pack("newc", "initrd.cpio");
  }

  void pack(const std::string& format, const std::string& name) {
    ASSERT_TRUE(
        shell(fmt::format("cd root && find . | sort | cpio -o -H {} > ../{}", format, name)));
  }
  /// Runs a command in the folder.
  [[nodiscard]] bool shell(const std::string& command) const {
    return output_of({"sh", "-c", fmt::format("cd '{}' && {}", folder_.path().string(), command)})
        .has_value();
  }
  [[nodiscard]] std::string path(const std::string& name) const {
    return (folder_.path() / name).string();
  }
  [[nodiscard]] std::vector<std::string> rules_of(const std::string& name) const {
    std::vector<std::string> rules;
    for (const Finding& finding : read_file(path(name)).findings) {
      rules.emplace_back(finding.rule);
    }
    return rules;
  }

  TemporaryFolder folder_;
};

TEST_F(ToolInitramfsTest, ByCpioIsRead) {
  const Read result = read_file(path("initrd.cpio"));
  EXPECT_THAT(result.findings, IsEmpty());
  const Initramfs& initramfs = result.initramfs;
  EXPECT_EQ(initramfs.entry_count, 7U);
  EXPECT_EQ(initramfs.init.at(1).target, "/bin/busybox");
  EXPECT_EQ(initramfs.busybox_links, 2U);
  EXPECT_EQ(initramfs.init.at(1).architecture, Architecture::kX86_64);
}

TEST_F(ToolInitramfsTest, WithTheChecksumFormatIsRead) {
  pack("crc", "crc.cpio");
  EXPECT_THAT(read_file(path("crc.cpio")).findings, IsEmpty());
}

TEST_F(ToolInitramfsTest, InOldFormatsIsRefused) {
  pack("odc", "odc.cpio");
  pack("bin", "bin.cpio");
  EXPECT_THAT(rules_of("odc.cpio"), ElementsAre("initramfs.old-cpio"));
  EXPECT_THAT(rules_of("bin.cpio"), ElementsAre("initramfs.old-cpio"));
}

struct Compressor {
  std::string name;
  std::string tool;
  std::string command;
  Compression compression;
};

class CompressorTest : public ToolInitramfsTest, public ::testing::WithParamInterface<Compressor> {
 protected:
  void SetUp() override {
    ToolInitramfsTest::SetUp();
    if (!IsSkipped() && !has_tool(GetParam().tool)) {
      GTEST_SKIP() << GetParam().tool << " is missing";
    }
    if (!IsSkipped()) {
      ASSERT_TRUE(shell(GetParam().command + " < initrd.cpio > initrd"));
    }
  }
};

TEST_P(CompressorTest, GivesTheSameArchive) {
  const Read plain = read_file(path("initrd.cpio"));
  const Read packed = read_file(path("initrd"));
  EXPECT_THAT(packed.findings, IsEmpty());
  ASSERT_EQ(packed.initramfs.parts.size(), 1U);
  const InitramfsPart& part = packed.initramfs.parts[0];
  EXPECT_EQ(part.compression, GetParam().compression);
  EXPECT_EQ(part.size, std::filesystem::file_size(path("initrd")));
  EXPECT_EQ(part.unpacked_size, std::filesystem::file_size(path("initrd.cpio")));
  EXPECT_EQ(packed.initramfs.entry_count, plain.initramfs.entry_count);
}

TEST_P(CompressorTest, IsFollowedByPaddingAndAnotherArchive) {
  ASSERT_TRUE(
      shell("head -c 512 /dev/zero > zeros && cat initrd zeros > a && "
            "truncate -s %4 a && cat a initrd initrd.cpio > b; true"));
  EXPECT_THAT(read_file(path("a")).findings, IsEmpty());
  ASSERT_TRUE(shell("cat a initrd zeros > b && truncate -s %4 b && cat b initrd.cpio > c"));
  const Read result = read_file(path("c"));
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.initramfs.parts.size(), 3U);
}

TEST_P(CompressorTest, ThatWasCutIsSeen) {
  ASSERT_TRUE(shell("head -c 20000 initrd > cut"));
  EXPECT_THAT(rules_of("cut"), ElementsAre("initramfs.truncated"));
}

TEST_P(CompressorTest, ThatWasDamagedIsSeen) {
  ASSERT_TRUE(
      shell("cp initrd bad && printf '\\125\\252\\125' | dd of=bad bs=1 seek=20000 "
            "conv=notrunc status=none"));
  const std::vector<std::string> rules = rules_of("bad");
  // A format without checksums may be unpacked to something else.
  const bool has_checksums = GetParam().compression != Compression::kLzma &&
                             GetParam().compression != Compression::kLz4Legacy;
  EXPECT_EQ(rules.size(), has_checksums ? 1U : std::min<std::size_t>(rules.size(), 1U));
  EXPECT_TRUE(rules.empty() || rules[0] == "initramfs.corrupt" ||
              rules[0] == "initramfs.truncated" || rules[0] == "initramfs.junk-inside")
      << rules[0];
}

TEST_P(CompressorTest, ThatCompressedTwiceIsSeen) {
  ASSERT_TRUE(shell(GetParam().command + " < initrd > twice"));
  EXPECT_THAT(rules_of("twice"), ElementsAre("initramfs.compressed-twice"));
}

INSTANTIATE_TEST_SUITE_P(
    Tools, CompressorTest,
    ::testing::Values(Compressor{"Gzip", "gzip", "gzip -9", Compression::kGzip},
                      Compressor{"Xz", "xz", "xz --check=crc32", Compression::kXz},
                      Compressor{"XzNoCheck", "xz", "xz --check=none", Compression::kXz},
                      Compressor{"Zstd", "zstd", "zstd -q -19 -c", Compression::kZstd},
                      Compressor{"ZstdFast", "zstd", "zstd -q --fast -c", Compression::kZstd},
                      Compressor{"Lz4", "lz4", "lz4 -q -l -9 -c", Compression::kLz4Legacy},
                      Compressor{"Lzma", "xz", "xz --format=lzma", Compression::kLzma},
                      Compressor{"Bzip2", "bzip2", "bzip2", Compression::kBzip2}),
    [](const auto& test) { return test.param.name; });

TEST_F(ToolInitramfsTest, ByXzAsItIsUsedIsRefused) {
  if (!has_tool("xz")) {
    GTEST_SKIP() << "install the package xz-utils";
  }
  ASSERT_TRUE(shell("xz < initrd.cpio > initrd"));
  EXPECT_THAT(rules_of("initrd"), ElementsAre("initramfs.xz-check"));
}

TEST_F(ToolInitramfsTest, ByLz4AsItIsUsedIsRefused) {
  if (!has_tool("lz4")) {
    GTEST_SKIP() << "install the package lz4";
  }
  ASSERT_TRUE(shell("lz4 -q < initrd.cpio > initrd"));
  EXPECT_THAT(rules_of("initrd"), ElementsAre("initramfs.lz4-frame"));
}

TEST_F(ToolInitramfsTest, ByZstdWithALongWindowIsRefused) {
  if (!has_tool("zstd")) {
    GTEST_SKIP() << "install the package zstd";
  }
  ASSERT_TRUE(shell("zstd -q --ultra --long=30 -c < initrd.cpio > initrd"));
  EXPECT_THAT(rules_of("initrd"), ElementsAre("initramfs.zstd-window"));
}

TEST_F(ToolInitramfsTest, ByLzopIsRecognised) {
  if (!has_tool("lzop")) {
    GTEST_SKIP() << "install the package lzop";
  }
  ASSERT_TRUE(shell("lzop < initrd.cpio > initrd"));
  EXPECT_THAT(rules_of("initrd"), ElementsAre("initramfs.not-unpacked"));
}

/// cpio's list of the same names, one more for each trailer that it does not list.
class InstallerTest : public ::testing::TestWithParam<std::string> {};

TEST_P(InstallerTest, IsHealthyAndHasAsManyEntriesAsBsdtarLists) {
  const std::string folder =
      fmt::format("/usr/lib/debian-installer/images/12/{0}/text/debian-installer/{0}/", GetParam());
  auto kernel_image = FileImage::open(folder + "linux");
  if (!kernel_image || !std::filesystem::exists(folder + "initrd.gz")) {
    GTEST_SKIP() << "install the package debian-installer-12-netboot-" << GetParam();
  }
  Findings none;
  const auto kernel = read_kernel(ImageView(**kernel_image), "linux", none);
  ASSERT_TRUE(kernel);
  InitramfsContext context;
  context.architecture = kernel->architecture;
  context.kernel_release = kernel->release;
  context.has_root = false;
  const Read result = read_file(folder + "initrd.gz", context);
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.initramfs.init.back().architecture, kernel->architecture);
  EXPECT_EQ(result.initramfs.modules.size(), 1U);
  EXPECT_EQ(result.initramfs.busybox, "/bin/busybox");
  const auto list = output_of({"bsdtar", "-tf", folder + "initrd.gz"});
  if (list) {
    EXPECT_EQ(result.initramfs.entry_count,
              static_cast<std::size_t>(std::count(list->begin(), list->end(), '\n')));
    std::size_t modules = 0;
    for (std::size_t at = 0; (at = list->find(".ko\n", at)) != std::string::npos; ++at) {
      ++modules;
    }
    EXPECT_EQ(result.initramfs.modules.at(0).count, modules);
  }
}

INSTANTIATE_TEST_SUITE_P(Debian, InstallerTest, ::testing::Values("amd64", "arm64"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace bootproof::inspectors
