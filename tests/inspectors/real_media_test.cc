// Media of Debian packages: read without an error, and read as xorriso reads them.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <sstream>

#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/tool_output.h"

namespace bootproof::inspectors {

namespace {

using bootproof::testing::has_tool;
using bootproof::testing::output_of;
using ::testing::IsEmpty;

/// One medium of a package, and the line that sums it up.
struct Medium {
  std::string name;
  std::string path;
  std::string package;
  std::string summary;
};

class RealMediumTest : public ::testing::TestWithParam<Medium> {
 protected:
  void SetUp() override {
    if (!std::filesystem::exists(GetParam().path)) {
      GTEST_SKIP() << GetParam().path << " is missing; install the package " << GetParam().package;
    }
    auto opened = FileImage::open(GetParam().path);
    ASSERT_TRUE(opened.has_value()) << opened.error();
    image_ = std::move(*opened);
    inspection_ = inspect(ImageView(*image_));
  }

  std::unique_ptr<FileImage> image_;
  Inspection inspection_;
};

TEST_P(RealMediumTest, HasNothingWrong) {
  std::vector<Finding> complaints = inspection_.findings;
  std::erase_if(complaints,
                [](const Finding& finding) { return finding.severity == Severity::kNote; });
  EXPECT_THAT(complaints, IsEmpty());
}

TEST_P(RealMediumTest, IsSummedUp) { EXPECT_EQ(summary(inspection_), GetParam().summary); }

/// The lines of xorriso's report that begin with `key`, without it, split at blanks.
std::vector<std::vector<std::string>> rows(const std::string& report, const std::string& key) {
  std::vector<std::vector<std::string>> all;
  std::istringstream lines(report);
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with(key)) {
      continue;
    }
    std::istringstream words(line.substr(line.find(':') + 1));
    std::vector<std::string> row;
    for (std::string word; words >> word;) {
      row.push_back(word);
    }
    all.push_back(std::move(row));
  }
  return all;
}

/// As xorriso writes the fields of a boot entry.
std::vector<std::string> row_of(const ElToritoEntry& entry, std::size_t number) {
  const std::map<std::uint8_t, std::string> kinds{
      {0, "none"}, {1, "fd1.2"}, {2, "fd1.4"}, {3, "fd2.8"}, {4, "hd"}};
  return {fmt::format("{}", number),
          platform_name(entry.platform_id),
          entry.is_bootable() ? "y" : "n",
          kinds.at(entry.media_type),
          fmt::format("0x{:04x}", entry.load_segment),
          fmt::format("0x{:02x}", entry.system_type),
          fmt::format("{}", entry.sector_count),
          fmt::format("{}", entry.load_rba)};
}

std::vector<std::string> row_of(const MbrPartition& partition) {
  return {fmt::format("{}", partition.number), fmt::format("0x{:02x}", partition.status),
          fmt::format("0x{:02x}", partition.type), fmt::format("{}", partition.first_lba),
          fmt::format("{}", partition.sector_count)};
}

TEST_P(RealMediumTest, IsReadAsXorrisoReadsIt) {
  if (!inspection_.iso9660) {
    GTEST_SKIP() << "no ISO 9660: nothing that xorriso reads";
  }
  if (!has_tool("xorriso")) {
    GTEST_SKIP() << "xorriso is missing; install the package xorriso";
  }
  const auto report = output_of({"xorriso", "-no_rc", "-indev", GetParam().path,
                                 "-report_el_torito", "plain", "-report_system_area", "plain"});
  ASSERT_TRUE(report.has_value());
  ASSERT_TRUE(inspection_.el_torito && inspection_.mbr && inspection_.iso9660->primary);

  std::vector<std::vector<std::string>> entries;
  for (const ElToritoEntry& entry : inspection_.el_torito->entries) {
    entries.push_back(row_of(entry, entries.size() + 1));
  }
  EXPECT_EQ(entries, rows(*report, "El Torito boot img"));
  EXPECT_EQ(fmt::format("{}", inspection_.el_torito->catalog_lba),
            rows(*report, "El Torito catalog  ").at(0).at(0));

  std::vector<std::vector<std::string>> partitions;
  for (const MbrPartition& partition : inspection_.mbr->partitions()) {
    partitions.push_back(row_of(partition));
  }
  EXPECT_EQ(partitions, rows(*report, "MBR partition      "));
  const IsoVolume& volume = *inspection_.iso9660->primary;
  EXPECT_EQ(fmt::format("{}", volume.volume_blocks * volume.block_size / 512),
            rows(*report, "ISO image size/512 ").at(0).at(0));
}

INSTANTIATE_TEST_SUITE_P(
    Packages, RealMediumTest,
    ::testing::Values(
        Medium{"GrubRescueCdrom", "/usr/lib/grub-rescue/grub-rescue-cdrom.iso", "grub-rescue-pc",
               "hybrid ISO 9660 'ISOIMAGE', El Torito BIOS, MBR with 1 partition"},
        Medium{"GrubRescueFloppy", "/usr/lib/grub-rescue/grub-rescue-floppy.img", "grub-rescue-pc",
               "hybrid ISO 9660 'ISOIMAGE', El Torito BIOS, MBR with 1 partition"},
        Medium{"Memtest64", "/usr/lib/memtest86+/memtest86+x64.iso", "memtest86+",
               "hybrid ISO 9660 'MT86PLUS_64', El Torito BIOS + UEFI, MBR with 2 partitions"},
        Medium{"Memtest32", "/usr/lib/memtest86+/memtest86+ia32.iso", "memtest86+",
               "hybrid ISO 9660 'MT86PLUS_32', El Torito BIOS + UEFI, MBR with 2 partitions"},
        Medium{"Ipxe", "/usr/lib/ipxe/ipxe.iso", "ipxe",
               "hybrid ISO 9660 'ISOIMAGE', El Torito BIOS + UEFI, MBR with 1 partition"}),
    [](const auto& test) { return test.param.name; });

Inspection inspection_of_file(const std::string& path) {
  auto image = FileImage::open(path);
  return image ? inspect(ImageView(**image)) : Inspection{};
}

TEST(BootImages, OfRealMediaAreRecognised) {
  const Inspection grub = inspection_of_file("/usr/lib/grub-rescue/grub-rescue-cdrom.iso");
  const Inspection memtest = inspection_of_file("/usr/lib/memtest86+/memtest86+x64.iso");
  const Inspection ipxe = inspection_of_file("/usr/lib/ipxe/ipxe.iso");
  if (!grub.el_torito || !memtest.el_torito || !ipxe.el_torito) {
    GTEST_SKIP() << "install the packages grub-rescue-pc, memtest86+ and ipxe";
  }
  EXPECT_EQ(grub.el_torito->entries.at(0).content, BootImage::kGrubCdboot);
  EXPECT_EQ(grub.mbr->boot_code, BootCode::kGrubHybrid);
  EXPECT_EQ(memtest.el_torito->entries.at(0).content, BootImage::kBootSector);
  EXPECT_EQ(memtest.el_torito->entries.at(1).content, BootImage::kFat);
  EXPECT_EQ(memtest.el_torito->entries.at(1).fat->label, "MEMTEST-ESP");
  EXPECT_EQ(ipxe.el_torito->entries.at(0).content, BootImage::kIsolinux);
  EXPECT_EQ(ipxe.el_torito->entries.at(1).content, BootImage::kFat);
  EXPECT_EQ(ipxe.mbr->boot_code, BootCode::kIsohybrid);
}

}  // namespace
}  // namespace bootproof::inspectors
