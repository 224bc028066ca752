#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "harness/diagnosis/signature.h"

namespace bootproof {

/// All patterns of the three tables as one automaton: one pass over a line says which of them
/// match.
///
/// Indices count the signatures that it was made from, then stage_markers(), then countdowns().
class LineMatcher {
 public:
  /// The one of the tables alone, which watches share: they don't change. Safe to use from any
  /// thread.
  static const LineMatcher& shared();

  /// Throws Error (kBug) for a pattern that does not compile.
  explicit LineMatcher(std::span<const Signature> signatures);

  /// Indices of the patterns that match somewhere in `line`, ascending.
  void match(std::string_view line, std::vector<int>& indices) const;

 private:
  RE2::Set set_;
  /// The same one by one, for a line on which the automaton runs out of its memory.
  std::vector<std::unique_ptr<RE2>> single_;
};

}  // namespace bootproof
