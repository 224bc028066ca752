#include "tests/inspectors/hostile.h"

#include <algorithm>
#include <random>

namespace bootproof::testing {

bool HugeImage::read_inside(std::uint64_t offset, std::span<std::uint8_t> into) {
  ++reads_;
  bytes_read_ += into.size();
  std::size_t begun = 0;
  if (offset < begin_.size()) {
    const ByteSpan there = begin_.subspan(static_cast<std::size_t>(offset));
    begun = std::min(there.size(), into.size());
    std::copy_n(there.begin(), begun, into.begin());
  }
  if (filler_.empty()) {
    std::fill(into.begin() + static_cast<std::ptrdiff_t>(begun), into.end(), std::uint8_t{0});
    return true;
  }
  for (std::size_t i = begun; i < into.size(); ++i) {
    into[i] = filler_[(offset + i) % filler_.size()];
  }
  return true;
}

void for_each_cut(ByteSpan whole, const CutPlan& plan,
                  const std::function<void(ByteSpan cut)>& judge) {
  for (std::size_t size = 0; size < whole.size();
       size += size < plan.fine_until ? plan.fine : plan.coarse) {
    judge(whole.first(size));
  }
  judge(whole);
}

void for_each_damage(ByteSpan whole, const DamagePlan& plan,
                     const std::function<void(const Bytes& damaged)>& judge) {
  constexpr int kMostTries = 64;
  std::mt19937 random(plan.seed);
  const std::size_t within = std::min(whole.size(), plan.within);
  Bytes bytes;
  for (int round = 0; round < plan.rounds; ++round) {
    if (round % plan.heals_after == 0) {
      bytes.assign(whole.begin(), whole.end());
    }
    for (int change = 0; change < plan.changes; ++change) {
      const bool may_be_zero = random() % 4 == 0;
      std::size_t at = random() % within;
      for (int tries = 0; !may_be_zero && whole[at] == 0 && tries < kMostTries; ++tries) {
        at = random() % within;
      }
      bytes[at] = static_cast<std::uint8_t>(random());
    }
    judge(bytes);
  }
}

}  // namespace bootproof::testing
