#include "harness/diagnosis/cpu_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace bootproof {
namespace {

constexpr std::size_t kMostProcessors = 256;
constexpr std::size_t kMostDumpBytes = 4096;

// Intel SDM volume 3, 2.3, 2.5 and 2.2.1; Arm ARM, C5.2.
constexpr std::uint64_t kInterruptFlag = 1U << 9U;
constexpr std::uint64_t kVirtual8086Flag = 1U << 17U;
constexpr std::uint64_t kProtectionEnable = 1U;
constexpr std::uint64_t kPaging = 1U << 31U;
constexpr std::uint64_t kLongModeActive = 1U << 10U;
constexpr std::uint64_t kArmInterruptMask = 1U << 7U;

std::optional<std::uint64_t> hexadecimal(std::string_view digits) {
  std::uint64_t value = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return error == std::errc{} && end != digits.data() ? std::optional(value) : std::nullopt;
}

/// The text behind `name`, where that stands at the beginning of a word.
std::optional<std::string_view> behind(std::string_view text, std::string_view name) {
  for (std::size_t at = text.find(name); at != std::string_view::npos;
       at = text.find(name, at + 1)) {
    if (at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n' || text[at - 1] == '\r') {
      return text.substr(at + name.size());
    }
  }
  return std::nullopt;
}

std::optional<std::uint64_t> number(std::string_view text, std::string_view name) {
  const auto rest = behind(text, name);
  return rest ? hexadecimal(*rest) : std::nullopt;
}

/// "HLT=1": a digit.
std::optional<bool> flag(std::string_view text, std::string_view name) {
  const auto rest = behind(text, name);
  return rest && !rest->empty() ? std::optional(rest->front() != '0') : std::nullopt;
}

struct CodeSegment {
  std::uint64_t base = 0;
  bool is_64_bit = false;
};

/// "CS =0008 00000000 ffffffff 00cf9b00 DPL=0 CS32 [-RA]".
CodeSegment code_segment(std::string_view text) {
  CodeSegment segment;
  auto rest = behind(text, "CS =");
  if (!rest) {
    return segment;
  }
  const std::string_view line = rest->substr(0, rest->find_first_of("\r\n"));
  const std::size_t blank = line.find(' ');
  if (blank != std::string_view::npos) {
    segment.base = hexadecimal(line.substr(blank + 1)).value_or(0);
  }
  segment.is_64_bit = line.find(" CS64 ") != std::string_view::npos;
  return segment;
}

CpuMode mode_of(const CpuState& cpu, std::uint64_t flags, const CodeSegment& segment) {
  if ((cpu.cr0.value_or(0) & kProtectionEnable) == 0) {
    return CpuMode::kReal;
  }
  if ((cpu.efer.value_or(0) & kLongModeActive) != 0) {
    return segment.is_64_bit ? CpuMode::kLong : CpuMode::kCompatibility;
  }
  return (flags & kVirtual8086Flag) != 0 ? CpuMode::kVirtual8086 : CpuMode::kProtected;
}

std::optional<CpuState> parse_x86(std::string_view text) {
  CpuState cpu;
  auto counter = number(text, "RIP=");
  auto flags = number(text, "RFL=");
  counter = counter ? counter : number(text, "EIP=");
  flags = flags ? flags : number(text, "EFL=");
  if (!counter || !flags) {
    return std::nullopt;
  }
  cpu.counter = *counter;
  cpu.interrupts = (*flags & kInterruptFlag) != 0;
  cpu.is_halted = flag(text, "HLT=");
  cpu.is_in_smm = flag(text, "SMM=").value_or(false);
  cpu.privilege = static_cast<unsigned>(number(text, "CPL=").value_or(0) & 3U);
  cpu.cr0 = number(text, "CR0=");
  cpu.cr3 = number(text, "CR3=");
  cpu.efer = number(text, "EFER=");
  const CodeSegment segment = code_segment(text);
  cpu.mode = mode_of(cpu, *flags, segment);
  cpu.address = cpu.mode == CpuMode::kLong
                    ? cpu.counter
                    : (segment.base + cpu.counter) & 0xFFFF'FFFFU;  // Intel SDM volume 3, 3.4.
  return cpu;
}

/// " PC=ffffc886756da26c X00=..." and "PSTATE=400000c5 -Z-- EL1h".
std::optional<CpuState> parse_arm(std::string_view text) {
  const auto counter = number(text, "PC=");
  const auto state = number(text, "PSTATE=");
  if (!counter || !state) {
    return std::nullopt;
  }
  CpuState cpu;
  cpu.mode = CpuMode::kArm;
  cpu.counter = *counter;
  cpu.address = *counter;
  cpu.interrupts = (*state & kArmInterruptMask) == 0;
  cpu.privilege = static_cast<unsigned>(*state >> 2U & 3U);
  return cpu;
}

bool has_paging(const CpuState& cpu) {
  return cpu.mode == CpuMode::kLong || (cpu.cr0.value_or(0) & kPaging) != 0;
}

CodeRegion low_region(std::uint64_t address) {
  constexpr std::uint64_t kSectorEnd = 0x7E00;
  constexpr std::uint64_t kVideo = 0xA0000;
  constexpr std::uint64_t kOption = 0xC0000;
  constexpr std::uint64_t kSystem = 0xE0000;
  if (address >= 0x7C00 && address < kSectorEnd) {
    return CodeRegion::kBootSector;
  }
  if (address < kVideo) {
    return CodeRegion::kLowMemory;
  }
  if (address < kOption) {
    return CodeRegion::kVideoMemory;
  }
  return address < kSystem ? CodeRegion::kOptionRom : CodeRegion::kBios;
}

std::string_view words_for(CpuActivity activity) {
  switch (activity) {
    case CpuActivity::kHaltedForGood:
      return "halted with interrupts off at";
    case CpuActivity::kIdle:
      return "waits for an interrupt at";
    case CpuActivity::kSpins:
      return "spins at";
    case CpuActivity::kRuns:
      break;
  }
  return "runs, at last at";
}

std::string line_for(const CpuHistory& cpu, std::string_view symbol, bool is_lost) {
  std::string text = fmt::format("CPU {} {} {}", cpu.last.index, words_for(cpu.activity),
                                 place_of(cpu.last, symbol));
  if (cpu.activity == CpuActivity::kHaltedForGood) {
    text += is_lost ? ": nothing can wake it" : ": another CPU may wake it";
  } else if (cpu.activity == CpuActivity::kSpins) {
    text += cpu.lowest == cpu.highest
                ? std::string(": it stood there each time")
                : fmt::format(": between 0x{:x} and 0x{:x} each time", cpu.lowest, cpu.highest);
    text += cpu.last.interrupts ? ", interrupts on" : ", interrupts off";
  }
  return text;
}

}  // namespace

