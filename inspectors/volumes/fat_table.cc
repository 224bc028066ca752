#include "inspectors/volumes/fat_table.h"

#include <algorithm>

namespace bootproof::inspectors {
namespace {

constexpr std::uint32_t kEntryBits32 = 0x0FFFFFFF;

/// The lowest mark of the end; the one below it marks a bad cluster.
std::uint32_t end_mark(int fat_bits) {
  switch (fat_bits) {
    case 12:
      return 0xFF8;
    case 16:
      return 0xFFF8;
    default:
      return 0x0FFFFFF8;
  }
}

void append(ClusterChain& chain, std::uint64_t offset, std::uint64_t length) {
  if (!chain.runs.empty() && chain.runs.back().offset + chain.runs.back().length == offset) {
    chain.runs.back().length += length;
  } else {
    chain.runs.push_back({offset, length});
  }
  ++chain.cluster_count;
}

}  // namespace

std::uint64_t FatTable::offset_of_entry(std::uint32_t cluster) const {
  return layout_.fat_begin + std::uint64_t{cluster} * static_cast<unsigned>(layout_.fat_bits) / 8;
}

std::optional<std::uint32_t> FatTable::byte_at(std::uint64_t offset) {
  if (offset >= layout_.fat_bytes) {
    return std::nullopt;
  }
  const std::uint64_t begin = offset / kPiece * kPiece;
  if (piece_.empty() || begin != piece_begin_) {
    ++loads_;
    piece_begin_ = begin;
    piece_ = volume_.read(layout_.fat_begin + begin,
                          std::min<std::uint64_t>(kPiece, layout_.fat_bytes - begin));
  }
  const std::uint64_t at = offset - begin;
  return at < piece_.size() ? std::optional<std::uint32_t>(piece_[at]) : std::nullopt;
}

std::optional<std::uint32_t> FatTable::entry(std::uint32_t cluster) {
  const std::uint64_t at = offset_of_entry(cluster) - layout_.fat_begin;
  const std::uint64_t length = layout_.fat_bits == 32 ? 4 : 2;
  std::uint32_t value = 0;
  for (std::uint64_t i = 0; i < length; ++i) {
    const auto byte = byte_at(at + i);
    if (!byte) {
      return std::nullopt;
    }
    value |= *byte << (8 * i);
  }
  if (layout_.fat_bits == 12) {
    return (cluster & 1U) != 0 ? value >> 4U : value & 0xFFFU;
  }
  return value & kEntryBits32;
}

ClusterChain FatTable::chain(std::uint32_t first, std::uint64_t most) {
  const std::uint32_t mark = end_mark(layout_.fat_bits);
  const std::uint64_t loads_before = loads_;
  ClusterChain chain;
  chain.next = first;
  // Brent's way to find a loop: a milestone that is moved forward at each power of two.
  std::uint32_t milestone = 0;
  std::uint64_t next_milestone = 1;
  while (true) {
    const std::uint32_t cluster = chain.next;
    if (cluster >= mark && chain.last != 0) {
      chain.end = ChainEnd::kMarked;
    } else if (chain.cluster_count == most || chain.runs.size() > kMostRuns ||
               loads_ - loads_before > kMostLoads) {
      chain.end = ChainEnd::kEnough;
    } else if (cluster == 0 && chain.last != 0) {
      chain.end = ChainEnd::kFree;
    } else if (cluster == mark - 1) {
      chain.end = ChainEnd::kBad;
    } else if (!layout_.has_cluster(cluster)) {
      chain.end = ChainEnd::kOutside;
    } else if (cluster == milestone || chain.cluster_count == layout_.cluster_count) {
      chain.end = ChainEnd::kLoop;
    } else {
      if (chain.cluster_count + 1 == next_milestone) {
        milestone = cluster;
        next_milestone *= 2;
      }
      const auto next = entry(cluster);
      append(chain, layout_.offset_of(cluster), layout_.cluster_bytes);
      chain.last = cluster;
      if (next) {
        chain.next = *next;
        continue;
      }
      chain.end = ChainEnd::kUnreadable;
    }
    return chain;
  }
}

}  // namespace bootproof::inspectors
