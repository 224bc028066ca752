#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "harness/core/words.h"
#include "harness/diagnosis/guest_memory.h"
#include "harness/diagnosis/vmcore_info.h"

namespace bootproof {

/// The virtual addresses of one kernel of x86_64 or arm64, read in the memory of its machine. What
/// lies in the kernel's image, and on arm64 in its linear map, is translated by the numbers of its
/// note; all else, such as x86_64's direct map (which KASLR moves), by the kernel's page tables.
class KernelAddresses {
 public:
  /// `memory` must outlive it. Nothing, and `problem` says why, where the note does not tell the
  /// architecture.
  static std::optional<KernelAddresses> of(const VmcoreInfo& note, const GuestMemory& memory,
                                           std::string& problem);

  /// The physical address; nothing where the page is not mapped or its tables can't be read.
  [[nodiscard]] std::optional<std::uint64_t> physical(std::uint64_t address) const;
  /// Fills `out` with the bytes at a virtual address; false where any of them can't be had.
  [[nodiscard]] bool read(std::uint64_t address, std::span<std::uint8_t> out) const;
  /// A number of `size` bytes (8 at most), least significant first.
  [[nodiscard]] std::optional<std::uint64_t> number(std::uint64_t address, std::size_t size) const;

  [[nodiscard]] Architecture architecture() const { return architecture_; }

 private:
  KernelAddresses(const GuestMemory& memory, Architecture architecture)
      : memory_(&memory), architecture_(architecture) {}
  [[nodiscard]] std::optional<std::uint64_t> by_numbers(std::uint64_t address) const;
  [[nodiscard]] std::optional<std::uint64_t> by_tables(std::uint64_t address) const;

  const GuestMemory* memory_;
  Architecture architecture_;
  std::uint64_t image_offset_ = 0;   ///< Virtual minus physical, in the kernel's image.
  std::uint64_t linear_offset_ = 0;  ///< The same in the linear map (arm64).
  bool linear_is_low_ = true;        ///< It is the lower half of the kernel's addresses.
  bool has_linear_ = false;
  unsigned address_bits_ = 48;          ///< Of a virtual address.
  unsigned linear_bit_ = 47;            ///< The bit that tells the halves apart (arm64).
  unsigned page_bits_ = 12;             ///< Of an address within a page.
  std::optional<std::uint64_t> table_;  ///< Physical address of the first page table.
};

}  // namespace bootproof
