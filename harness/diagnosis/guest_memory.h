#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "harness/core/words.h"

namespace bootproof {

/// Fills `out` with the bytes at `offset` of a file or buffer; false where any of them is not
/// there, and then `out` says nothing.
using ReadBytes = std::function<bool(std::uint64_t offset, std::span<std::uint8_t> out)>;

/// Reads from bytes that outlive the reader.
ReadBytes read_from(std::span<const std::uint8_t> bytes);

/// A number of `bytes.size()` bytes (8 at most), least significant first.
std::uint64_t little_endian(std::span<const std::uint8_t> bytes);

/// A run of guest-physical memory.
struct MemoryRange {
  std::uint64_t address = 0;
  std::uint64_t size = 0;  ///< In bytes.
};

/// A guest's physical memory, as far as it is known: ranges of addresses, each read from a file or
/// a buffer. What is in no range can't be read; where ranges overlap, one of them is read.
class GuestMemory {
 public:
  /// Adds `size` bytes at `address`, which stand at `offset` of `source`. What would reach beyond
  /// the end of 64 bits is left out.
  void add(ReadBytes source, MemoryRange range, std::uint64_t offset = 0);
  /// Fills `out` with the bytes at a physical address; false where any of them is not known.
  [[nodiscard]] bool read(std::uint64_t address, std::span<std::uint8_t> out) const;
  /// True where the byte at this physical address is in a range.
  [[nodiscard]] bool holds(std::uint64_t address) const;
  /// The ranges, by address.
  [[nodiscard]] std::vector<MemoryRange> ranges() const;
  /// All ranges together, in bytes.
  [[nodiscard]] std::uint64_t size() const;

 private:
  struct Segment {
    MemoryRange range;
    std::uint64_t offset = 0;
    ReadBytes source;
  };
  [[nodiscard]] const Segment* segment_at(std::uint64_t address) const;
  std::vector<Segment> segments_;  ///< By address.
};

/// What a file of memory holds.
struct MemoryFile {
  GuestMemory memory;
  std::string note;  ///< The bytes of an ELF core's notes (PT_NOTE); empty for a raw image.
  std::vector<std::string> problems;  ///< What is wrong with the file, for people.
};

/// True for the first bytes of an ELF file (System V ABI, ELF header, e_ident).
bool is_elf(std::span<const std::uint8_t> first_bytes);

/// The memory in an ELF core (`/proc/vmcore`, QEMU's dump-guest-memory): PT_LOAD segments at their
/// physical addresses (System V ABI, program header). Bounded by 65535 segments and 1 MiB of notes;
/// a segment that the file does not hold whole is cut, and that is told.
MemoryFile read_elf_core(const ReadBytes& file, std::uint64_t file_size);

}  // namespace bootproof
