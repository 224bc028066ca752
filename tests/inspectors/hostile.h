#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "inspectors/image_view.h"
#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// What all tests with hostile input share: images of any size, and damage to healthy ones.

/// Some bytes, and behind them zeros, or the same piece again and again, up to any size. Counts
/// what is read of it.
class HugeImage final : public inspectors::ImageSource {
 public:
  /// `begin` and `filler` have to outlive this. The filler stands at multiples of its size.
  HugeImage(ByteSpan begin, std::uint64_t size, ByteSpan filler = {})
      : begin_(begin), filler_(filler), size_(size) {}

  [[nodiscard]] std::uint64_t size() const override { return size_; }
  [[nodiscard]] std::uint64_t reads() const { return reads_; }
  [[nodiscard]] std::uint64_t bytes_read() const { return bytes_read_; }

 private:
  bool read_inside(std::uint64_t offset, std::span<std::uint8_t> into) override;

  ByteSpan begin_;
  ByteSpan filler_;
  std::uint64_t size_;
  std::uint64_t reads_ = 0;
  std::uint64_t bytes_read_ = 0;
};

/// Where something is cut: at each multiple of `fine` below `fine_until`, then every `coarse`
/// bytes.
struct CutPlan {
  std::size_t fine = 1;
  std::size_t fine_until = 0;
  std::size_t coarse = 1;
};

/// Gives `judge` the begins of `whole` from none of it to all of it.
void for_each_cut(ByteSpan whole, const CutPlan& plan,
                  const std::function<void(ByteSpan cut)>& judge);

/// How something is damaged.
struct DamagePlan {
  std::uint32_t seed = 1;
  int rounds = 1;       ///< How often it is judged.
  int changes = 1;      ///< Bytes that are changed before each.
  int heals_after = 1;  ///< Rounds until all is healthy again.
  /// Changes stand in so many bytes from the begin on.
  std::size_t within = ~std::size_t{0};
};

/// Gives `judge` damaged copies of `whole`. Three of four changes are made where there is something
/// to damage: in structures, not in the zeros between them.
void for_each_damage(ByteSpan whole, const DamagePlan& plan,
                     const std::function<void(const Bytes& damaged)>& judge);

}  // namespace bootproof::testing
