// What QEMU's monitor and its log say of processors: any bytes.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/diagnosis/code_loop.h"
#include "harness/diagnosis/cpu_state.h"
#include "harness/diagnosis/reset_log.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using bootproof::fuzz::is_printable;
  using bootproof::fuzz::require;
  const std::string_view text(static_cast<const char*>(static_cast<const void*>(data)), size);
  const std::vector<bootproof::CpuState> cpus = bootproof::parse_registers(text);
  require(cpus.size() <= 256);
  const std::vector<std::vector<bootproof::CpuState>> samples(3, cpus);
  const std::vector<bootproof::CpuHistory> histories = bootproof::classify(samples);
  require(histories.size() == cpus.size());
  for (const std::string& line : bootproof::describe(histories, {})) {
    require(is_printable(line));
  }
  const std::vector<std::uint8_t> bytes = bootproof::parse_memory_dump(text);
  require(bytes.size() <= 4096);
  const std::vector<std::uint8_t> raw(data, data + std::min<std::size_t>(size, 64));
  for (std::size_t at = 0; at <= raw.size(); ++at) {
    for (const auto mode : {bootproof::CpuMode::kReal, bootproof::CpuMode::kArm}) {
      (void)bootproof::is_closed_loop({raw, at}, mode, at % 2 == 0);
      (void)bootproof::is_behind_wfi({raw, at});
    }
  }
  // The same however it is cut.
  bootproof::ResetLog whole;
  whole.feed(text);
  bootproof::ResetLog cut;
  for (std::size_t at = 0; at < size; at += 7) {
    cut.feed(text.substr(at, 7));
  }
  require(whole.resets().size() <= 16);
  require(describe(whole.resets()) == describe(cut.resets()));
  return 0;
}
