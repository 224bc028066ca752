#include "harness/diagnosis/medium_reads.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Lines = std::vector<std::string>;
using Time = MediumReads::Time;

constexpr std::uint64_t kMib = 1U << 20U;

/// A disc with a catalog, a boot image with a loader within it, a configuration and a kernel in two
/// pieces.
MediumMap disc() {
  return MediumMap({{0, 16 * kMib, "ISO 9660", ""},
                    {38912, 2048, "boot catalog", "ISO 9660"},
                    {kMib, kMib, "El Torito section 1", ""},
                    {kMib, kMib, "/boot/efi.img", "ISO 9660"},
                    {kMib + 4096, 8192, "/EFI/BOOT/BOOTX64.EFI", "El Torito section 1"},
                    {65536, 2000, "/boot/grub/grub.cfg", "ISO 9660"},
                    {4 * kMib, 2 * kMib, "/boot/vmlinuz", "ISO 9660"},
                    {8 * kMib, 2 * kMib, "/boot/vmlinuz", "ISO 9660"}});
}

std::shared_ptr<const MediumMap> shared_disc() { return std::make_shared<const MediumMap>(disc()); }

std::string name_at(const MediumMap& map, std::uint64_t offset) {
  const std::optional<std::size_t> item = map.item_at(offset);
  return item ? map.items()[*item].name : "-";
}

/// Runs as "0-40 ms: /boot/vmlinuz 4194304-6291456, 2097152 bytes in 64 reads, 50 %".
Lines runs_of(MediumReads& reads, Time start, Time now, bool all) {
  Lines lines;
  for (const ReadRun& run : reads.take_runs(now, all)) {
    lines.push_back(fmt::format(
        "{}-{} ms: {} {}-{}, {} bytes in {} reads{}", (run.first - start) / 1ms,
        (run.last - start) / 1ms, run.item ? reads.map()->items()[*run.item].name : "-", run.begin,
        run.end, run.bytes, run.reads, run.percent ? fmt::format(", {} %", *run.percent) : ""));
  }
  return lines;
}

TEST(MediumMap, GivesEachByteToTheSmallestPartThatHoldsIt) {
  const MediumMap map = disc();
  EXPECT_EQ(name_at(map, 0), "ISO 9660");
  EXPECT_EQ(name_at(map, 38912), "boot catalog");
  EXPECT_EQ(name_at(map, 38912 + 2047), "boot catalog");
  EXPECT_EQ(name_at(map, 38912 + 2048), "ISO 9660");
  EXPECT_EQ(name_at(map, kMib), "El Torito section 1");
  EXPECT_EQ(name_at(map, kMib + 5000), "/EFI/BOOT/BOOTX64.EFI");
  EXPECT_EQ(name_at(map, 9 * kMib), "/boot/vmlinuz");
  EXPECT_EQ(name_at(map, 16 * kMib), "-");
  EXPECT_EQ(name_at(map, std::numeric_limits<std::uint64_t>::max()), "-");
}

TEST(MediumMap, CountsWhatBelongsToAPartWithoutWhatStandsInIt) {
  const MediumMap map = disc();
  EXPECT_EQ(map.items()[*map.find_file("/boot/vmlinuz")].size, 4 * kMib);
  EXPECT_EQ(map.items()[*map.item_at(kMib)].size, kMib - 8192);
}

TEST(MediumMap, FindsAFileByThePartThatHasTheSameBytes) {
  const MediumMap map = disc();
  EXPECT_EQ(map.find_file("/boot/efi.img"), map.item_at(kMib));
}

TEST(MediumMap, FindsAFileWithoutItsCaseWhereNoOtherFits) {
  const MediumMap map = disc();
  EXPECT_TRUE(map.find_file("/BOOT/VMLINUZ"));
  EXPECT_FALSE(map.find_file("/boot/vmlinuz2"));
  EXPECT_FALSE(map.find_file("boot catalog"));
}

