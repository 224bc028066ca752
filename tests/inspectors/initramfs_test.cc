// Initramfs: what the kernel would make of them.

#include "inspectors/programs/initramfs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>

#include "inspectors/programs/compression_frames.h"
#include "tests/inspectors/hostile.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/program_samples.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::cpio_archive;
using bootproof::testing::CpioFile;
using bootproof::testing::directory;
using bootproof::testing::dynamic_program;
using bootproof::testing::elf_program;
using bootproof::testing::file;
using bootproof::testing::for_each_cut;
using bootproof::testing::for_each_damage;
using bootproof::testing::gzip_stored;
using bootproof::testing::healthy_files;
using bootproof::testing::healthy_initramfs;
using bootproof::testing::HugeImage;
using bootproof::testing::joined;
using bootproof::testing::kMachineArm64;
using bootproof::testing::kMachineX86_64;
using bootproof::testing::Patch;
using bootproof::testing::symlink;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

struct Read {
  Initramfs initramfs;
  std::vector<Finding> findings;
};

/// Reads files as a loader hands them over, one after the other.
Read read_all(const std::vector<Bytes>& contents, const InitramfsContext& context = {}) {
  std::vector<std::unique_ptr<MemoryImage>> sources;
  std::vector<InitramfsFile> files;
  for (const Bytes& content : contents) {
    sources.push_back(std::make_unique<MemoryImage>(ByteSpan(content)));
    files.push_back({ImageView(*sources.back()), "/initrd" + std::to_string(files.size())});
  }
  Findings findings;
  Read read;
  read.initramfs = read_initramfs(files, context, findings);
  read.findings = findings.take();
  return read;
}

Read read(const Bytes& content, const InitramfsContext& context = {}) {
  return read_all({content}, context);
}

std::vector<std::string> rules_of(const Read& read) {
  std::vector<std::string> rules;
  for (const Finding& finding : read.findings) {
    rules.emplace_back(finding.rule);
  }
  return rules;
}

Bytes aligned(Bytes bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  return bytes;
}

TEST(Initramfs, ThatIsHealthyIsReadWhole) {
  const Read result = read(healthy_initramfs());
  EXPECT_THAT(result.findings, IsEmpty());
  const Initramfs& initramfs = result.initramfs;
  EXPECT_TRUE(initramfs.is_complete);
  EXPECT_EQ(initramfs.entry_count, healthy_files().size());
  EXPECT_EQ(initramfs.busybox, "/bin/busybox");
  EXPECT_EQ(initramfs.busybox_links, 2U);
  ASSERT_EQ(initramfs.modules.size(), 1U);
  EXPECT_EQ(initramfs.modules[0].release, "6.1.0-test");
  EXPECT_EQ(initramfs.modules[0].count, 1U);
  EXPECT_TRUE(initramfs.modules[0].has_index);
  EXPECT_EQ(describe(initramfs),
            "1 part (none), 13 entries, 0.0 MiB unpacked, /init -> /bin/sh (/bin/busybox), x86-64");
}

TEST(Initramfs, OfSeveralArchivesIsReadInOrder) {
  const Bytes microcode = cpio_archive(
      {directory("kernel"), file("kernel/x86/microcode/GenuineIntel.bin", 0644, "microcode")});
  const Bytes more = cpio_archive({file("init", 0755, "#!/bin/mount\n")});
  const Read result = read(joined({microcode, Bytes(512), aligned(gzip_stored(healthy_initramfs())),
                                   gzip_stored(more), Bytes(7)}));
  EXPECT_THAT(result.findings, IsEmpty());
  ASSERT_EQ(result.initramfs.parts.size(), 3U);
  EXPECT_TRUE(result.initramfs.parts[0].has_microcode);
  EXPECT_EQ(result.initramfs.parts[0].size, microcode.size());
  EXPECT_EQ(result.initramfs.parts[1].compression, Compression::kGzip);
  EXPECT_EQ(result.initramfs.parts[2].entry_count, 1U);
  // The later /init is the one that counts.
  EXPECT_EQ(result.initramfs.init.at(1).path, "/bin/mount");
}

TEST(Initramfs, OfSeveralFilesIsOneFileSystem) {
  const Read result =
      read_all({cpio_archive({file("init", 0755, "#!/bin/none\n")}), healthy_initramfs()});
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.initramfs.init.at(1).target, "/bin/busybox");
  EXPECT_EQ(result.initramfs.parts.at(1).file, 1U);
}

TEST(Initramfs, InACompressedStreamMayHoldSeveralArchives) {
  const Read result = read(gzip_stored(
      joined({cpio_archive({directory("bin")}), Bytes(100), healthy_initramfs(), Bytes(200)})));
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.initramfs.parts.size(), 1U);
}

