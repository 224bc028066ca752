// Partition tables and volumes that other programs made, read as those programs read them.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <filesystem>
#include <sstream>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "inspectors/partition_checks.h"
#include "tests/inspectors/tool_output.h"
#include "tests/inspectors/volumes/volume_test.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::kMebibyte;
using bootproof::testing::output_of;
using bootproof::testing::VolumeTest;
namespace json = boost::json;

class TableTest : public VolumeTest {
 protected:
  static Inspection inspection_of(const std::string& path) {
    auto file = FileImage::open(path);
    EXPECT_TRUE(file.has_value());
    return file ? inspect_tables(ImageView(**file)) : Inspection{};
  }
};

/// "start size type [bootable] [uuid name]" of each partition, as sfdisk --json has them.
std::vector<std::string> sfdisk_rows(const std::string& text) {
  std::vector<std::string> rows;
  const json::value document = json::parse(text);
  for (const json::value& value : document.at("partitiontable").at("partitions").as_array()) {
    const json::object& row = value.as_object();
    const auto field = [&](std::string_view key) {
      const json::value* found = row.if_contains(key);
      return found == nullptr ? std::string() : std::string(found->as_string());
    };
    rows.push_back(fmt::format(
        "{} {} {}{} {} {}", row.at("start").as_int64(), row.at("size").as_int64(), field("type"),
        row.contains("bootable") ? " bootable" : "", field("uuid"), field("name")));
  }
  return rows;
}

std::vector<std::string> rows_of(const Gpt& gpt) {
  std::vector<std::string> rows;
  for (const GptPartition& partition : gpt.partitions) {
    rows.push_back(fmt::format("{} {} {} {} {}", partition.first_lba,
                               partition.last_lba - partition.first_lba + 1,
                               text_of(partition.type), text_of(partition.unique), partition.name));
  }
  return rows;
}

TEST_F(TableTest, OfGptIsReadAsSfdiskReadsIt) {
  require("sfdisk", "fdisk");
  if (IsSkipped()) {
    return;
  }
  const std::string disk = image("disk", 64 * kMebibyte);
  const std::string script =
      "label: gpt\n"
      "size=8MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, name=\"EFI system\"\n"
      "size=1MiB, type=21686148-6449-6E6F-744E-656564454649\n"
      "size=8MiB, type=BC13C2FF-59E6-4262-A352-B275FD6F7172, name=\"gr\xc3\xbc\xc3\x9f\"\n"
      "type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709, name=root\n";
  ASSERT_TRUE(output_of({"sfdisk", "-q", disk}, script).has_value());
  const auto report = output_of({"sfdisk", "--json", disk});
  ASSERT_TRUE(report.has_value());

  const Inspection inspection = inspection_of(disk);
  ASSERT_TRUE(inspection.gpt.has_value());
  EXPECT_EQ(rows_of(*inspection.gpt), sfdisk_rows(*report));
  EXPECT_EQ(rows_of(*inspection.gpt).size(), 4U);
  const json::value document = json::parse(*report);
  const json::object& table = document.at("partitiontable").as_object();
  EXPECT_EQ(text_of(inspection.gpt->primary->disk_guid), table.at("id").as_string());
  EXPECT_EQ(inspection.gpt->primary->first_usable_lba,
            static_cast<std::uint64_t>(table.at("firstlba").as_int64()));
  EXPECT_EQ(inspection.gpt->primary->last_usable_lba,
            static_cast<std::uint64_t>(table.at("lastlba").as_int64()));
  EXPECT_EQ(summary(inspection), "GPT disk with 4 partitions; 1 warning");
  ASSERT_EQ(inspection.findings.size(), 1U);
  EXPECT_EQ(inspection.findings.front().rule, "mbr.boot-code-missing");
}