TEST(MediumMap, NamesThePlaceWhereTwoPartsHaveTheSameName) {
  const MediumMap map({{0, 10, "/a", "ISO 9660"}, {20, 10, "/a", "GPT partition 1"}});
  EXPECT_EQ(map.label(0), "/a (ISO 9660)");
  EXPECT_EQ(map.label(1), "/a (GPT partition 1)");
}

TEST(MediumMap, TakesRangesAtTheEndOfAllOffsetsAndEmptyOnes) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  const MediumMap map({{kMost - 1, kMost, "/far", ""}, {5, 0, "/none", ""}});
  EXPECT_EQ(name_at(map, kMost - 1), "/far");
  EXPECT_EQ(name_at(map, 5), "-");
}

TEST(MediumReads, FoldsReadsOfAPartIntoOneRun) {
  const Time start{};
  MediumReads reads;
  reads.set_map(shared_disc());
  for (std::uint64_t i = 0; i < 64; ++i) {
    EXPECT_TRUE(reads.add({4 * kMib + i * 32768, 32768}, start + 10ms * i));
  }
  EXPECT_EQ(runs_of(reads, start, start + 700ms, false), Lines{});
  EXPECT_EQ(runs_of(reads, start, start + 930ms, false),
            (Lines{"0-630 ms: /boot/vmlinuz 4194304-6291456, 2097152 bytes in 64 reads, 50 %"}));
}

TEST(MediumReads, FoldsReadsOfAFileAndItsDirectoryInTurn) {
  const Time start{};
  MediumReads reads;
  reads.set_map(shared_disc());
  for (std::uint64_t i = 0; i < 10; ++i) {
    reads.add({40960, 2048}, start);
    reads.add({4 * kMib + i * 4096, 4096}, start);
  }
  EXPECT_EQ(runs_of(reads, start, start, true),
            (Lines{"0-0 ms: ISO 9660 40960-43008, 20480 bytes in 10 reads",
                   "0-0 ms: /boot/vmlinuz 4194304-4235264, 40960 bytes in 10 reads, 0 %"}));
}

TEST(MediumReads, CountsTheEndOfAFileInAReadThatIsMostlyOfAnother) {
  const Time start{};
  MediumReads reads;
  reads.set_map(std::make_shared<const MediumMap>(std::vector<NamedRange>{
      {0, 65536, "GPT partition 1", ""}, {0, 33000, "/vmlinuz", "GPT partition 1"}}));
  reads.add({0, 32768}, start);
  reads.add({32768, 32768}, start + 5ms);
  EXPECT_EQ(runs_of(reads, start, start + 6ms, true),
            (Lines{"0-5 ms: /vmlinuz 0-65536, 32768 bytes in 1 reads, 100 %",
                   "5-5 ms: GPT partition 1 32768-65536, 32768 bytes in 1 reads"}));
}

TEST(MediumReads, CutsARunThatLastsLong) {
  const Time start{};
  MediumReads reads;
  reads.set_map(shared_disc());
  for (std::uint64_t i = 0; i < 20; ++i) {
    reads.add({4 * kMib + i * 4096, 4096}, start + 100ms * i);
  }
  EXPECT_EQ(runs_of(reads, start, start + 2s, true).size(), 2U);
}

TEST(MediumReads, NamesReadsThatCameBeforeTheMap) {
  const Time start{};
  MediumReads late;
  EXPECT_TRUE(late.add({38912, 2048}, start));
  EXPECT_TRUE(late.add({8 * kMib, 2 * kMib}, start + 20ms));
  EXPECT_FALSE(late.add({9 * kMib, 4096}, start + 30ms));
  late.set_map(shared_disc());
  EXPECT_EQ(runs_of(late, start, start + 40ms, true),
            (Lines{"0-0 ms: boot catalog 38912-40960, 2048 bytes in 1 reads",
                   "20-30 ms: /boot/vmlinuz 8388608-10485760, 2101248 bytes in 2 reads, 50 %"}));
}