TEST(Initramfs, ThatIsNotUnpackedIsNotJudged) {
  InitramfsContext context;
  context.is_unpacked = false;
  const Read result = read(gzip_stored(cpio_archive({})), context);
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.initramfs.parts.at(0).compression, Compression::kGzip);
  EXPECT_FALSE(result.initramfs.is_complete);
}

TEST(Initramfs, HasHardLinksByTheirNumbers) {
  std::vector<CpioFile> files = healthy_files();
  // As cpio writes them: all names but the last without content.
  CpioFile first = file("bin/true", 0755, "");
  CpioFile second = file("bin/false", 0755, elf_program(kMachineArm64));
  first.ino = second.ino = 7;
  first.nlink = second.nlink = 2;
  files.push_back(first);
  files.push_back(second);
  InitramfsContext context;
  context.rdinit = "/bin/true";
  const Read result = read(cpio_archive(files), context);
  EXPECT_THAT(result.findings, IsEmpty());
  ASSERT_EQ(result.initramfs.init.size(), 1U);
  EXPECT_EQ(result.initramfs.init[0].kind, ProgramKind::kStaticElf);
  EXPECT_EQ(result.initramfs.init[0].architecture, Architecture::kArm64);
}

TEST(Initramfs, HasNoHardLinksAcrossArchives) {
  CpioFile one = file("one", 0755, "#!/two\n");
  CpioFile two = file("two", 0755, elf_program(kMachineX86_64));
  one.ino = two.ino = 7;
  one.nlink = two.nlink = 2;
  InitramfsContext context;
  context.rdinit = "/one";
  const Read apart = read(joined({cpio_archive({one}), cpio_archive({two})}), context);
  EXPECT_EQ(apart.initramfs.init.size(), 2U);
  const Read together = read(cpio_archive({one, two}), context);
  EXPECT_EQ(together.initramfs.init.size(), 1U);
}

TEST(Initramfs, FollowsLinksOfDirectories) {
  std::vector<CpioFile> files{directory("usr"),
                              directory("usr/bin"),
                              symlink("bin", "usr/bin"),
                              file("usr/bin/busybox", 0755, elf_program(kMachineX86_64)),
                              symlink("bin/sh", "../../usr//bin/./busybox"),
                              symlink("init", "/bin/sh")};
  const Read result = read(cpio_archive(files));
  EXPECT_THAT(result.findings, IsEmpty());
  EXPECT_EQ(result.initramfs.init.at(0).target, "/usr/bin/busybox");
}

TEST(Initramfs, DoesNotReplaceADirectoryThatIsNotEmpty) {
  std::vector<CpioFile> files = healthy_files();
  files.push_back(symlink("bin", "/nowhere"));
  EXPECT_THAT(read(cpio_archive(files)).findings, IsEmpty());
}

TEST(Initramfs, OfProgramsThatTheKernelRunsBesideItsOwnIsHealthy) {
  InitramfsContext context;
  context.architecture = Architecture::kX86_64;
  constexpr std::uint16_t kMachineX86 = 3;
  std::vector<CpioFile> files{file("init", 0755, elf_program(kMachineX86))};
  EXPECT_THAT(read(cpio_archive(files), context).findings, IsEmpty());
}

TEST(Initramfs, WithADynamicLinkerOfAnotherArchitectureIsWrongWhateverTheKernel) {
  const std::vector<CpioFile> files{file("init", 0755, elf_program(kMachineX86_64, "/ld.so")),
                                    file("ld.so", 0755, elf_program(kMachineArm64))};
  EXPECT_THAT(rules_of(read(cpio_archive(files))), ElementsAre("initramfs.architecture"));
}

TEST(Initramfs, WithTheLibrariesOfItsProgramsIsHealthy) {
  std::vector<CpioFile> files{
      directory("lib"), file("init", 0755, dynamic_program("/lib/ld.so", {"liba.so", "libb.so"})),
      file("lib/ld.so", 0755, elf_program(kMachineX86_64)), file("lib/liba.so", 0644, "a")};
  const Read without = read(cpio_archive(files));
  ASSERT_THAT(rules_of(without), ElementsAre("initramfs.library-missing"));
  EXPECT_EQ(without.findings[0].found, "no file libb.so");
  files.push_back(file("lib/libb.so", 0644, "b"));
  EXPECT_THAT(read(cpio_archive(files)).findings, IsEmpty());
}

TEST(Initramfs, OfMuslNeedsItsLinkerAlone) {
  const std::vector<CpioFile> files{
      directory("lib"),
      file("init", 0755, dynamic_program("/lib/ld-musl-x86_64.so.1", {"libc.musl-x86_64.so.1"})),
      file("lib/ld-musl-x86_64.so.1", 0755, elf_program(kMachineX86_64))};
  EXPECT_THAT(read(cpio_archive(files)).findings, IsEmpty());
}