TEST_F(TableTest, OfMbrIsReadAsSfdiskReadsIt) {
  require("sfdisk", "fdisk");
  if (IsSkipped()) {
    return;
  }
  const std::string disk = image("disk", 64 * kMebibyte);
  const std::string script =
      "label: dos\n"
      "size=8MiB, type=c, bootable\n"
      "size=32MiB, type=5\n"
      "size=8MiB, type=ef\n"
      "\n"
      "size=4MiB, type=83\n"
      "size=5MiB, type=82\n"
      "type=83\n";
  ASSERT_TRUE(output_of({"sfdisk", "-q", disk}, script).has_value());
  const auto report = output_of({"sfdisk", "--json", disk});
  ASSERT_TRUE(report.has_value());

  const Inspection inspection = inspection_of(disk);
  ASSERT_TRUE(inspection.mbr.has_value());
  std::vector<MbrPartition> partitions(inspection.mbr->entries.begin(),
                                       inspection.mbr->entries.end());
  partitions.insert(partitions.end(), inspection.mbr->logical.begin(),
                    inspection.mbr->logical.end());
  std::vector<std::string> rows;
  for (const MbrPartition& partition : partitions) {
    if (partition.is_used()) {
      rows.push_back(fmt::format("{} {} {:x}{}  ", partition.first_lba, partition.sector_count,
                                 partition.type, partition.is_active() ? " bootable" : ""));
    }
  }
  EXPECT_EQ(rows, sfdisk_rows(*report));
  EXPECT_GE(rows.size(), 6U);
  EXPECT_EQ(inspection.count(Severity::kError), 0U);
  ASSERT_EQ(inspection.count(Severity::kWarning), 1U);
  EXPECT_EQ(inspection.findings.front().rule, "mbr.boot-code-missing");
}

TEST_F(TableTest, OfGptWithSectorsOf4096IsReadAsFdiskReadsIt) {
  require("fdisk", "fdisk");
  if (IsSkipped()) {
    return;
  }
  const std::string disk = image("disk", 64 * kMebibyte);
  ASSERT_TRUE(output_of({"fdisk", "-b", "4096", disk}, "g\nn\n\n\n+8M\nt\n1\nn\n\n\n\nw\n"));
  const auto report =
      output_of({"fdisk", "-b", "4096", "-l", "-o", "Start,End,Type-UUID,UUID", disk});
  ASSERT_TRUE(report.has_value());
  const Inspection inspection = inspection_of(disk);
  ASSERT_TRUE(inspection.gpt.has_value());
  EXPECT_EQ(inspection.gpt->sector_bytes, 4096U);
  std::vector<std::string> own;
  for (const GptPartition& partition : inspection.gpt->partitions) {
    own.push_back(fmt::format("{} {} {} {}", partition.first_lba, partition.last_lba,
                              text_of(partition.type), text_of(partition.unique)));
  }
  std::vector<std::string> theirs;
  std::istringstream lines(report->substr(report->find("UUID\n") + 5));
  for (std::string line; std::getline(lines, line) && !line.empty();) {
    std::istringstream words(line);
    std::string row;
    for (std::string word; words >> word;) {
      row += (row.empty() ? "" : " ") + word;
    }
    theirs.push_back(row);
  }
  EXPECT_EQ(own, theirs);
  EXPECT_EQ(own.size(), 2U);
  EXPECT_TRUE(inspection.findings.empty());
}

TEST_F(TableTest, OfAHybridIsoByXorrisoIsReadAsSfdiskReadsIt) {
  require("sfdisk", "fdisk");
  require("xorriso", "xorriso");
  require("mkfs.vfat", "dosfstools");
  if (IsSkipped()) {
    return;
  }
  const std::string esp = image("disk", kMebibyte);
  ASSERT_TRUE(output_of({"mkfs.vfat", esp}).has_value());
  const std::string iso = (folder_.path() / "hybrid.iso").string();
  const std::string tree = folder_.write("tree/file", "content").parent_path().string();
  ASSERT_TRUE(
      output_of({"xorriso", "-as", "mkisofs", "-V", "HYBRID", "-o", iso, "-append_partition", "2",
                 "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", esp, "-appended_part_as_gpt", "-e",
                 "--interval:appended_partition_2:all::", "-no-emul-boot", tree})
          .has_value());
  const auto report = output_of({"sfdisk", "--json", iso});
  ASSERT_TRUE(report.has_value());
  const Inspection inspection = inspection_of(iso);
  ASSERT_TRUE(inspection.gpt.has_value());
  EXPECT_EQ(rows_of(*inspection.gpt), sfdisk_rows(*report));
  EXPECT_EQ(summary(inspection), "hybrid ISO 9660 'HYBRID', El Torito UEFI, GPT with 3 partitions");
  EXPECT_TRUE(inspection.findings.empty());

  // The same download, cut short.
  std::filesystem::resize_file(iso, std::filesystem::file_size(iso) / 2 / 2048 * 2048);
  const Inspection cut = inspection_of(iso);
  EXPECT_GT(cut.count(Severity::kError), 0U);
  EXPECT_EQ(cut.kind, MediumKind::kHybridIso);
}

