// A guest's memory in which anything may be damaged, and any bytes as an ELF core.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "harness/diagnosis/kernel_log.h"
#include "tests/diagnosis/kernel_sample.h"
#include "tests/fuzz/fuzz_support.h"

namespace {

using bootproof::KernelLog;
using bootproof::testing::KernelSample;

void require_sound(const KernelLog& log) {
  using bootproof::fuzz::is_printable;
  using bootproof::fuzz::require;
  require(log.records.size() <= 65536);
  require(!log.records.empty() || !log.problems.empty());
  for (const std::string& problem : log.problems) {
    require(is_printable(problem));
  }
  std::string text = kernel_log_file(log);
  std::erase(text, '\n');
  std::erase(text, '\t');
  require(is_printable(text));
}

KernelLog log_of(std::span<const std::uint8_t> memory) {
  return bootproof::read_raw_kernel_log(bootproof::read_from(memory), memory.size());
}

}  // namespace

/// The first byte chooses what the rest is: damage to a sample's memory, damage to a core of it, a
/// core, or memory itself.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) {
    return 0;
  }
  const std::span<const std::uint8_t> rest(data + 1, size - 1);
  constexpr std::uint8_t kKinds = 7;
  const std::uint8_t kind = data[0] % kKinds;
  std::vector<std::uint8_t> bytes(rest.begin(), rest.end());
  if (kind < 5) {
    KernelSample sample(static_cast<KernelSample::Style>(kind % 4));
    for (int i = 0; i < 12; ++i) {
      sample.print(std::string(static_cast<std::size_t>(10 + i * 3), 'x'), 1'000'000'000);
    }
    bytes = kind == 4 ? bootproof::testing::elf_core_of(sample.bytes(), 0) : sample.bytes();
    bootproof::fuzz::apply_records(rest, 3, bytes);
  }
  if (kind == 4 || kind == 5) {
    const bootproof::MemoryFile file =
        bootproof::read_elf_core(bootproof::read_from(bytes), bytes.size());
    require_sound(bootproof::read_kernel_log(file.memory, file.note));
  } else {
    require_sound(log_of(bytes));
  }
  return 0;
}
