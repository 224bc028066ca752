#include "inspectors/block_cache.h"

#include <algorithm>

namespace bootproof::inspectors {

bool BlockCache::read(std::uint64_t offset, std::span<std::uint8_t> into, std::uint64_t image_size,
                      const Fetch& fetch) {
  if (into.size() >= block_bytes_) {
    return fetch(offset, into);
  }
  while (!into.empty()) {
    const Block* cached = block(offset / block_bytes_, image_size, fetch);
    if (cached == nullptr) {
      return false;
    }
    const ByteSpan bytes =
        ByteSpan(cached->bytes).subspan(static_cast<std::size_t>(offset % block_bytes_));
    const std::size_t length = std::min(bytes.size(), into.size());
    std::copy_n(bytes.begin(), length, into.begin());
    into = into.subspan(length);
    offset += length;
  }
  return true;
}

const BlockCache::Block* BlockCache::block(std::uint64_t number, std::uint64_t image_size,
                                           const Fetch& fetch) {
  ++uses_;
  Block* target = nullptr;
  for (Block& candidate : blocks_) {
    if (candidate.last_use != 0 && candidate.number == number) {
      candidate.last_use = uses_;
      return &candidate;
    }
    if (target == nullptr || candidate.last_use < target->last_use) {
      target = &candidate;
    }
  }
  if (target == nullptr || blocks_.size() < most_blocks_) {
    target = &blocks_.emplace_back();
  }
  const std::uint64_t begin = number * block_bytes_;
  target->last_use = 0;
  target->number = number;
  target->bytes.resize(static_cast<std::size_t>(std::min(block_bytes_, image_size - begin)));
  if (!fetch(begin, target->bytes)) {
    return nullptr;
  }
  target->last_use = uses_;
  return target;
}

}  // namespace bootproof::inspectors
