#include "harness/diagnosis/guest_memory.h"

#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "tests/diagnosis/kernel_sample.h"

namespace bootproof {
namespace {

using testing::elf_core_of;
using Bytes = std::vector<std::uint8_t>;

TEST(GuestMemory, ReadsAcrossRangesThatTouch) {
  const Bytes low{1, 2, 3, 4};
  const Bytes high{5, 6, 7, 8};
  GuestMemory memory;
  memory.add(read_from(high), {104, 4});
  memory.add(read_from(low), {100, 4});
  Bytes out(4);
  ASSERT_TRUE(memory.read(102, out));
  EXPECT_EQ(out, (Bytes{3, 4, 5, 6}));
  EXPECT_FALSE(memory.read(106, out));
  EXPECT_FALSE(memory.read(99, out));
  EXPECT_EQ(memory.size(), 8U);
}

TEST(GuestMemory, EndsAtTheEndOfAllAddresses) {
  const Bytes bytes{1, 2, 3, 4};
  GuestMemory memory;
  memory.add(read_from(bytes), {~std::uint64_t{0} - 2, 4});
  Bytes out(3);
  EXPECT_FALSE(memory.read(~std::uint64_t{0} - 2, out));
  EXPECT_TRUE(memory.read(~std::uint64_t{0} - 2, std::span(out).first(2)));
}

TEST(ElfCore, HasItsSegmentsAtTheirPhysicalAddresses) {
  const Bytes core = elf_core_of({1, 2, 3, 4}, 0x4000'0000);
  const MemoryFile file = read_elf_core(read_from(core), core.size());
  Bytes out(4);
  ASSERT_TRUE(file.memory.read(0x4000'0000, out));
  EXPECT_EQ(out, (Bytes{1, 2, 3, 4}));
  EXPECT_TRUE(file.problems.empty());
}

struct BadCore {
  const char* name;
  std::function<void(Bytes&)> damage;
  const char* problem;
};

class BadElfCore : public ::testing::TestWithParam<BadCore> {};

TEST_P(BadElfCore, IsTold) {
  Bytes core = elf_core_of({1, 2, 3, 4}, 0);
  GetParam().damage(core);
  const MemoryFile file = read_elf_core(read_from(core), core.size());
  EXPECT_EQ(file.problems, std::vector<std::string>{GetParam().problem});
}

const std::vector<BadCore> kBadCores{
    {"Empty", [](Bytes& core) { core.clear(); }, "the file is no ELF file: its header is missing"},
    {"OtherMagic", [](Bytes& core) { core[1] = 'X'; },
     "the file is no ELF file: its header is missing"},
    {"Of32Bits", [](Bytes& core) { core[4] = 1; },
     "the ELF file is not one of 64 bits, least significant byte first: no kernel that can be read "
     "here has such a core"},
    {"AProgram", [](Bytes& core) { core[16] = 2; },
     "the ELF file has type 2, a core has 4 (ET_CORE)"},
    {"ShortHeaders", [](Bytes& core) { core[54] = 8; },
     "the ELF file's program headers have 8 bytes, expected 56"},
    {"HeadersOutside", [](Bytes& core) { core[33] = 0xFF; },
     "program header 1 of 1 is outside of the file"},
    {"Cut", [](Bytes& core) { core.resize(core.size() - 2); },
     "the file is cut: 1 of its segments are not whole"},
};

INSTANTIATE_TEST_SUITE_P(ElfCore, BadElfCore, ::testing::ValuesIn(kBadCores),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace bootproof
