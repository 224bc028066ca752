#include "inspectors/rules.h"

namespace bootproof::inspectors {

const Rule* find_rule(std::string_view id) {
  const auto* const row =
      std::find_if(kRules.begin(), kRules.end(), [&](const Rule& one) { return one.id == id; });
  return row == kRules.end() ? nullptr : row;
}

}  // namespace bootproof::inspectors
