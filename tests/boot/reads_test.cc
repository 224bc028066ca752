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

const std::vector<Boot>& boots() {
  static const std::vector<Boot> all{
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
           {"/EFI/BOOT/BOOTX64.EFI", "/vmlinuz", "/initrd"}}};
  return all;
}

void expect_reads(const Boot& boot, const fs::path& folder) {
  const std::vector<json::object> lines = timeline_of(folder / "timeline.jsonl");
  ASSERT_FALSE(lines.empty());
  std::map<std::string, std::int64_t> percent;  // -1 for what is no file.
  std::map<std::string, int> events;
  for (const json::object& line : lines) {
    const std::string event(line.at("event").as_string());
    ++events[event];
    if (event == "read") {
      const json::value* share = line.if_contains("percent");
      percent[std::string(line.at("name").as_string())] =
          share == nullptr ? -1 : share->to_number<std::int64_t>();
      if (const json::value* also = line.if_contains("also")) {
        for (const json::value& part : also->as_array()) {
          percent.try_emplace(std::string(part.as_string()), -1);
        }
      }
    }
  }
  for (const std::string& part : boot.parts) {
    EXPECT_TRUE(percent.contains(part)) << part;
  }
  for (const std::string& file : boot.files) {
    EXPECT_EQ(percent[file], 100) << file;
  }
  EXPECT_EQ(events["started"], 1);
  EXPECT_GT(events["serial"], 20);
  EXPECT_GT(events["stage-reached"], 3);
  EXPECT_GT(events["machine"], 0);
  EXPECT_EQ(lines.back().at("event"), "verdict");
  EXPECT_EQ(lines.back().at("outcome"), "passed");
  const std::string verdict = content_of(folder / "verdict.json");
  EXPECT_THAT(verdict, ::testing::Not(HasSubstr("medium-reads")));
  EXPECT_THAT(verdict, HasSubstr("reached.kernel"));
}

TEST(Reads, AreOnTheTimelineWithTheirNames) {
  const std::string why = why_no_qemu().empty() ? why_no_packages() : why_no_qemu();
  if (!why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  const fs::path out = folder.path() / "run";
  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM,
                    "run",
                    folder.write("boot.yaml", fmt::format(kMedia, BOOTPROOF_SOURCE_DIR)).string(),
                    "--accel",
                    "tcg",
                    "--out",
                    out.string()};
  call.limit = std::chrono::minutes(8);
  const std::string said = value_or_throw(run_program(call)).error_output;
  for (const Boot& boot : boots()) {
    SCOPED_TRACE(boot.folder + "\n" + said);
    expect_reads(boot, out / boot.folder);
  }
}

}  // namespace
}  // namespace bootproof::testing
