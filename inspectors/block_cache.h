#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "inspectors/integers.h"

namespace bootproof::inspectors {

/// The blocks of an image that were used last, for sources whose reads cost something: the cost
/// follows what is looked at, and memory is bounded by `block_bytes` times `most_blocks`.
class BlockCache {
 public:
  /// Fills the bytes from an offset of the image; false where they can't be read.
  using Fetch = std::function<bool(std::uint64_t offset, std::span<std::uint8_t> into)>;

  /// Both numbers are at least 1.
  BlockCache(std::uint64_t block_bytes, std::size_t most_blocks)
      : block_bytes_(block_bytes), most_blocks_(most_blocks) {}

  /// Fills `into` from `offset`; the range lies inside the image, which has `image_size` bytes.
  /// What is as long as a block is fetched as it is and not kept. False where `fetch` gave false.
  bool read(std::uint64_t offset, std::span<std::uint8_t> into, std::uint64_t image_size,
            const Fetch& fetch);

 private:
  struct Block {
    std::uint64_t number = 0;
    std::uint64_t last_use = 0;  ///< 0: holds nothing.
    Bytes bytes;
  };

  /// The block of this number; null where it can't be read.
  const Block* block(std::uint64_t number, std::uint64_t image_size, const Fetch& fetch);

  std::uint64_t block_bytes_;
  std::size_t most_blocks_;
  std::uint64_t uses_ = 0;
  std::vector<Block> blocks_;
};

}  // namespace bootproof::inspectors
