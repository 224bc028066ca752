#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace bootproof {

/// All patterns of the three tables as one automaton: one pass over a line says which of them
/// match.
///
/// Indices count failure_signatures(), then stage_markers(), then countdowns().
class LineMatcher {
 public:
  /// The one that all watches share: the tables don't change. Safe to use from any thread.
  static const LineMatcher& shared();

  LineMatcher();

  /// Indices of the patterns that match somewhere in `line`, ascending.
  void match(std::string_view line, std::vector<int>& indices) const;

 private:
  RE2::Set set_;
  /// The same one by one, for a line on which the automaton runs out of its memory.
  std::vector<std::unique_ptr<RE2>> single_;
};

}  // namespace bootproof
