// A kernel's table of symbols in which anything may be damaged.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/diagnosis/kernel_symbols.h"
#include "harness/diagnosis/symbols_elf.h"
#include "tests/diagnosis/symbols_sample.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using bootproof::fuzz::is_printable;
  using bootproof::fuzz::require;
  using bootproof::testing::KernelSample;
  if (size < 1) {
    return 0;
  }
  const bool is_arm = data[0] % 2 == 1;
  const std::uint64_t image =
      is_arm ? bootproof::testing::kArmSampleImage : bootproof::testing::kX86SampleImage;
  KernelSample sample(is_arm ? KernelSample::Style::kArm : KernelSample::Style::kX86);
  bootproof::testing::add_symbols(sample, image, !is_arm);
  std::vector<std::uint8_t> bytes = sample.bytes();
  bootproof::fuzz::apply_records(std::span(data + 1, size - 1), 3, bytes);
  bootproof::GuestMemory memory;
  memory.add(bootproof::read_from(bytes), {0, bytes.size()});
  const std::vector<std::uint64_t> addresses{image + bootproof::testing::kFirstSymbolAt,
                                             image + bootproof::testing::kSecondSymbolAt + 4, 0};
  const bootproof::KernelSymbols found = bootproof::find_kernel_symbols(memory, addresses);
  require(found.names.size() == addresses.size());
  require(is_printable(found.problem));
  for (const std::string& name : found.names) {
    require(is_printable(name));
    require(name.size() < 4096);
  }
  const bootproof::KernelSymbolTable table = bootproof::read_kernel_symbols(memory);
  require(is_printable(table.problem));
  require(table.symbols.size() <= std::size_t{1} << 20U);
  const std::string elf = bootproof::symbols_elf(table.architecture, table.symbols);
  require(elf.empty() || elf.starts_with("\177ELF"));
  const std::string text(data, data + size);
  require(bootproof::read_system_map(text).size() <= size / 20);
  return 0;
}