TEST(Initramfs, WithScriptsThatStartEachOtherEnds) {
  const std::vector<CpioFile> files{file("init", 0755, "#!/a\n"), file("a", 0755, "#! /init x\n")};
  EXPECT_EQ(read(cpio_archive(files)).initramfs.init.size(), 6U);
}

TEST(Initramfs, WithoutCompleteReadingIsNotJudgedByWhatIsMissing) {
  Bytes archive = healthy_initramfs();
  archive.resize(400);
  EXPECT_THAT(rules_of(read(archive)), ElementsAre("initramfs.truncated"));
}

TEST(Initramfs, WithAZstdWindowOfAFrameOfOneSegmentIsItsSize) {
  const Bytes frame{0x28, 0xB5, 0x2F, 0xFD, 0x60, 0x00, 0x01, 0x01, 0x00, 0x00};
  MemoryImage source{ByteSpan(frame)};
  EXPECT_EQ(zstd_window(ImageView(source)), 512U);
  const FrameExtent extent = zstd_extent(ImageView(source));
  EXPECT_TRUE(extent.is_complete);
  EXPECT_EQ(extent.size, 10U);
}

TEST(Initramfs, OfMicrocodeAloneNeedsNoInitWhereThereIsARoot) {
  const Bytes microcode = cpio_archive({file("kernel/x86/microcode/AuthenticAMD.bin", 0644, "mc")});
  InitramfsContext context;
  context.has_root = true;
  EXPECT_THAT(read(microcode, context).findings, IsEmpty());
  context.has_root = false;
  EXPECT_THAT(rules_of(read(microcode, context)), ElementsAre("initramfs.init-missing"));
}

TEST(HostileInitramfs, OfZerosWithoutAnEndEnds) {
  for (const Bytes& begin : {Bytes(), healthy_initramfs(), gzip_stored(healthy_initramfs())}) {
    HugeImage source(ByteSpan(begin), std::uint64_t{1} << 50U);
    Findings findings;
    const std::vector<InitramfsFile> files{{ImageView(source), "/initrd"}};
    read_initramfs(files, {}, findings);
    const std::vector<Finding> found = findings.take();
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].rule, "initramfs.limit");
    EXPECT_LT(source.bytes_read(), std::uint64_t{17} << 20U);
  }
}

TEST(HostileInitramfs, CutAnywhereIsStillRead) {
  for (const Bytes& whole : {healthy_initramfs(), gzip_stored(healthy_initramfs())}) {
    for_each_cut(ByteSpan(whole), {.coarse = 1}, [](ByteSpan cut) {
      EXPECT_LE(read({cut.begin(), cut.end()}).findings.size(), 2U) << cut.size();
    });
  }
}

TEST(HostileInitramfs, DamagedAnywhereIsStillRead) {
  const Bytes whole = joined({aligned(gzip_stored(healthy_initramfs())), healthy_initramfs()});
  for_each_damage(ByteSpan(whole), {.seed = 7, .rounds = 5000, .heals_after = 5},
                  [](const Bytes& damaged) { EXPECT_LT(read(damaged).findings.size(), 100U); });
}

/// 40 links to follow, each of thousands of parts, for thousands of entries.
TEST(HostileInitramfs, OfLinksThatAreLongToFollowEnds) {
  std::vector<CpioFile> files;
  std::string dots;
  while (dots.size() < 4000) {
    dots += "./";
  }
  for (int i = 0; i < 40; ++i) {
    files.push_back(symlink("l" + std::to_string(i), dots + "l" + std::to_string(i + 1)));
  }
  files.push_back(directory("l40"));
  for (int i = 0; i < 5000; ++i) {
    files.push_back(file("l0/f" + std::to_string(i), 0644, ""));
  }
  const Read result = read(cpio_archive(files));
  EXPECT_THAT(rules_of(result), ElementsAre("initramfs.limit"));
  EXPECT_FALSE(result.initramfs.is_complete);
}

TEST(HostileInitramfs, OfMoreEntriesThanAreKeptEnds) {
  Bytes entry = cpio_archive({file("f", 0644, "")});
  entry.resize(112);
  Bytes all;
  for (std::size_t i = 0; i <= kMostInitramfsEntries; ++i) {
    all.insert(all.end(), entry.begin(), entry.end());
  }
  EXPECT_THAT(rules_of(read(all)), ElementsAre("initramfs.limit"));
}

TEST(HostileInitramfs, OfManyEmptyStreamsEnds) {
  const Bytes member = gzip_stored(joined({cpio_archive({})}));
  Bytes all;
  for (std::size_t i = 0; i < 5000; ++i) {
    all.insert(all.end(), member.begin(), member.end());
  }
  EXPECT_THAT(rules_of(read(all)), ElementsAre("initramfs.limit"));
}

}  // namespace
}  // namespace bootproof::inspectors
