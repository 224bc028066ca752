#include "harness/diagnosis/reset_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace bootproof {
namespace {

constexpr std::size_t kMostResets = 16;
constexpr std::size_t kMostLines = 64;
constexpr std::size_t kLongestLine = 256;
constexpr std::string_view kDump = "CPU Reset (CPU ";
constexpr std::string_view kTripleFault = "Triple fault";

}  // namespace

const CpuState* GuestReset::outside_of_firmware() const {
  const auto found = std::find_if(cpus.begin(), cpus.end(), [](const CpuState& cpu) {
    return cpu.counter != 0 && !is_firmware(region_of(cpu));
  });
  return found == cpus.end() ? nullptr : &*found;
}

void ResetLog::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    line_ += part.substr(0, kLongestLine - std::min(kLongestLine, line_.size()));
    if (end == std::string_view::npos) {
      return;
    }
    take_line();
    line_.clear();
    bytes = bytes.substr(end + 1);
  }
}

void ResetLog::take_line() {
  const bool begins = line_.starts_with(kDump);
  if (begins || line_ == kTripleFault) {
    if (!block_.empty()) {
      resets_ = with_dump(std::move(resets_), block_, index_, is_triple_fault_);
      block_.clear();
      is_triple_fault_ = false;
    }
    if (!begins) {
      comes_triple_fault_ = true;
      return;
    }
    index_ = 0;
    std::from_chars(line_.data() + kDump.size(), line_.data() + line_.size(), index_);
    is_triple_fault_ = std::exchange(comes_triple_fault_, false);
    block_ = "\n";
    block_lines_ = 0;
    return;
  }
  if (!block_.empty() && block_lines_ < kMostLines) {
    block_ += line_ + '\n';
    ++block_lines_;
  }
}

std::deque<GuestReset> ResetLog::with_dump(std::deque<GuestReset> resets, const std::string& block,
                                           unsigned index, bool is_triple_fault) {
  std::vector<CpuState> cpus = parse_registers(block);
  if (cpus.empty()) {
    return resets;
  }
  cpus.front().index = index;
  // The processors of one reset are told in their order.
  const bool is_same = !resets.empty() && !is_triple_fault && !resets.back().cpus.empty() &&
                       resets.back().cpus.back().index < index;
  if (!is_same) {
    resets.emplace_back();
    resets.back().is_triple_fault = is_triple_fault;
  }
  resets.back().cpus.push_back(cpus.front());
  while (resets.size() > kMostResets) {
    resets.pop_front();
  }
  return resets;
}

std::vector<GuestReset> ResetLog::resets() const {
  const std::deque<GuestReset> all =
      block_.empty() ? resets_ : with_dump(resets_, block_, index_, is_triple_fault_);
  return {all.begin(), all.end()};
}

bool is_triple_fault_loop(const std::vector<GuestReset>& resets) {
  std::size_t faults = 0;
  for (const GuestReset& reset : resets) {
    if (reset.outside_of_firmware() != nullptr) {
      faults = reset.is_triple_fault ? faults + 1 : 0;
    }
  }
  return faults >= 2;
}

std::vector<std::string> describe(const std::vector<GuestReset>& resets) {
  constexpr std::size_t kMostPlaces = 3;
  std::vector<std::string> lines;
  for (const GuestReset& reset : resets) {
    const CpuState* cpu = reset.outside_of_firmware();
    if (cpu != nullptr) {
      lines.push_back(fmt::format("CPU {} was reset at {}{}", cpu->index, place_of(*cpu, ""),
                                  reset.is_triple_fault ? ", by a triple fault" : ""));
    }
  }
  if (lines.size() > kMostPlaces) {
    lines.erase(lines.begin(), lines.end() - kMostPlaces);
  }
  return lines;
}

}  // namespace bootproof
