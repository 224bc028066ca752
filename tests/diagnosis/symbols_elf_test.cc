#include "harness/diagnosis/symbols_elf.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "harness/core/program.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using testing::TemporaryFolder;

constexpr std::uint64_t kText = 0xFFFF'FFFF'8100'0000;

std::vector<KernelSymbol> sample() {
  return {{kText + 0x100, 'T', "start_kernel"},
          {kText, 'T', "_text"},
          {kText + 0x180, 't', "do_idle"},
          {kText + 0x180, 'W', "alias"}};
}

/// What a program of binutils prints of the file.
std::string shown_by(const std::vector<std::string>& program, const std::string& file) {
  const TemporaryFolder folder;
  ProgramCall call;
  call.arguments = program;
  call.arguments.push_back(folder.write("symbols.elf", file).string());
  const Result<ProgramResult> result = run_program(call);
  return result ? result->output + result->error_output : result.error().message();
}

TEST(SymbolsElf, IsReadByNm) {
  EXPECT_EQ(shown_by({"nm", "--numeric-sort", "--print-size"},
                     symbols_elf(Architecture::kX86_64, sample())),
            "ffffffff81000000 0000000000000100 T _text\n"
            "ffffffff81000100 0000000000000080 T start_kernel\n"
            "ffffffff81000180 0000000000000010 T alias\n"
            "ffffffff81000180 0000000000000010 t do_idle\n");
}

TEST(SymbolsElf, IsWellFormedForReadelf) {
  for (const Architecture architecture : {Architecture::kX86_64, Architecture::kAarch64}) {
    const std::string shown =
        shown_by({"readelf", "--all", "--wide", "--lint"}, symbols_elf(architecture, sample()));
    EXPECT_EQ(shown.find("arning"), std::string::npos) << shown;
    EXPECT_NE(shown.find(architecture == Architecture::kX86_64 ? "X86-64" : "AArch64"),
              std::string::npos)
        << shown;
    EXPECT_NE(shown.find(".text             NOBITS"), std::string::npos) << shown;
  }
}

TEST(SymbolsElf, TakesWhatCanBeCodeAlone) {
  EXPECT_EQ(symbols_elf(Architecture::kX86_64, {}), "");
  const std::vector<KernelSymbol> low{{0x1000, 'T', "per_cpu"}};
  EXPECT_EQ(symbols_elf(Architecture::kX86_64, low), "");
  std::vector<KernelSymbol> mixed = sample();
  mixed.push_back({0x1000, 'T', "per_cpu"});
  mixed.push_back({kText + 0x200, 'T', ""});
  mixed.push_back({kText + 0x200, 'T', std::string("a\0b", 3)});
  EXPECT_EQ(symbols_elf(Architecture::kX86_64, mixed),
            symbols_elf(Architecture::kX86_64, sample()));
}

TEST(SystemMap, GivesItsText) {
  const std::vector<KernelSymbol> symbols = read_system_map(
      "0000000000000000 A fixed_percpu_data\n"
      "ffffffff81000000 T _text\n"
      "ffffffff81000100 t do_idle\r\n"
      "ffffffff82000000 D jiffies\n"
      "ffffffff8100020g T no_number\n"
      "ffffffff81000200 T with blank\n"
      "ffffffff81000300 T");
  ASSERT_EQ(symbols.size(), 2U);
  EXPECT_EQ(symbols[0].address, kText);
  EXPECT_EQ(symbols[0].name, "_text");
  EXPECT_EQ(symbols[1].type, 't');
  EXPECT_EQ(symbols[1].name, "do_idle");
}

TEST(SystemMap, OfDebianSaysWhereTheRealOneIs) {
  EXPECT_TRUE(read_system_map("ffffffffffffffff B The real System.map is in the "
                              "linux-image-<version>-dbg package\n")
                  .empty());
}

}  // namespace
}  // namespace bootproof
