#include "harness/diagnosis/kernel_addresses.h"

#include <algorithm>
#include <array>

namespace bootproof {
namespace {

/// __START_KERNEL_map and the end of the kernel's image (Documentation/arch/x86/x86_64/mm.rst).
constexpr std::uint64_t kX86Image = 0xFFFF'FFFF'8000'0000;
constexpr std::uint64_t kX86ImageEnd = 0xFFFF'FFFF'C000'0000;
/// Bits 12 to 51 of an entry: Intel SDM volume 3, 4.5; bits 12 to 47: Arm ARM, D8.3.
constexpr std::uint64_t kX86AddressBits = 0x000F'FFFF'FFFF'F000;
constexpr std::uint64_t kArmAddressBits = 0x0000'FFFF'FFFF'F000;

constexpr unsigned kSmallPage = 12;
constexpr unsigned kLargestPage = 16;
constexpr unsigned kEntryBits = 3;  ///< An entry of a page table has 8 bytes.

constexpr std::uint64_t low_bits(unsigned count) { return (std::uint64_t{1} << count) - 1; }

unsigned page_bits_of(std::uint64_t page_size) {
  for (unsigned bits = kSmallPage; bits <= kLargestPage; bits += 2) {
    if (page_size == std::uint64_t{1} << bits) {
      return bits;
    }
  }
  return kSmallPage;
}

}  // namespace

std::optional<KernelAddresses> KernelAddresses::of(const VmcoreInfo& note,
                                                   const GuestMemory& memory,
                                                   std::string& problem) {
  std::uint64_t page_size = 0;
  for (const char c : note.text("PAGESIZE").value_or("")) {
    page_size = c >= '0' && c <= '9' ? page_size * 10 + static_cast<unsigned>(c - '0') : 0;
  }
  const auto image = note.number("kimage_voffset");
  auto phys_base = note.number("phys_base");
  if (!phys_base && note.symbol("phys_base")) {
    phys_base = 0;  // Before 4.10 KASLR moved the virtual addresses as far as the physical ones.
  }
  if (image) {
    KernelAddresses addresses(memory, Architecture::kAarch64);
    addresses.image_offset_ = *image;
    addresses.page_bits_ = page_bits_of(page_size);
    constexpr std::uint64_t kFewestBits = 36;
    constexpr std::uint64_t kMostBits = 52;
    const std::uint64_t bits =
        std::clamp(note.number("VA_BITS").value_or(48), kFewestBits, kMostBits);
    addresses.address_bits_ = static_cast<unsigned>(bits);
    if (const auto unused = note.number("TCR_EL1_T1SZ"); unused && *unused >= 64 - kMostBits) {
      addresses.address_bits_ = static_cast<unsigned>(64 - std::min(*unused, 64 - kFewestBits));
    }
    // Linux 5.4 put the linear map into the lower half (Documentation/arch/arm64/memory.rst).
    constexpr unsigned kFlipped = 504;
    addresses.linear_is_low_ = note.version() >= kFlipped;
    addresses.linear_bit_ = addresses.address_bits_ - 1;
    if (const auto start = note.number("PHYS_OFFSET")) {
      const std::uint64_t first =
          ~low_bits(static_cast<unsigned>(addresses.linear_is_low_ ? bits : bits - 1));
      addresses.linear_offset_ = first - *start;
      addresses.has_linear_ = true;
    }
    if (const auto table = note.symbol("swapper_pg_dir")) {
      addresses.table_ = *table - *image;
    }
    return addresses;
  }
  if (phys_base) {
    KernelAddresses addresses(memory, Architecture::kX86_64);
    addresses.image_offset_ = kX86Image - *phys_base;
    constexpr unsigned kFiveLevels = 57;
    addresses.address_bits_ =
        note.number("pgtable_l5_enabled").value_or(0) == 1 ? kFiveLevels : addresses.address_bits_;
    for (const char* const name : {"init_top_pgt", "init_level4_pgt", "swapper_pg_dir"}) {
      if (const auto table = note.symbol(name); table && !addresses.table_) {
        addresses.table_ = *table - addresses.image_offset_;
      }
    }
    return addresses;
  }
  problem =
      "the note has neither phys_base nor kimage_voffset: the kernel is none of x86_64 or arm64";
  return std::nullopt;
}

std::optional<std::uint64_t> KernelAddresses::by_numbers(std::uint64_t address) const {
  if (architecture_ == Architecture::kX86_64) {
    if (address < kX86Image || address >= kX86ImageEnd) {
      return std::nullopt;
    }
    return address - image_offset_;
  }
  if ((address | low_bits(address_bits_)) != ~std::uint64_t{0}) {
    return std::nullopt;  // Not an address of the kernel's.
  }
  const bool is_low = (address >> linear_bit_ & 1U) == 0;
  if (is_low != linear_is_low_) {
    return address - image_offset_;
  }
  return has_linear_ ? std::optional(address - linear_offset_) : std::nullopt;
}

std::optional<std::uint64_t> KernelAddresses::by_tables(std::uint64_t address) const {
  if (!table_ || (address | low_bits(address_bits_)) != ~std::uint64_t{0}) {
    return std::nullopt;
  }
  const bool is_x86 = architecture_ == Architecture::kX86_64;
  const std::uint64_t address_mask =
      (is_x86 ? kX86AddressBits : kArmAddressBits) & ~low_bits(page_bits_);
  const unsigned bits_per_level = page_bits_ - kEntryBits;
  unsigned shift = page_bits_;
  while (shift + bits_per_level < address_bits_) {
    shift += bits_per_level;
  }
  std::uint64_t table = *table_;
  unsigned top = address_bits_;
  for (;; shift -= bits_per_level) {
    const std::uint64_t index = address >> shift & low_bits(top - shift);
    std::array<std::uint8_t, 8> bytes{};
    if (!memory_->read(table + (index << kEntryBits), bytes)) {
      return std::nullopt;
    }
    const std::uint64_t entry = little_endian(bytes);
    if ((entry & 1U) == 0) {
      return std::nullopt;
    }
    const bool is_last = shift == page_bits_;
    const bool is_large = is_x86 ? (entry >> 7U & 1U) != 0 : (entry >> 1U & 1U) == 0;
    if (is_last || is_large) {
      return (entry & address_mask & ~low_bits(shift)) | (address & low_bits(shift));
    }
    table = entry & address_mask;
    top = shift;
  }
}

std::optional<std::uint64_t> KernelAddresses::physical(std::uint64_t address) const {
  if (const auto simple = by_numbers(address); simple && memory_->holds(*simple)) {
    return simple;
  }
  return by_tables(address);
}

bool KernelAddresses::read(std::uint64_t address, std::span<std::uint8_t> out) const {
  constexpr std::uint64_t kPage = std::uint64_t{1} << kSmallPage;
  while (!out.empty()) {
    const std::size_t count = std::min<std::uint64_t>(out.size(), kPage - address % kPage);
    const auto at = physical(address);
    if (!at || !memory_->read(*at, out.first(count))) {
      return false;
    }
    out = out.subspan(count);
    address += count;
  }
  return true;
}

std::optional<std::uint64_t> KernelAddresses::number(std::uint64_t address,
                                                     std::size_t size) const {
  std::array<std::uint8_t, 8> bytes{};
  const auto used = std::span(bytes).first(std::min(size, bytes.size()));
  return read(address, used) ? std::optional(little_endian(used)) : std::nullopt;
}

}  // namespace bootproof
