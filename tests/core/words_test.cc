#include "harness/core/words.h"

#include <gtest/gtest.h>

namespace bootproof {
namespace {

template <typename Enum>
void expect_names_to_go_both_ways() {
  for (const auto& word : words<Enum>()) {
    EXPECT_EQ(parse_word<Enum>(name_of(word.value)), word.value) << word.name;
  }
  EXPECT_EQ(parse_word<Enum>("no-such-word"), std::nullopt);
}

TEST(Words, NamesGoBothWays) {
  expect_names_to_go_both_ways<Architecture>();
  expect_names_to_go_both_ways<Firmware>();
  expect_names_to_go_both_ways<Device>();
  expect_names_to_go_both_ways<MachineType>();
  expect_names_to_go_both_ways<Accelerator>();
}

TEST(Words, FirmwareBelongsToAnArchitecture) {
  EXPECT_EQ(architecture_of(Firmware::kSeabios), Architecture::kX86_64);
  EXPECT_EQ(architecture_of(Firmware::kAavmfSecure), Architecture::kAarch64);
  EXPECT_EQ(architecture_of(Firmware::kKernel), std::nullopt);
}

}  // namespace
}  // namespace bootproof