std::string_view name_of(CpuMode mode) {
  switch (mode) {
    case CpuMode::kReal:
      return "real mode";
    case CpuMode::kProtected:
      return "protected mode";
    case CpuMode::kVirtual8086:
      return "virtual-8086 mode";
    case CpuMode::kCompatibility:
      return "compatibility mode";
    case CpuMode::kLong:
      return "long mode";
    case CpuMode::kArm:
      break;
  }
  return "aarch64";
}

std::string_view name_of(CodeRegion region) {
  switch (region) {
    case CodeRegion::kBootSector:
      return "boot sector";
    case CodeRegion::kLowMemory:
      return "memory below 640 KiB";
    case CodeRegion::kVideoMemory:
      return "video memory";
    case CodeRegion::kOptionRom:
      return "option ROM";
    case CodeRegion::kBios:
      return "BIOS";
    case CodeRegion::kFlash:
      return "firmware's flash";
    case CodeRegion::kMemory:
      return "memory";
    case CodeRegion::kKernel:
      return "kernel";
    case CodeRegion::kKernelMemory:
      return "kernel's memory";
    case CodeRegion::kProgram:
      break;
  }
  return "a program";
}

CodeRegion region_of(const CpuState& cpu) {
  constexpr std::uint64_t kMib = 1U << 20U;
  constexpr std::uint64_t kFourGib = std::uint64_t{1} << 32U;
  constexpr std::uint64_t kUpperHalf = std::uint64_t{1} << 63U;
  if (cpu.mode == CpuMode::kArm) {
    constexpr std::uint64_t kFlashEnd = 128 * kMib;  // QEMU, hw/arm/virt.c, VIRT_FLASH.
    if (cpu.privilege == 0) {
      return CodeRegion::kProgram;
    }
    if (cpu.address >= kUpperHalf) {
      return CodeRegion::kKernel;
    }
    return cpu.address < kFlashEnd ? CodeRegion::kFlash : CodeRegion::kMemory;
  }
  constexpr unsigned kUser = 3;
  if (cpu.privilege == kUser && cpu.mode != CpuMode::kVirtual8086) {
    return CodeRegion::kProgram;
  }
  if (cpu.mode == CpuMode::kLong && cpu.address >= kUpperHalf) {
    // __START_KERNEL_map and what is behind the image (Documentation/arch/x86/x86_64/mm.rst).
    constexpr std::uint64_t kImage = 0xFFFF'FFFF'8000'0000;
    constexpr std::uint64_t kImageEnd = 0xFFFF'FFFF'C000'0000;
    return cpu.address >= kImage && cpu.address < kImageEnd ? CodeRegion::kKernel
                                                            : CodeRegion::kKernelMemory;
  }
  // Firmware maps what it maps one to one; a 32-bit kernel does not, and stands elsewhere.
  constexpr std::uint64_t kFlashStart = kFourGib - 16 * kMib;
  if (cpu.address >= kFlashStart && cpu.address < kFourGib &&
      (!has_paging(cpu) || cpu.mode == CpuMode::kLong)) {
    return CodeRegion::kFlash;
  }
  if (cpu.address < kMib && !has_paging(cpu)) {
    return low_region(cpu.address);
  }
  return CodeRegion::kMemory;
}

