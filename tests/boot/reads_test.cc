#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <cctype>
#include <chrono>
#include <filesystem>
#include <map>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

/// A disc for all firmware and a disk for BIOS and UEFI, both healthy.
constexpr std::string_view kMedia = R"(version: 1
recipes: [{0}/scenarios/iso-recipes.yaml, {0}/scenarios/disk-recipes.yaml]
media:
  disc: {{build: iso-everywhere}}
  disk: {{build: disk-gpt-bios-uefi}}
scenarios:
  - name: disc
    media: [disc]
    firmware: [ovmf, aavmf]
    device: [scsi-cd]
    steps: [{{reach: prompt}}]
  - name: bios-disc
    media: [disc]
    firmware: [seabios]
    device: [ahci-cd]
    steps: [{{reach: prompt}}]
  - name: disk
    media: [disk]
    firmware: [seabios, ovmf]
    device: [virtio-blk]
    steps: [{{reach: prompt}}]
)";

/// What a boot has to have read of its medium.
struct Boot {
  std::string folder;              ///< Of the case, in the run's.
  std::vector<std::string> parts;  ///< Of which something was read.
  std::vector<std::string> files;  ///< Read to their ends.
};

void PrintTo(const Boot& boot, std::ostream* stream) { *stream << boot.folder; }

class Reads : public ::testing::TestWithParam<Boot> {
 protected:
  static void SetUpTestSuite() {
    why_not_ = why_no_qemu().empty() ? why_no_packages() : why_no_qemu();
    if (!why_not_.empty()) {
      return;
    }
    folder_ = new TemporaryFolder;
    ProgramCall call;
    call.arguments = {
        BOOTPROOF_PROGRAM,
        "run",
        folder_->write("boot.yaml", fmt::format(kMedia, BOOTPROOF_SOURCE_DIR)).string(),
        "--accel",
        "tcg",
        "--out",
        (folder_->path() / "run").string()};
    call.limit = std::chrono::minutes(8);
    said_ = value_or_throw(run_program(call)).error_output;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  void SetUp() override {
    if (!why_not_.empty()) {
      GTEST_SKIP() << why_not_;
    }
  }

  static std::string why_not_;
  static std::string said_;
  static TemporaryFolder* folder_;
};

std::string Reads::why_not_;
std::string Reads::said_;
TemporaryFolder* Reads::folder_ = nullptr;

/// The lines of a timeline; each has to be an object with a time that does not go back.
std::vector<json::object> timeline_of(const fs::path& file) {
  std::vector<json::object> lines;
  const std::string text = content_of(file);
  std::string_view rest = text;
  std::int64_t last = 0;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    lines.push_back(json::parse(rest.substr(0, end)).as_object());
    const std::int64_t at = lines.back().at("at_ms").to_number<std::int64_t>();
    EXPECT_LE(last, at);
    last = at;
    rest.remove_prefix(end + 1);
  }
  return lines;
}

TEST_P(Reads, AreOnTheTimelineWithTheirNames) {
  const std::vector<json::object> lines =
      timeline_of(folder_->path() / "run" / GetParam().folder / "timeline.jsonl");
  ASSERT_FALSE(lines.empty()) << said_;
  std::map<std::string, std::int64_t> percent;  // -1 for what is no file.
  std::map<std::string, int> events;
  for (const json::object& line : lines) {
    const std::string event(line.at("event").as_string());
    ++events[event];
    if (event == "read") {
      const json::value* share = line.if_contains("percent");
      percent[std::string(line.at("name").as_string())] =
          share == nullptr ? -1 : share->to_number<std::int64_t>();
    }
  }
  for (const std::string& part : GetParam().parts) {
    EXPECT_TRUE(percent.contains(part)) << part;
  }
  for (const std::string& file : GetParam().files) {
    EXPECT_EQ(percent[file], 100) << file;
  }
  EXPECT_EQ(events["started"], 1);
  EXPECT_GT(events["serial"], 20);
  EXPECT_GT(events["stage-reached"], 3);
  EXPECT_GT(events["machine"], 0);
  EXPECT_EQ(lines.back().at("event"), "verdict");
  EXPECT_EQ(lines.back().at("outcome"), "passed") << said_;
}

INSTANTIATE_TEST_SUITE_P(
    Media, Reads,
    ::testing::Values(
        Boot{"bios-disc/disc.seabios.ahci-cd",
             {"boot record", "boot catalog", "/boot/grub/grub.cfg"},
             {"/boot/x86_64/vmlinuz", "/boot/x86_64/initrd"}},
        Boot{"disc/disc.ovmf.scsi-cd",
             {"boot record", "boot catalog", "/boot/grub/grub.cfg"},
             {"/EFI/BOOT/BOOTX64.EFI", "/boot/x86_64/vmlinuz", "/boot/x86_64/initrd"}},
        Boot{"disc/disc.aavmf.scsi-cd",
             {"boot record", "boot catalog", "/boot/grub/grub.cfg"},
             {"/EFI/BOOT/BOOTAA64.EFI", "/boot/aarch64/vmlinuz", "/boot/aarch64/initrd"}},
        Boot{"disk/disk.seabios.virtio-blk",
             {"MBR", "GPT header", "GPT partition 1 (BIOS boot)", "/boot/grub/grub.cfg"},
             {"/vmlinuz", "/initrd"}},
        Boot{"disk/disk.ovmf.virtio-blk",
             {"MBR", "GPT header", "/boot/grub/grub.cfg"},
             {"/EFI/BOOT/BOOTX64.EFI", "/vmlinuz", "/initrd"}}),
    [](const ::testing::TestParamInfo<Boot>& one) {
      std::string name = one.param.folder;
      for (char& c : name) {
        c = std::isalnum(static_cast<unsigned char>(c)) == 0 ? '_' : c;
      }
      return name;
    });

TEST_P(Reads, NeedNoPropertyWhereTheyAreRecorded) {
  const std::string verdict =
      content_of(folder_->path() / "run" / GetParam().folder / "verdict.json");
  EXPECT_THAT(verdict, ::testing::Not(HasSubstr("medium-reads")));
  EXPECT_THAT(verdict, HasSubstr("reached.kernel"));
}

}  // namespace
}  // namespace bootproof::testing