TEST(MediumReads, CutsWhatWasReadInOneGoBeforeTheMapWhereThePartsEnd) {
  MediumReads reads;
  for (std::uint64_t at = kMib; at < kMib + 16384; at += 512) {
    reads.add({at, 512}, Time{});
  }
  reads.set_map(shared_disc());
  EXPECT_EQ(reads.percent(*reads.map()->find_file("/EFI/BOOT/BOOTX64.EFI")), 100U);
  EXPECT_EQ(runs_of(reads, Time{}, Time{}, true).size(), 2U);
}

TEST(MediumReads, CountsEachByteOfAFileOnce) {
  MediumReads reads;
  reads.set_map(shared_disc());
  const std::size_t kernel = *reads.map()->find_file("/boot/vmlinuz");
  EXPECT_EQ(reads.percent(kernel), 0U);
  EXPECT_TRUE(reads.add({4 * kMib, kMib}, Time{}));
  EXPECT_FALSE(reads.add({4 * kMib, kMib}, Time{}));
  EXPECT_TRUE(reads.add({4 * kMib + kMib / 2, kMib}, Time{}));
  EXPECT_EQ(reads.describe(kernel), "/boot/vmlinuz 37 % (of 4.0 MiB)");
  reads.add({5 * kMib, 10 * kMib}, Time{});
  EXPECT_EQ(reads.describe(kernel), "/boot/vmlinuz to its end (4.0 MiB)");
}

TEST(MediumReads, SaysHundredPercentOnlyWhereAllWasRead) {
  MediumReads reads;
  reads.set_map(shared_disc());
  reads.add({4 * kMib, 2 * kMib}, Time{});
  reads.add({8 * kMib, 2 * kMib - 1}, Time{});
  EXPECT_EQ(reads.percent(*reads.map()->find_file("/boot/vmlinuz")), 99U);
}

TEST(MediumReads, SaysWhatTheGuestWasDoing) {
  const Time start{};
  MediumReads reads;
  EXPECT_EQ(reads.doing(9s), "nothing was read from the medium");
  reads.set_map(shared_disc());
  reads.add({4 * kMib, kMib}, start);
  reads.add({38912, 2048}, start + 1s);
  reads.add({5 * kMib, kMib}, start + 2s);
  reads.add({38912, 2048}, start + 9s);  // Nothing new.
  EXPECT_EQ(reads.doing(500ms), "reading /boot/vmlinuz 50 % (of 4.0 MiB)");
  EXPECT_EQ(reads.doing(12s), "reading /boot/vmlinuz 50 % (of 4.0 MiB), no new reads for 12.0 s");
}

TEST(MediumReads, TellsOffsetsWhereThereAreNoNames) {
  MediumReads reads;
  reads.add({4096, 512}, Time{});
  reads.set_map(nullptr);
  EXPECT_EQ(reads.last_text(), "bytes without a name at offset 4096");
  EXPECT_EQ(runs_of(reads, Time{}, Time{}, true),
            (Lines{"0-0 ms: - 4096-4608, 512 bytes in 1 reads"}));
}

TEST(ReadCoverage, GivesOnlyWhatIsNew) {
  ReadCoverage coverage;
  std::string parts;
  const auto take = [&](std::uint64_t begin, std::uint64_t end) {
    parts += fmt::format("{}-{} ", begin, end);
  };
  EXPECT_TRUE(coverage.add(10, 20, take));
  EXPECT_TRUE(coverage.add(30, 40, take));
  EXPECT_FALSE(coverage.add(12, 18, take));
  EXPECT_TRUE(coverage.add(5, 50, take));
  EXPECT_FALSE(coverage.add(5, 50, take));
  EXPECT_EQ(parts, "10-20 30-40 5-10 20-30 40-50 ");
  EXPECT_TRUE(coverage.holds(49));
  EXPECT_FALSE(coverage.holds(50));
  EXPECT_FALSE(coverage.holds(4));
}

TEST(SizeText, HasTheUnitThatFits) {
  EXPECT_EQ(size_text(512), "512 bytes");
  EXPECT_EQ(size_text(17 * 1024 + 300), "17.3 KiB");
  EXPECT_EQ(size_text(8 * kMib), "8.0 MiB");
}

}  // namespace
}  // namespace bootproof
