#include "tests/inspectors/defects.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "inspectors/inspect.h"
#include "inspectors/rules.h"
#include "tests/inspectors/defects/volume_defects.h"
#include "tests/inspectors/grub_core_sample.h"
#include "tests/inspectors/iso_inspection.h"
#include "tests/inspectors/iso_sample.h"
#include "tests/inspectors/loader_sample.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/volume_samples.h"
#include "tests/support/golden.h"

namespace bootproof::testing {

using inspectors::Finding;
using inspectors::kRules;
using inspectors::Rule;

std::vector<Finding> findings_of_medium(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  return inspectors::inspect_tables(inspectors::ImageView(source)).findings;
}

std::vector<Finding> findings_of_whole(const Bytes& bytes) {
  inspectors::MemoryImage source{ByteSpan(bytes)};
  return inspectors::inspect(inspectors::ImageView(source)).findings;
}

void PrintTo(const DefectFamily& family, std::ostream* out) { *out << family.name; }

namespace {

using ::testing::IsEmpty;

constexpr std::array kFamilies{
    DefectFamily{"Apm", apm_defects, findings_of_iso},
    DefectFamily{"Authenticode", authenticode_defects, findings_of_program},
    DefectFamily{"BootInfo", boot_info_defects, findings_of_iso},
    DefectFamily{"ElTorito", el_torito_defects, findings_of_medium},
    DefectFamily{"Ext", ext_defects, findings_of_ext},
    DefectFamily{"Fat", fat_defects, findings_of_fat},
    DefectFamily{"Fat32", fat32_defects, findings_of_fat32},
    DefectFamily{"Gpt", gpt_defects, findings_of_medium},
    DefectFamily{"Grub", grub_defects, findings_of_loader},
    DefectFamily{"GrubCore", grub_core_defects, findings_of_grub_core},
    DefectFamily{"Image", whole_image_defects, findings_of_whole},
    DefectFamily{"Initramfs", initramfs_defects, findings_of_initramfs},
    DefectFamily{"InitramfsWithRoot", initramfs_with_root_defects, findings_with_root},
    DefectFamily{"Iso9660", iso9660_defects, findings_of_medium},
    DefectFamily{"IsoTree", iso_tree_defects, findings_of_iso},
    DefectFamily{"Kernel", kernel_defects, findings_of_kernel},
    DefectFamily{"Loader", loader_defects, findings_of_loader},
    DefectFamily{"Mbr", mbr_defects, findings_of_medium},
    DefectFamily{"Pe", pe_defects, findings_of_program},
    DefectFamily{"Sbat", sbat_defects, findings_of_program},
    DefectFamily{"SecureBoot", secure_boot_defects, findings_of_program},
    DefectFamily{"Squashfs", squashfs_defects, findings_of_squashfs},
    DefectFamily{"StartupNsh", startup_nsh_defects, findings_of_loader},
    DefectFamily{"Syslinux", syslinux_defects, findings_of_fat},
    DefectFamily{"SyslinuxConfig", syslinux_config_defects, findings_of_loader},
    DefectFamily{"SystemArea", system_area_defects, findings_of_iso},
    DefectFamily{"SystemdBoot", systemd_boot_defects, findings_of_loader},
    DefectFamily{"Tables", table_defects, findings_of_tables},
    DefectFamily{"Uki", uki_defects, findings_of_program},
    DefectFamily{"Varstore", varstore_defects, findings_of_varstore},
};

/// A finding as the golden files have it.
std::string text_of(const Finding& finding) {
  return fmt::format("  {} {} at {}\n    in {}\n    found {}\n    expected {}\n",
                     name_of(finding.severity), finding.rule, finding.offset, finding.path,
                     finding.found, finding.expected);
}

struct NamedDefect {
  std::string name;
  Defect defect;
  FindingsOf findings_of = nullptr;
};

void PrintTo(const NamedDefect& named, std::ostream* out) { *out << named.name; }

std::vector<NamedDefect> all_defects() {
  std::vector<NamedDefect> all;
  for (const DefectFamily& family : kFamilies) {
    for (Defect& defect : family.defects()) {
      all.push_back(
          {fmt::format("{}_{}", family.name, defect.name), std::move(defect), family.findings_of});
    }
  }
  return all;
}

class DefectTest : public ::testing::TestWithParam<NamedDefect> {};

TEST_P(DefectTest, GivesOneFindingOfItsRule) {
  const std::vector<Finding> findings = GetParam().findings_of(GetParam().defect.bytes);
  ASSERT_EQ(findings.size(), 1U) << ::testing::PrintToString(findings);
  EXPECT_EQ(findings.front().rule, GetParam().defect.rule);
}

INSTANTIATE_TEST_SUITE_P(All, DefectTest, ::testing::ValuesIn(all_defects()),
                         [](const auto& test) { return test.param.name; });

class FamilyTest : public ::testing::TestWithParam<DefectFamily> {};

TEST_P(FamilyTest, GivesTheWholeFindingsOfItsGoldenFile) {
  std::string text;
  for (const Defect& defect : GetParam().defects()) {
    text += defect.name + "\n";
    for (const Finding& finding : GetParam().findings_of(defect.bytes)) {
      text += text_of(finding);
    }
  }
  EXPECT_TRUE(matches_golden(text, fmt::format("inspectors/{}.txt", GetParam().name)));
}

INSTANTIATE_TEST_SUITE_P(All, FamilyTest, ::testing::ValuesIn(kFamilies),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(Rules, AreSortedAndEachOnce) {
  for (std::size_t i = 1; i < kRules.size(); ++i) {
    EXPECT_LT(kRules[i - 1].id, kRules[i].id);
  }
}

TEST(Rules, SayWhatIsWrongAndWhatToDo) {
  for (const Rule& rule : kRules) {
    EXPECT_FALSE(rule.sentence.empty() || rule.sentence.ends_with('.')) << rule.id;
    EXPECT_FALSE(rule.remedy.empty() || rule.remedy.ends_with('.')) << rule.id;
  }
}

TEST(Rules, HaveEachADefectThatShowsThem) {
  std::set<std::string_view> unproved;
  for (const Rule& rule : kRules) {
    unproved.insert(rule.id);
  }
  for (const NamedDefect& named : all_defects()) {
    unproved.erase(named.defect.rule);
  }
  // Shown by a source that fails, in image_view_test.cc.
  unproved.erase("image.unreadable");
  // Needs hundreds of partitions, in hostile_test.cc.
  unproved.erase("image.too-many-volumes");
  // Needs an image of 4 GiB: a sparse one in iso_media_test.cc.
  unproved.erase("iso9660.size-limit");
  // Shown with the path that they break, in path_defects_test.cc.
  std::erase_if(unproved, [](std::string_view id) { return id.starts_with("boot."); });
  EXPECT_THAT(unproved, IsEmpty());
}

TEST(HealthyMedia, GiveNoFinding) {
  EXPECT_THAT(findings_of_medium(iso_image()), IsEmpty());
  EXPECT_THAT(findings_of_medium(mbr_disk()), IsEmpty());
  EXPECT_THAT(findings_of_medium(gpt_disk(512)), IsEmpty());
  EXPECT_THAT(findings_of_medium(gpt_disk(4096)), IsEmpty());
  EXPECT_THAT(findings_of_medium(fat_volume()), IsEmpty());
  EXPECT_THAT(findings_of_iso(iso_image()), IsEmpty());
  for (const Bytes& iso :
       {hybrid_iso(), grub_iso(), hybrid_iso_with_gpt(), hybrid_iso_with_apm()}) {
    EXPECT_THAT(findings_of_iso(iso), IsEmpty());
  }
  EXPECT_THAT(findings_of_fat(fat_volume()), IsEmpty());
  EXPECT_THAT(findings_of_fat(fat12_tree()), IsEmpty());
  EXPECT_THAT(findings_of_fat(syslinux_volume()), IsEmpty());
  EXPECT_THAT(findings_of_fat32(fat32_begin()), IsEmpty());
  EXPECT_THAT(findings_of_tables(gpt_disk(512)), IsEmpty());
  EXPECT_THAT(findings_of_tables(gpt_disk(4096)), IsEmpty());
  EXPECT_THAT(findings_of_ext(ext2_volume()), IsEmpty());
  EXPECT_THAT(findings_of_ext(ext4_volume()), IsEmpty());
  EXPECT_THAT(findings_of_squashfs(squashfs_file()), IsEmpty());
  EXPECT_THAT(findings_of_grub_core(grub_core_disk()), IsEmpty());
}

TEST(HealthyLoaders, GiveNoFinding) {
  for (const std::string_view sample :
       {kGrubSample, kGrubEspSample, kGrubCoreSample, kIsolinuxSample, kSyslinuxEfiSample,
        kSystemdBootSample, kStartupNshSample}) {
    EXPECT_THAT(findings_of_loader(Bytes(sample.begin(), sample.end())), IsEmpty()) << sample;
  }
}

}  // namespace
}  // namespace bootproof::testing
