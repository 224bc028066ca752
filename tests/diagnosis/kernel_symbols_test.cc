#include "harness/diagnosis/kernel_symbols.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/diagnosis/symbols_sample.h"

namespace bootproof {
namespace {

using testing::add_symbols;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kArmSampleImage;
using testing::KernelSample;
using testing::kFirstSymbolAt;
using testing::kSecondSymbolAt;
using testing::kX86SampleImage;

KernelSymbols symbols_of(const KernelSample& sample, std::uint64_t image) {
  GuestMemory memory;
  memory.add(read_from(sample.bytes()), {0, sample.bytes().size()});
  const std::vector<std::uint64_t> addresses{image + kFirstSymbolAt, image + kSecondSymbolAt + 4,
                                             image, image + kSecondSymbolAt - 1,
                                             image + (2U << 20U)};
  return find_kernel_symbols(memory, addresses);
}

TEST(KernelSymbols, NamesPlacesOfAKernelOfX86) {
  KernelSample sample(KernelSample::Style::kX86);
  add_symbols(sample, kX86SampleImage, true);
  EXPECT_THAT(symbols_of(sample, kX86SampleImage).names,
              ElementsAre("init_first+0x0", "second+0x4", "", "init_first+0xff", ""));
}

TEST(KernelSymbols, NamesPlacesOfAKernelOfAarch64) {
  KernelSample sample(KernelSample::Style::kArm);
  add_symbols(sample, kArmSampleImage, false);
  EXPECT_THAT(symbols_of(sample, kArmSampleImage).names,
              ElementsAre("init_first+0x0", "second+0x4", "", "init_first+0xff", ""));
}

TEST(KernelSymbols, ReadsTheWholeTable) {
  KernelSample sample(KernelSample::Style::kX86);
  add_symbols(sample, kX86SampleImage, true);
  GuestMemory memory;
  memory.add(read_from(sample.bytes()), {0, sample.bytes().size()});
  const KernelSymbolTable table = read_kernel_symbols(memory);
  EXPECT_EQ(table.problem, "");
  EXPECT_EQ(table.architecture, Architecture::kX86_64);
  ASSERT_EQ(table.symbols.size(), 2U);
  EXPECT_EQ(table.symbols[0].name, "init_first");
  EXPECT_EQ(table.symbols[0].address + table.moved, kX86SampleImage + kFirstSymbolAt);
  EXPECT_EQ(table.symbols[1].name, "second");
}

TEST(KernelSymbols, TellsWhyThereAreNone) {
  const KernelSymbols old = symbols_of(KernelSample(KernelSample::Style::kX86), kX86SampleImage);
  EXPECT_THAT(old.problem, HasSubstr("does not name its table of symbols"));
  EXPECT_EQ(old.names.size(), 5U);
  KernelSample many(KernelSample::Style::kX86);
  add_symbols(many, kX86SampleImage, true);
  many.put(0x24000, 0xFFFFFFFF, 4);
  EXPECT_THAT(symbols_of(many, kX86SampleImage).problem, HasSubstr("4294967295 entries"));
  KernelSample without(KernelSample::Style::kX86);
  add_symbols(without, kX86SampleImage, true);
  without.put(0x20000, 0, 1);
  EXPECT_EQ(symbols_of(without, kX86SampleImage).problem,
            "the name of symbol 1 of 2 can't be read");
}

}  // namespace
}  // namespace bootproof
