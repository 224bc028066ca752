#include "inspectors/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace bootproof::inspectors {

std::string_view name_of(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNote:
      break;
  }
  return "note";
}

void Findings::add(const Rule& rule, std::uint64_t offset, std::string path, std::string found,
                   std::string expected) {
  if (++counts_[rule.id] <= kMostOfOneRule) {
    findings_.push_back({rule.id, rule.severity, offset, std::move(path), std::move(found),
                         std::move(expected), rule.remedy});
  }
}

std::vector<Finding> Findings::take() {
  for (const auto& [id, count] : counts_) {
    if (count > kMostOfOneRule) {
      const auto is_of_rule = [rule = id](const Finding& finding) { return finding.rule == rule; };
      const auto last = std::find_if(findings_.rbegin(), findings_.rend(), is_of_rule);
      last->found += fmt::format(", and {} more like this", count - kMostOfOneRule);
    }
  }
  std::stable_sort(findings_.begin(), findings_.end(),
                   [](const Finding& a, const Finding& b) { return a.offset < b.offset; });
  counts_.clear();
  return std::exchange(findings_, {});
}

}  // namespace bootproof::inspectors
