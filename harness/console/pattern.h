#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// Where a pattern matched in a text, in bytes.
struct Occurrence {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// One compiled pattern of an `expect` step: RE2 with `^` and `$` at line borders, 8 MiB of memory
/// at most.
class Pattern {
 public:
  /// Error (kScenario) for what RE2 refuses and for a pattern that matches empty text.
  static Result<Pattern> compile(std::string_view pattern);

  /// The first match in `text` that begins at or after `from`. What stands before `from` is context
  /// for
  /// `^` and `\b`.
  [[nodiscard]] bool find(std::string_view text, std::size_t from, Occurrence& found) const;
  /// All matches that do not overlap, the first 10,000 of them.
  [[nodiscard]] std::vector<Occurrence> find_all(std::string_view text) const;

  /// False when no match can hold a line feed. True when in doubt.
  [[nodiscard]] bool may_span_lines() const { return may_span_lines_; }
  /// The pattern as it was given.
  [[nodiscard]] std::string_view text() const;

 private:
  Pattern(std::unique_ptr<RE2> regex, bool may_span_lines);

  std::unique_ptr<RE2> regex_;
  bool may_span_lines_;
};

}  // namespace bootproof
