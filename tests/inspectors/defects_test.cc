#include "tests/inspectors/defects.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>

#include "inspectors/inspect.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {

void PrintTo(const Finding& finding, std::ostream* out) {
  *out << fmt::format("\n{} {} at {} in \"{}\": found \"{}\", expected \"{}\"; {}",
                      name_of(finding.severity), finding.rule, finding.offset, finding.path,
                      finding.found, finding.expected, finding.remedy);
}

namespace {

using bootproof::testing::Defect;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Rule* find_rule(std::string_view id) {
  const auto* const row =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.id == id; });
  return row == kRules.end() ? nullptr : row;
}

std::vector<Finding> findings_of(const Bytes& bytes) {
  MemoryImage source{ByteSpan(bytes)};
  return inspect(ImageView(source)).findings;
}

std::vector<Defect> all_defects() {
  std::vector<Defect> all;
  const auto add = [&](std::string_view group, std::vector<Defect> defects) {
    for (Defect& defect : defects) {
      defect.name.insert(0, group);
      all.push_back(std::move(defect));
    }
  };
  add("Iso9660", bootproof::testing::iso9660_defects());
  add("ElTorito", bootproof::testing::el_torito_defects());
  add("Mbr", bootproof::testing::mbr_defects());
  add("Gpt", bootproof::testing::gpt_defects());
  add("Image", bootproof::testing::whole_image_defects());
  return all;
}

class DefectTest : public ::testing::TestWithParam<Defect> {};

TEST_P(DefectTest, GivesExactlyItsFinding) {
  const Defect& defect = GetParam();
  const Rule* rule = find_rule(defect.rule);
  ASSERT_NE(rule, nullptr) << defect.rule;
  const Finding expected{defect.rule,  rule->severity,  defect.offset, defect.path,
                         defect.found, defect.expected, rule->remedy};
  EXPECT_THAT(findings_of(defect.image), ElementsAre(expected));
}

INSTANTIATE_TEST_SUITE_P(Media, DefectTest, ::testing::ValuesIn(all_defects()),
                         [](const auto& test) { return test.param.name; });

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
  const std::vector<Defect> defects = all_defects();
  for (const Defect& defect : defects) {
    unproved.erase(defect.rule);
  }
  // Shown by a source that fails, in image_view_test.cc.
  unproved.erase("image.unreadable");
  EXPECT_THAT(unproved, IsEmpty());
}

TEST(HealthyMedia, GiveNoFinding) {
  EXPECT_THAT(findings_of(bootproof::testing::iso_image()), IsEmpty());
  EXPECT_THAT(findings_of(bootproof::testing::mbr_disk()), IsEmpty());
  EXPECT_THAT(findings_of(bootproof::testing::gpt_disk(512)), IsEmpty());
  EXPECT_THAT(findings_of(bootproof::testing::gpt_disk(4096)), IsEmpty());
  EXPECT_THAT(findings_of(bootproof::testing::fat_volume()), IsEmpty());
}

}  // namespace
}  // namespace bootproof::inspectors
