#include "inspectors/cut.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "inspectors/inspect.h"
#include "tests/inspectors/print_finding.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::inspectors {
namespace {

using ::testing::ElementsAre;

Finding finding(std::string_view rule, std::string path) {
  Finding one;
  one.rule = rule;
  one.path = std::move(path);
  one.found = "so much";
  return one;
}

std::vector<std::string> folded(std::vector<Finding> findings) {
  fold_cut(findings);
  std::vector<std::string> texts;
  for (const Finding& one : findings) {
    texts.push_back(std::string(one.rule) + ": " + one.found);
  }
  return texts;
}

TEST(FoldCut, LeavesWhatSaysMostAndNamesWhatIsLost) {
  EXPECT_THAT(folded({finding("gpt.partition-outside", "GPT, partition 1"),
                      finding("gpt.backup-missing", "backup GPT header"),
                      finding("iso9660.truncated", "primary volume descriptor"),
                      finding("grub.no-entries", "(cd0)/boot/grub/grub.cfg")}),
              ElementsAre("iso9660.truncated: so much; with it is lost: GPT, partition 1 "
                          "(gpt.partition-outside); backup GPT header (gpt.backup-missing)",
                          "grub.no-entries: so much"));
}

TEST(FoldCut, TakesAPartitionOutsideForACutWhereTheBackupIsGoneToo) {
  EXPECT_THAT(folded({finding("gpt.backup-missing", "backup GPT header"),
                      finding("gpt.partition-outside", "GPT, partition 3")}),
              ElementsAre("gpt.partition-outside: so much; with it is lost: backup GPT header "
                          "(gpt.backup-missing)"));
  EXPECT_THAT(folded({finding("gpt.partition-outside", "GPT, partition 3"),
                      finding("gpt.partition-outside", "GPT, partition 4")}),
              ElementsAre("gpt.partition-outside: so much", "gpt.partition-outside: so much"));
}

TEST(FoldCut, CountsWhatItDoesNotName) {
  std::vector<Finding> findings{finding("iso9660.truncated", "volume")};
  for (int i = 0; i < 10; ++i) {
    findings.push_back(finding("mbr.partition-outside", "p"));
  }
  const std::vector<std::string> texts = folded(findings);
  ASSERT_EQ(texts.size(), 1U);
  EXPECT_TRUE(texts.front().ends_with("; p (mbr.partition-outside); 2 more")) << texts.front();
}

TEST(FoldCut, DoesNothingWhereNothingIsCut) {
  EXPECT_THAT(folded({}), ElementsAre());
  EXPECT_THAT(folded({finding("iso9660.truncated", "volume")}),
              ElementsAre("iso9660.truncated: so much"));
}

TEST(FoldCut, GivesOneFindingForADiskThatWasCut) {
  const Bytes disk = bootproof::testing::gpt_disk(512);
  const Bytes cut = bootproof::testing::first_of(disk, 50 * 512);
  MemoryImage source{ByteSpan(cut)};
  const std::vector<Finding> findings = inspect_tables(ImageView(source)).findings;
  ASSERT_EQ(findings.size(), 1U) << ::testing::PrintToString(findings);
  EXPECT_EQ(findings.front().rule, "gpt.partition-outside");
}

}  // namespace
}  // namespace bootproof::inspectors