bool is_firmware(CodeRegion region) {
  return region == CodeRegion::kOptionRom || region == CodeRegion::kBios ||
         region == CodeRegion::kFlash;
}

std::vector<CpuState> parse_registers(std::string_view text) {
  constexpr std::string_view kHeader = "CPU#";
  std::vector<CpuState> cpus;
  std::size_t at = text.find(kHeader);
  at = at == std::string_view::npos ? 0 : at;
  while (at < text.size() && cpus.size() < kMostProcessors) {
    const std::size_t next = text.find(kHeader, at + 1);
    const std::string_view part =
        text.substr(at, next == std::string_view::npos ? next : next - at);
    unsigned index = 0;
    if (part.starts_with(kHeader)) {
      const std::string_view digits = part.substr(kHeader.size());
      std::from_chars(digits.data(), digits.data() + digits.size(), index);
    }
    std::optional<CpuState> cpu = parse_x86(part);
    cpu = cpu ? cpu : parse_arm(part);
    if (cpu) {
      cpu->index = index;
      cpus.push_back(*cpu);
    }
    at = next;
  }
  return cpus;
}

std::vector<std::uint8_t> parse_memory_dump(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  // "0000000000007c00: 0xeb 0xfe ...", eight of them in a line.
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) {
      return bytes;  // "Cannot access memory", or the end.
    }
    line = line.substr(colon);
    constexpr std::string_view kPrefix = "0x";
    for (std::size_t at = line.find(kPrefix); at != std::string_view::npos;
         at = line.find(kPrefix, at + 1)) {
      const auto value = hexadecimal(line.substr(at + kPrefix.size(), 2));
      if (!value || bytes.size() == kMostDumpBytes) {
        return bytes;
      }
      bytes.push_back(static_cast<std::uint8_t>(*value));
    }
  }
  return bytes;
}

std::vector<CpuHistory> classify(std::span<const std::vector<CpuState>> samples) {
  std::vector<CpuHistory> histories;
  if (samples.empty()) {
    return histories;
  }
  for (const CpuState& first : samples.front()) {
    CpuHistory history;
    history.lowest = first.address;
    history.highest = first.address;
    bool all_masked = true;
    for (const std::vector<CpuState>& sample : samples) {
      const auto found = std::find_if(sample.begin(), sample.end(), [&](const CpuState& cpu) {
        return cpu.index == first.index;
      });
      if (found == sample.end()) {
        break;
      }
      ++history.samples;
      history.last = *found;
      history.lowest = std::min(history.lowest, found->address);
      history.highest = std::max(history.highest, found->address);
      const bool is_halted = found->is_halted.value_or(false);
      history.halted += is_halted ? 1U : 0U;
      // On aarch64 a masked interrupt wakes all the same (Arm ARM, WFI).
      all_masked = all_masked && is_halted && !found->interrupts && found->mode != CpuMode::kArm;
    }
    if (history.samples != samples.size()) {
      continue;
    }
    if (all_masked) {
      history.activity = CpuActivity::kHaltedForGood;
    } else if (history.halted * 2 > history.samples) {
      history.activity = CpuActivity::kIdle;
    } else if (history.samples > 1 && history.highest - history.lowest <= kSpinBytes) {
      history.activity = CpuActivity::kSpins;
    }
    histories.push_back(history);
  }
  return histories;
}

bool are_halted_for_good(std::span<const CpuHistory> cpus) {
  return !cpus.empty() && std::all_of(cpus.begin(), cpus.end(), [](const CpuHistory& cpu) {
    return cpu.activity == CpuActivity::kHaltedForGood;
  });
}

std::string place_of(const CpuState& cpu, std::string_view symbol) {
  std::string text = fmt::format("0x{:x}", cpu.address);
  if (!symbol.empty()) {
    text += fmt::format(" {}", symbol);
  }
  text += fmt::format(" ({})", name_of(region_of(cpu)));
  if (cpu.mode == CpuMode::kArm) {
    return text + fmt::format(", EL{}", cpu.privilege);
  }
  text += fmt::format(", {}", name_of(cpu.mode));
  return cpu.is_in_smm ? text + ", system management mode" : text;
}

std::vector<std::string> describe(std::span<const CpuHistory> cpus,
                                  std::span<const std::string> symbols) {
  constexpr std::size_t kMostLines = 8;
  const bool is_lost = are_halted_for_good(cpus);
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(cpus.size(), kMostLines); ++i) {
    const std::string_view symbol = i < symbols.size() ? std::string_view(symbols[i]) : "";
    lines.push_back(line_for(cpus[i], symbol, is_lost));
  }
  if (cpus.size() > kMostLines) {
    lines.push_back(fmt::format("and {} CPUs more", cpus.size() - kMostLines));
  }
  return lines;
}

}  // namespace bootproof
