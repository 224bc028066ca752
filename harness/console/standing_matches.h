#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/console/pattern.h"

namespace bootproof {

/// Remembers which matches stand on a screen from before, so that only what the guest has drawn
/// since then counts (the rule is told at Expectation).
class StandingMatches {
 public:
  /// All matches that are on `screen` now are old.
  void begin(std::span<const Pattern> patterns, std::string_view screen);

  /// Moves on to what the screen shows now: for each pattern the text of its first match that is
  /// not old. Old matches that are gone are forgotten.
  std::vector<std::optional<std::string>> look(std::span<const Pattern> patterns,
                                               std::string_view screen);

 private:
  struct Place {
    std::size_t row = 0;
    std::size_t column = 0;  ///< In bytes.
    std::string text;
  };

  static std::vector<Place> places(const Pattern& pattern, std::string_view screen);
  [[nodiscard]] std::optional<std::size_t> rows_scrolled(std::string_view screen) const;

  std::string screen_;                      ///< The screen at the last look.
  std::vector<std::vector<Place>> places_;  ///< Old matches on it, for each pattern.
};

}  // namespace bootproof
