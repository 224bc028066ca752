// One defect each of the media that the shipped recipes make (broken_media.h): where the path
// breaks, link by link, and what is found.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>
#include <string>

#include "inspectors/inspect.h"
#include "tests/inspectors/broken_media.h"
#include "tests/support/golden.h"

namespace bootproof::inspectors {
namespace {

using bootproof::testing::BrokenMedium;
using bootproof::testing::healthy_medium;
using bootproof::testing::HealthyMedium;
using bootproof::testing::matches_golden;
using bootproof::testing::MediumDefect;
using bootproof::testing::MediumFamily;

/// How each path of a medium goes on, and the rules of all that is no note.
std::string answer_of(const Bytes& bytes, bool is_aarch64) {
  MemoryImage source{ByteSpan(bytes)};
  const Inspection inspection = inspect(ImageView(source));
  std::string text;
  for (const BootPath& path : inspection.paths) {
    const bool is_firmware = is_aarch64 ? path.firmware == FirmwareClass::kUefiAarch64
                                        : path.firmware == FirmwareClass::kBios ||
                                              path.firmware == FirmwareClass::kUefiX64;
    const bool is_asked =
        is_firmware && !path.is_secure && path.attachment != Attachment::kDisk4096;
    if (is_asked) {
      text +=
          fmt::format("  {}: {}: {}\n", title_of(path), name_of(path.forecast), chain_text(path));
    }
  }
  std::set<std::string> rules;
  for (const Finding& finding : inspection.findings) {
    if (finding.severity != Severity::kNote) {
      rules.insert(fmt::format("{} {}", name_of(finding.severity), finding.rule));
    }
  }
  for (const std::string& rule : rules) {
    text += fmt::format("  {}\n", rule);
  }
  // Sectors, offsets and UUIDs change with the packages that a recipe takes files from.
  text = std::regex_replace(text, std::regex("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "UUID");
  text = std::regex_replace(text, std::regex("systemd-boot [0-9][^,]*,"), "systemd-boot N,");
  return std::regex_replace(text, std::regex("\\b[0-9]{3,}\\b"), "N");
}

class MediaDefects : public ::testing::TestWithParam<const MediumFamily*> {
 protected:
  void SetUp() override {
    if (!healthy_medium(GetParam()->recipe).problem.empty()) {
      GTEST_SKIP() << healthy_medium(GetParam()->recipe).problem;
    }
  }
};

TEST_P(MediaDefects, BreakPathsAtTheLinksOfTheGoldenFile) {
  const HealthyMedium& medium = healthy_medium(GetParam()->recipe);
  const std::string whole = answer_of(medium.bytes, GetParam()->is_aarch64);
  std::string text = fmt::format("healthy\n{}", whole);
  for (const MediumDefect& defect : GetParam()->defects) {
    BrokenMedium damage(medium);
    defect.apply(damage);
    const std::string answer = answer_of(damage.bytes, GetParam()->is_aarch64);
    EXPECT_NE(answer, whole) << defect.name << " changes nothing";
    text += fmt::format("{}\n{}", defect.name, answer);
  }
  EXPECT_TRUE(matches_golden(text, fmt::format("inspectors/media/{}.txt", GetParam()->recipe)));
}

INSTANTIATE_TEST_SUITE_P(Each, MediaDefects,
                         ::testing::Values(&bootproof::testing::broken_iso_hybrid(),
                                           &bootproof::testing::broken_stick_syslinux(),
                                           &bootproof::testing::broken_stick_superfloppy(),
                                           &bootproof::testing::broken_disk_gpt_bios_uefi(),
                                           &bootproof::testing::broken_disk_systemd_boot(),
                                           &bootproof::testing::broken_disk_uki(),
                                           &bootproof::testing::broken_disk_aarch64()),
                         [](const auto& test) {
                           std::string name = test.param->recipe;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace bootproof::inspectors