/// The rules of what is found on a disk, its boot code, MBR and GPT judged together.
std::string rules_of_tables(const std::string& path) {
  auto file = FileImage::open(path);
  EXPECT_TRUE(file.has_value());
  const ImageView image(**file);
  Findings findings;
  Findings ignored;
  const bool is_promised = read_mbr(image, {}, ignored).protects_gpt();
  const auto gpt = read_gpt(image, {false, is_promised}, findings);
  MbrSurroundings surroundings;
  surroundings.has_gpt = gpt.has_value();
  surroundings.gpt = gpt ? &*gpt : nullptr;
  read_mbr(image, surroundings, findings);
  std::string rules;
  for (const Finding& finding : findings.take()) {
    rules += std::string(finding.rule) + "\n";
  }
  return rules;
}

TEST_F(TableTest, WithGptmbrBinWantsTheAttributeThatSgdiskSets) {
  const std::string code = "/usr/lib/syslinux/mbr/gptmbr.bin";
  require("sgdisk", "gdisk");
  if (IsSkipped()) {
    return;
  }
  if (!std::filesystem::exists(code)) {
    GTEST_SKIP() << code << " is missing; install the package syslinux-common";
  }
  const std::string disk = image("disk", 64 * kMebibyte);
  ASSERT_TRUE(output_of({"sgdisk", "-n", "1:0:+8M", "-t", "1:EF00", "-n", "2:0:0", disk}));
  EXPECT_EQ(rules_of_tables(disk), "");
  ASSERT_TRUE(output_of({"dd", "if=" + code, "of=" + disk, "conv=notrunc"}));
  EXPECT_EQ(rules_of_tables(disk), "gpt.no-legacy-bootable\n");
  ASSERT_TRUE(output_of({"sgdisk", "-A", "1:set:2", disk}));
  EXPECT_EQ(rules_of_tables(disk), "");
  ASSERT_TRUE(output_of({"sgdisk", "-A", "2:set:2", disk}));
  EXPECT_EQ(rules_of_tables(disk), "gpt.several-legacy-bootable\n");
  const auto shown = output_of({"sgdisk", "-i", "2", disk});
  ASSERT_TRUE(shown.has_value());
  EXPECT_NE(shown->find("Attribute flags: 0000000000000004"), std::string::npos);
  EXPECT_EQ(attribute_names(inspection_of(disk).gpt->partitions.at(1)),
            std::vector<std::string>{"legacy BIOS bootable"});
}

TEST_F(TableTest, WithMbrBinWantsAnActivePartition) {
  const std::string code = "/usr/lib/syslinux/mbr/mbr.bin";
  require("sfdisk", "fdisk");
  if (IsSkipped()) {
    return;
  }
  if (!std::filesystem::exists(code)) {
    GTEST_SKIP() << code << " is missing; install the package syslinux-common";
  }
  const std::string disk = image("disk", 64 * kMebibyte);
  ASSERT_TRUE(output_of({"sfdisk", "-q", disk}, "label: dos\nsize=8MiB, type=6\ntype=83\n"));
  ASSERT_TRUE(output_of({"dd", "if=" + code, "of=" + disk, "conv=notrunc"}));
  EXPECT_EQ(rules_of_tables(disk), "mbr.no-active\n");
  ASSERT_TRUE(output_of({"sfdisk", "-q", "--activate", disk, "1"}));
  EXPECT_EQ(rules_of_tables(disk), "");
  const Inspection inspection = inspection_of(disk);
  for (const MbrPartition& entry : inspection.mbr->partitions()) {
    EXPECT_TRUE(is_possible_chs(entry.first_chs, entry.first_lba));
  }
}

