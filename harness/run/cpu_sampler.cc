#include "harness/run/cpu_sampler.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/core/error.h"
#include "harness/diagnosis/code_loop.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kSamples = 5;
constexpr milliseconds kBetween{60};
/// How much code is read before and behind an instruction pointer.
constexpr std::uint64_t kCodeBefore = 16;
constexpr std::uint64_t kCode = 32;

using Cpus = std::vector<CpuState>;

Task<Cpus> look(Machine& machine) {
  auto asking = machine.ask_monitor("info registers -a");
  const std::string text = co_await std::move(asking);
  co_return parse_registers(text);
}

Task<std::vector<std::uint8_t>> read_code(Machine& machine, std::uint64_t from, std::uint64_t size,
                                          unsigned cpu) {
  auto asking = machine.ask_monitor(fmt::format("x /{}xb 0x{:x}", size, from), cpu);
  const std::string text = co_await std::move(asking);
  co_return parse_memory_dump(text);
}

/// Where no processor has moved, those of aarch64 that stand behind a WFI are halted.
Task<void> mark_waiting(Machine& machine, std::vector<Cpus>& samples) {
  for (std::size_t i = 0; i < samples.front().size(); ++i) {
    const CpuState& first = samples.front()[i];
    constexpr std::uint64_t kInstruction = 4;
    if (first.mode != CpuMode::kArm || first.address < kInstruction) {
      continue;
    }
    auto reading = read_code(machine, first.address - kInstruction, kInstruction, first.index);
    const std::vector<std::uint8_t> code = co_await std::move(reading);
    if (!is_behind_wfi({code, kInstruction})) {
      continue;
    }
    for (Cpus& sample : samples) {
      for (CpuState& cpu : sample) {
        cpu.is_halted = cpu.is_halted.value_or(false) ||
                        (cpu.index == first.index && cpu.address == first.address);
      }
    }
  }
}

bool is_masked_halt(const CpuState& cpu) {
  return cpu.mode != CpuMode::kArm && cpu.is_halted.value_or(false) && !cpu.interrupts;
}

/// Whether a processor that is not halted for good goes round a loop that nothing ends.
Task<bool> is_caught(Machine& machine, CpuState cpu) {
  const bool may_have_own_handlers = cpu.interrupts;
  const CodeRegion region = region_of(cpu);
  const bool is_real = cpu.mode == CpuMode::kReal &&
                       (region == CodeRegion::kBootSector || region == CodeRegion::kLowMemory);
  if ((may_have_own_handlers && !is_real) || cpu.privilege == 3 || cpu.address < kCodeBefore) {
    co_return false;
  }
  auto reading = read_code(machine, cpu.address - kCodeBefore, kCode, cpu.index);
  const std::vector<std::uint8_t> code = co_await std::move(reading);
  if (!is_closed_loop({code, kCodeBefore}, cpu.mode, cpu.mode == CpuMode::kReal)) {
    co_return false;
  }
  if (!may_have_own_handlers) {
    co_return true;
  }
  constexpr std::uint64_t kVectors = 1024;
  auto looking = read_code(machine, 0, kVectors, cpu.index);
  const std::vector<std::uint8_t> vectors = co_await std::move(looking);
  co_return are_interrupts_the_bios_own(vectors);
}

/// An empty cause where one of the processors may go on.
Task<std::string> cause_of_hang(Machine& machine, Cpus cpus) {
  bool spins = false;
  for (const CpuState& cpu : cpus) {
    if (is_masked_halt(cpu)) {
      continue;
    }
    auto catching = is_caught(machine, cpu);
    const bool caught = co_await std::move(catching);
    if (!caught) {
      co_return "";
    }
    spins = spins || !cpu.is_halted.value_or(false);
  }
  co_return cpus.empty() ? "" : spins ? "machine.spins" : "machine.halted";
}

Task<CpuSamples> take_samples(Machine& machine) {
  CpuSamples result;
  for (std::size_t i = 0; i < kSamples; ++i) {
    if (i > 0) {
      auto pausing = pause_for(kBetween);
      co_await std::move(pausing);
    }
    auto looking = look(machine);
    Cpus cpus = co_await std::move(looking);
    result.samples.push_back(std::move(cpus));
  }
  auto marking = mark_waiting(machine, result.samples);
  co_await std::move(marking);
  result.cpus = classify(result.samples);
  if (result.cpus.empty()) {
    result.problem = "QEMU's `info registers` tells of no processor that is known here";
  }
  co_return result;
}

}  // namespace

Task<CpuSamples> sample_cpus(Machine& machine) {
  CpuSamples result;
  try {
    auto taking = take_samples(machine);
    result = co_await std::move(taking);
  } catch (const Error& error) {
    result.problem = error.message();
  }
  co_return result;
}

Task<std::optional<HangProof>> prove_hang(Machine& machine) {
  std::optional<HangProof> proof;
  try {
    auto looking = look(machine);
    const Cpus before = co_await std::move(looking);
    auto judging = cause_of_hang(machine, before);
    std::string cause = co_await std::move(judging);
    if (cause.empty()) {
      co_return proof;
    }
    auto taking = take_samples(machine);
    CpuSamples samples = co_await std::move(taking);
    // A closed loop is short, and it is looked at again where it was left.
    const Cpus after = samples.samples.back();
    auto judging_again = cause_of_hang(machine, after);
    const std::string again = co_await std::move(judging_again);
    const bool stays = std::all_of(samples.cpus.begin(), samples.cpus.end(), [](const auto& cpu) {
      return cpu.activity == CpuActivity::kHaltedForGood || cpu.highest - cpu.lowest <= kSpinBytes;
    });
    if (!again.empty() && stays && samples.cpus.size() == before.size()) {
      proof = HangProof{again, std::move(samples)};
    }
  } catch (const Error&) {
    proof.reset();  // QEMU is about to end, which it tells by itself.
  }
  co_return proof;
}

}  // namespace bootproof
