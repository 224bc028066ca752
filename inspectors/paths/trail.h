#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "inspectors/paths/boot_path.h"

namespace bootproof::inspectors {

/// A boot path while it is followed: links are added until one breaks.
class Trail {
 public:
  /// Links that are added from here on belong to this part.
  void enter(BootPart part) { part_ = part; }
  /// The next link. Nothing is added behind a broken one.
  void add(std::string text, std::uint64_t offset) {
    if (!is_broken()) {
      links_.push_back({std::move(text), offset, Forecast::kBoots, {}, part_});
    }
  }
  /// The last link depends on what the medium does not say. The first doubt is the one to tell.
  void doubt(std::string problem) { worsen(Forecast::kDoubtful, std::move(problem)); }
  /// The last link does not hold.
  void break_off(std::string problem) { worsen(Forecast::kCannotBoot, std::move(problem)); }

  [[nodiscard]] bool is_broken() const { return forecast() == Forecast::kCannotBoot; }
  /// The worst of its links.
  [[nodiscard]] Forecast forecast() const {
    Forecast worst = Forecast::kBoots;
    for (const BootLink& link : links_) {
      worst = std::max(worst, link.state);
    }
    return worst;
  }
  [[nodiscard]] const std::vector<BootLink>& links() const { return links_; }

  /// Whether this one is better than another: by its forecast, then by how far it comes.
  [[nodiscard]] bool is_better_than(const Trail& other) const {
    return forecast() != other.forecast() ? forecast() < other.forecast()
                                          : links_.size() > other.links_.size();
  }

 private:
  void worsen(Forecast state, std::string problem) {
    if (!links_.empty() && links_.back().state < state) {
      links_.back().state = state;
      links_.back().problem = std::move(problem);
    }
  }

  std::vector<BootLink> links_;
  BootPart part_ = BootPart::kEntry;
};

}  // namespace bootproof::inspectors