TEST_F(TableTest, OfAHybridBySgdiskAgreesWithItsGpt) {
  require("sgdisk", "gdisk");
  if (IsSkipped()) {
    return;
  }
  const std::string disk = image("disk", 64 * kMebibyte);
  ASSERT_TRUE(output_of({"sgdisk", "-n", "1:0:+8M", "-t", "1:0700", "-n", "2:0:0", disk}));
  ASSERT_TRUE(output_of({"sgdisk", "-h", "1", disk}));
  EXPECT_EQ(rules_of_tables(disk), "mbr.hybrid\n");
}

/// A size of a volume, options of mkfs.vfat, and what it then has to be.
struct FatCase {
  std::uint64_t mebibytes;
  std::vector<std::string> options;
  int bits;
};

TEST_F(TableTest, OfAFatVolumeIsNoneAndTheVolumeIsKnown) {
  require("mkfs.vfat", "dosfstools");
  if (IsSkipped()) {
    return;
  }
  const std::vector<FatCase> cases{
      {1, {}, 12}, {32, {}, 16}, {64, {"-F", "32"}, 32}, {600, {}, 32}, {64, {"-S", "4096"}, 16}};
  for (const FatCase& fat : cases) {
    const std::string volume = image("disk", fat.mebibytes * kMebibyte);
    std::vector<std::string> words{"mkfs.vfat", "-n", "TESTVOLUME"};
    words.insert(words.end(), fat.options.begin(), fat.options.end());
    words.push_back(volume);
    ASSERT_TRUE(output_of(words).has_value());
    const Inspection inspection = inspection_of(volume);
    EXPECT_EQ(summary(inspection), fmt::format("FAT{} volume 'TESTVOLUME'", fat.bits));
    ASSERT_TRUE(inspection.fat.has_value());
    // mkfs.vfat leaves out what is less than a track of 63 sectors at the end.
    EXPECT_LE(inspection.fat->total_bytes(), fat.mebibytes * kMebibyte);
    EXPECT_GT(inspection.fat->total_bytes() + 63 * 512, fat.mebibytes * kMebibyte);
    EXPECT_TRUE(inspection.findings.empty());
    std::filesystem::remove(volume);
  }
}

TEST_F(TableTest, OfPartitionTypesHasTheGuidsThatSfdiskKnows) {
  require("sfdisk", "fdisk");
  if (IsSkipped()) {
    return;
  }
  const auto list = output_of({"sfdisk", "--list-types", "--label", "gpt"});
  ASSERT_TRUE(list.has_value());
  std::size_t same = 0;
  std::istringstream lines(*list);
  for (std::string line; std::getline(lines, line);) {
    const std::string name = line.substr(std::min(line.size(), line.find("  ") + 2));
    if (name.starts_with("Linux root (") || name == "BIOS boot" || name == "Linux swap" ||
        name == "Linux LVM" || name == "Microsoft reserved") {
      Guid guid{};
      constexpr std::array<std::size_t, 16> kDigits{6,  4,  2,  0,  11, 9,  16, 14,
                                                    19, 21, 24, 26, 28, 30, 32, 34};
      for (std::size_t i = 0; i < kDigits.size(); ++i) {
        guid.bytes.at(i) =
            static_cast<std::uint8_t>(std::stoul(line.substr(kDigits.at(i), 2), nullptr, 16));
      }
      std::string plain = name;  // "ARM-64" there, "ARM64" here.
      std::erase(plain, '-');
      std::erase(plain, ' ');
      std::string own(partition_type_name(guid));
      std::erase(own, '-');
      std::erase(own, ' ');
      if (!own.empty()) {
        EXPECT_EQ(own, plain);
        ++same;
      }
    }
  }
  EXPECT_GE(same, 10U);
}

}  // namespace
}  // namespace bootproof::inspectors
