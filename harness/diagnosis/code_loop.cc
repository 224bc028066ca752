#include "harness/diagnosis/code_loop.h"

#include <array>
#include <optional>
#include <vector>

#include "harness/diagnosis/guest_memory.h"

namespace bootproof {
namespace {

/// An instruction that changes nothing: where the next one stands.
struct Harmless {
  std::int64_t next = 0;
};

std::int64_t signed_number(std::span<const std::uint8_t> bytes) {
  const std::uint64_t value = little_endian(bytes);
  const std::uint64_t sign = std::uint64_t{1} << (bytes.size() * 8 - 1);
  return static_cast<std::int64_t>((value ^ sign) - sign);
}

std::optional<Harmless> x86_instruction(std::span<const std::uint8_t> bytes, std::size_t at,
                                        bool is_16_bit) {
  constexpr std::uint8_t kNop = 0x90;
  constexpr std::uint8_t kRepeat = 0xF3;  // Before a NOP: PAUSE.
  constexpr std::uint8_t kHalt = 0xF4;
  constexpr std::uint8_t kClearInterrupts = 0xFA;
  constexpr std::uint8_t kShortJump = 0xEB;
  constexpr std::uint8_t kNearJump = 0xE9;
  const auto here = static_cast<std::int64_t>(at);
  const auto rest = bytes.subspan(at);
  switch (rest[0]) {
    case kNop:
    case kHalt:
    case kClearInterrupts:
      return Harmless{here + 1};
    case kRepeat:
      if (rest.size() > 1 && rest[1] == kNop) {
        return Harmless{here + 2};
      }
      return std::nullopt;
    case kShortJump:
      if (rest.size() > 1) {
        return Harmless{here + 2 + signed_number(rest.subspan(1, 1))};
      }
      return std::nullopt;
    case kNearJump: {
      const std::size_t size = is_16_bit ? 2 : 4;
      if (rest.size() > size) {
        return Harmless{here + 1 + static_cast<std::int64_t>(size) +
                        signed_number(rest.subspan(1, size))};
      }
      return std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

std::optional<Harmless> arm_instruction(std::span<const std::uint8_t> bytes, std::size_t at) {
  constexpr std::uint32_t kNop = 0xD503'201F;
  constexpr std::uint32_t kYield = 0xD503'203F;
  constexpr std::uint32_t kWaitForEvent = 0xD503'205F;
  constexpr std::uint32_t kWaitForInterrupt = 0xD503'207F;
  constexpr std::uint32_t kBranch = 0x05;  // Bits 31 to 26 of B.
  constexpr std::uint32_t kOffsetBits = 26;
  if (at % 4 != 0 || bytes.size() - at < 4) {
    return std::nullopt;
  }
  const auto word = static_cast<std::uint32_t>(little_endian(bytes.subspan(at, 4)));
  const auto here = static_cast<std::int64_t>(at);
  if (word == kNop || word == kYield || word == kWaitForEvent || word == kWaitForInterrupt) {
    return Harmless{here + 4};
  }
  if (word >> kOffsetBits == kBranch) {
    constexpr std::int64_t kSign = std::int64_t{1} << (kOffsetBits - 1);
    const std::int64_t offset = word & ((1U << kOffsetBits) - 1);
    return Harmless{here + ((offset ^ kSign) - kSign) * 4};
  }
  return std::nullopt;
}

}  // namespace

bool is_closed_loop(const CodeWindow& code, CpuMode mode, bool has_16_bit_code) {
  // Each place is passed once: who comes to one again goes round for ever.
  std::vector<bool> passed(code.bytes.size(), false);
  auto at = static_cast<std::int64_t>(code.at);
  while (at >= 0 && at < static_cast<std::int64_t>(code.bytes.size())) {
    const auto place = static_cast<std::size_t>(at);
    if (passed[place]) {
      return true;
    }
    passed[place] = true;
    const std::optional<Harmless> instruction =
        mode == CpuMode::kArm ? arm_instruction(code.bytes, place)
                              : x86_instruction(code.bytes, place, has_16_bit_code);
    if (!instruction) {
      return false;
    }
    at = instruction->next;
  }
  return false;
}

bool is_behind_wfi(const CodeWindow& code) {
  constexpr std::uint64_t kWaitForInterrupt = 0xD503'207F;
  return code.at >= 4 && code.at <= code.bytes.size() &&
         little_endian(code.bytes.subspan(code.at - 4, 4)) == kWaitForInterrupt;
}

bool are_interrupts_the_bios_own(std::span<const std::uint8_t> vectors) {
  // IRQ 0 to 7 and 8 to 15; what their handlers call: Ctrl-Break, timer, keyboard, alarm, print.
  constexpr std::array<std::uint8_t, 21> kVectors{0x08, 0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E,
                                                  0x0F, 0x70, 0x71, 0x72, 0x73, 0x74, 0x75,
                                                  0x76, 0x77, 0x1B, 0x1C, 0x15, 0x4A, 0x05};
  constexpr std::size_t kEntry = 4;
  constexpr std::size_t kTable = 256 * kEntry;
  constexpr std::uint64_t kRom = 0xC000;  // Segment of the first option ROM.
  if (vectors.size() < kTable) {
    return false;
  }
  for (const std::uint8_t vector : kVectors) {
    if (little_endian(vectors.subspan(vector * kEntry + 2, 2)) < kRom) {
      return false;
    }
  }
  return true;
}

}  // namespace bootproof
