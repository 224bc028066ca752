#include "harness/diagnosis/guest_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace bootproof {
namespace {

constexpr std::uint64_t kMostNoteBytes = 1U << 20U;

// System V ABI, ELF-64 object file format: offsets in the file header and in a program header.
constexpr std::size_t kHeaderSize = 64;
constexpr std::size_t kProgramHeaderSize = 56;
constexpr std::uint32_t kLoad = 1;
constexpr std::uint32_t kNote = 4;

struct ProgramHeader {
  std::uint64_t type = 0;
  std::uint64_t offset = 0;
  std::uint64_t physical = 0;
  std::uint64_t file_size = 0;
};

std::uint64_t field(std::span<const std::uint8_t> bytes, std::size_t offset, std::size_t size) {
  return little_endian(bytes.subspan(offset, size));
}

ProgramHeader program_header(std::span<const std::uint8_t> bytes) {
  return {field(bytes, 0, 4), field(bytes, 8, 8), field(bytes, 24, 8), field(bytes, 32, 8)};
}

}  // namespace

ReadBytes read_from(std::span<const std::uint8_t> bytes) {
  return [bytes](std::uint64_t offset, std::span<std::uint8_t> out) {
    if (offset > bytes.size() || out.size() > bytes.size() - offset) {
      return false;
    }
    std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
  };
}

std::uint64_t little_endian(std::span<const std::uint8_t> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = std::min(bytes.size(), sizeof value); i-- > 0;) {
    value = value << 8U | bytes[i];
  }
  return value;
}

void GuestMemory::add(ReadBytes source, MemoryRange range, std::uint64_t offset) {
  constexpr std::uint64_t kEnd = std::numeric_limits<std::uint64_t>::max();
  range.size = std::min(range.size, kEnd - std::max(range.address, offset));
  if (range.size == 0) {
    return;
  }
  const auto place = std::upper_bound(segments_.begin(), segments_.end(), range.address,
                                      [](std::uint64_t address, const Segment& segment) {
                                        return address < segment.range.address;
                                      });
  segments_.insert(place, Segment{range, offset, std::move(source)});
}

const GuestMemory::Segment* GuestMemory::segment_at(std::uint64_t address) const {
  const auto after = std::upper_bound(
      segments_.begin(), segments_.end(), address,
      [](std::uint64_t wanted, const Segment& segment) { return wanted < segment.range.address; });
  if (after == segments_.begin()) {
    return nullptr;
  }
  const Segment& segment = *std::prev(after);
  return address - segment.range.address < segment.range.size ? &segment : nullptr;
}

bool GuestMemory::read(std::uint64_t address, std::span<std::uint8_t> out) const {
  while (!out.empty()) {
    const Segment* const segment = segment_at(address);
    if (segment == nullptr) {
      return false;
    }
    const std::uint64_t within = address - segment->range.address;
    const std::size_t count = std::min<std::uint64_t>(out.size(), segment->range.size - within);
    if (!segment->source(segment->offset + within, out.first(count))) {
      return false;
    }
    out = out.subspan(count);
    address += count;
  }
  return true;
}

bool GuestMemory::holds(std::uint64_t address) const { return segment_at(address) != nullptr; }

std::vector<MemoryRange> GuestMemory::ranges() const {
  std::vector<MemoryRange> all;
  for (const Segment& segment : segments_) {
    all.push_back(segment.range);
  }
  return all;
}

std::uint64_t GuestMemory::size() const {
  std::uint64_t sum = 0;
  for (const Segment& segment : segments_) {
    sum += segment.range.size;
  }
  return sum;
}

bool is_elf(std::span<const std::uint8_t> first_bytes) {
  constexpr std::array<std::uint8_t, 4> kMagic{0x7F, 'E', 'L', 'F'};
  return first_bytes.size() >= kMagic.size() &&
         std::equal(kMagic.begin(), kMagic.end(), first_bytes.begin());
}

MemoryFile read_elf_core(const ReadBytes& file, std::uint64_t file_size) {
  MemoryFile result;
  std::array<std::uint8_t, kHeaderSize> header{};
  if (!file(0, header) || !is_elf(header)) {
    result.problems.emplace_back("the file is no ELF file: its header is missing");
    return result;
  }
  constexpr std::uint8_t k64Bits = 2;
  constexpr std::uint8_t kLeastSignificantFirst = 1;
  constexpr std::uint64_t kCore = 4;
  if (header[4] != k64Bits || header[5] != kLeastSignificantFirst) {
    result.problems.emplace_back(
        "the ELF file is not one of 64 bits, least significant byte first: no kernel that can be "
        "read here has such a core");
    return result;
  }
  if (field(header, 16, 2) != kCore) {
    result.problems.push_back(fmt::format("the ELF file has type {}, a core has {} (ET_CORE)",
                                          field(header, 16, 2), kCore));
    return result;
  }
  const std::uint64_t table = field(header, 32, 8);
  const std::uint64_t entry_size = field(header, 54, 2);
  const std::uint64_t count = field(header, 56, 2);
  if (entry_size < kProgramHeaderSize) {
    result.problems.push_back(
        fmt::format("the ELF file's program headers have {} bytes, expected "
                    "{}",
                    entry_size, kProgramHeaderSize));
    return result;
  }
  std::size_t cut = 0;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::array<std::uint8_t, kProgramHeaderSize> bytes{};
    const std::uint64_t at = table + i * entry_size;
    if (at < table || !file(at, bytes)) {
      result.problems.push_back(
          fmt::format("program header {} of {} is outside of the file", i + 1, count));
      break;
    }
    const ProgramHeader segment = program_header(bytes);
    const std::uint64_t there = segment.offset < file_size ? file_size - segment.offset : 0;
    const std::uint64_t size = std::min(segment.file_size, there);
    if (segment.type == kNote) {
      std::vector<std::uint8_t> note(std::min(size, kMostNoteBytes - result.note.size()));
      if (file(segment.offset, note)) {
        result.note.append(note.begin(), note.end());
      }
    } else if (segment.type == kLoad && ~segment.physical != 0) {
      cut += size < segment.file_size ? 1U : 0U;
      result.memory.add(file, {segment.physical, size}, segment.offset);
    }
  }
  if (cut != 0) {
    result.problems.push_back(
        fmt::format("the file is cut: {} of its segments are not whole", cut));
  }
  return result;
}

}  // namespace bootproof
