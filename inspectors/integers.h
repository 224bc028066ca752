#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace bootproof::inspectors {

/// Bytes that were read, and bytes that somebody else owns.
using Bytes = std::vector<std::uint8_t>;
using ByteSpan = std::span<const std::uint8_t>;

/// Integers as they stand on media: of a fixed byte order and aligned to one byte, so that a struct
/// of them mirrors its specification without padding on any host.

/// Least significant byte first.
template <typename Integer>
struct LittleEndian {
  std::array<std::uint8_t, sizeof(Integer)> bytes;

  [[nodiscard]] constexpr Integer value() const {
    Integer result = 0;
    for (std::size_t i = sizeof(Integer); i > 0; --i) {
      result = static_cast<Integer>((std::uint64_t{result} << 8U) | bytes[i - 1]);
    }
    return result;
  }
};

/// Most significant byte first.
template <typename Integer>
struct BigEndian {
  std::array<std::uint8_t, sizeof(Integer)> bytes;

  [[nodiscard]] constexpr Integer value() const {
    Integer result = 0;
    for (const std::uint8_t byte : bytes) {
      result = static_cast<Integer>((std::uint64_t{result} << 8U) | byte);
    }
    return result;
  }
};

/// Both orders, one after the other (ECMA-119, 7.2.3 and 7.3.3). Where they disagree the first
/// counts, as it does for firmware and kernels on the machines that are booted today.
template <typename Integer>
struct BothEndian {
  LittleEndian<Integer> little;
  BigEndian<Integer> big;

  [[nodiscard]] constexpr Integer value() const { return little.value(); }
  [[nodiscard]] constexpr bool agrees() const { return little.value() == big.value(); }
};

using Le16 = LittleEndian<std::uint16_t>;
using Le32 = LittleEndian<std::uint32_t>;
using Le64 = LittleEndian<std::uint64_t>;
using Be16 = BigEndian<std::uint16_t>;
using Be32 = BigEndian<std::uint32_t>;
using Both16 = BothEndian<std::uint16_t>;
using Both32 = BothEndian<std::uint32_t>;

static_assert(sizeof(Le16) == 2 && sizeof(Le32) == 4 && sizeof(Le64) == 8);
static_assert(sizeof(Both16) == 4 && sizeof(Both32) == 8 && alignof(Both32) == 1);

}  // namespace bootproof::inspectors
