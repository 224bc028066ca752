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

void Findings::append(std::vector<Finding> findings) {
  for (Finding& finding : findings) {
    if (++counts_[finding.rule] <= kMostOfOneRule) {
      findings_.push_back(std::move(finding));
    }
  }
}

void Findings::append_new(std::vector<Finding> findings) {
  const auto family_of = [](const Finding& finding) {
    return finding.rule.substr(0, finding.rule.find('.'));
  };
  std::erase_if(findings, [&](const Finding& finding) {
    return std::any_of(findings_.begin(), findings_.end(), [&](const Finding& other) {
      return other.offset == finding.offset && family_of(other) == family_of(finding);
    });
  });
  append(std::move(findings));
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
