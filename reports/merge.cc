#include "reports/merge.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <string_view>
#include <utility>

namespace bootproof {
namespace {

constexpr unsigned kMostParts = 10'000;

std::optional<unsigned> number_of(std::string_view text) {
  unsigned value = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  return code == std::errc() && rest == text.data() + text.size() ? std::optional(value)
                                                                  : std::nullopt;
}

/// "2/5".
struct Place {
  unsigned index = 0;
  unsigned count = 0;
};

std::optional<Place> place_of(const RunResult& run) {
  const std::string_view text = value_of(run.properties, "shard");
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos) {
    return std::nullopt;
  }
  const auto index = number_of(text.substr(0, slash));
  const auto count = number_of(text.substr(slash + 1));
  if (!index || !count || *index < 1 || *index > *count || *count > kMostParts) {
    return std::nullopt;
  }
  return Place{*index, *count};
}

/// What is wrong with the parts as a set.
void check_parts(const std::vector<RunPart>& parts, std::vector<std::string>& problems) {
  std::map<unsigned, std::string> seen;
  std::set<unsigned> counts;
  std::set<std::string> plans;
  for (const RunPart& part : parts) {
    const std::optional<Place> place = place_of(part.run);
    if (!place) {
      problems.push_back(fmt::format("{} is no part of a run in shards", part.folder));
      continue;
    }
    counts.insert(place->count);
    plans.emplace(value_of(part.run.properties, "shard-plan"));
    const auto [known, is_new] = seen.emplace(place->index, part.folder);
    if (!is_new) {
      problems.push_back(fmt::format("shard {} is there twice: {} and {}", place->index,
                                     known->second, part.folder));
    }
  }
  if (counts.size() > 1) {
    problems.emplace_back("the parts are of runs in different numbers of shards");
    return;
  }
  if (plans.size() > 1) {
    problems.emplace_back(
        "the parts were shared out differently: other scenario files, filters or durations");
  }
  for (unsigned index = 1; !counts.empty() && index <= *counts.begin(); ++index) {
    if (seen.count(index) == 0) {
      problems.push_back(fmt::format("shard {}/{} is missing", index, *counts.begin()));
    }
  }
}

/// The properties on which all parts agree, but for those that are a part's own.
Properties common_properties(const std::vector<RunPart>& parts) {
  Properties common;
  for (const auto& [name, value] : parts.front().run.properties) {
    const bool is_common = std::all_of(parts.begin(), parts.end(), [&](const RunPart& part) {
      return value_of(part.run.properties, name) == value;
    });
    if (is_common && (name != "shard" || parts.size() == 1)) {
      common.emplace_back(name, value);
    }
  }
  return common;
}

void add_cases(RunPart part, RunResult& whole, std::map<std::string, std::string>& owners,
               std::vector<std::string>& problems) {
  for (CaseResult& result : part.run.cases) {
    const auto [owner, is_new] = owners.emplace(result.full_id(), part.folder);
    if (!is_new) {
      problems.push_back(fmt::format("{} was run twice: in {} and in {}", result.full_id(),
                                     owner->second, part.folder));
    }
    for (Attempt& attempt : result.attempts) {
      if (!attempt.folder.empty() && !part.folder.empty()) {
        attempt.folder = part.folder + "/" + attempt.folder;
      }
    }
    whole.cases.push_back(std::move(result));
  }
}

}  // namespace

MergedRun merge_runs(std::vector<RunPart> parts) {
  MergedRun merged;
  if (parts.empty()) {
    return merged;
  }
  std::stable_sort(parts.begin(), parts.end(), [](const RunPart& a, const RunPart& b) {
    return place_of(a.run).value_or(Place{}).index < place_of(b.run).value_or(Place{}).index;
  });
  const bool is_sharded = std::any_of(parts.begin(), parts.end(), [](const RunPart& part) {
    return !value_of(part.run.properties, "shard").empty();
  });
  if (is_sharded) {
    check_parts(parts, merged.problems);
  }
  RunResult& whole = merged.run;
  whole.name = parts.front().run.name;
  whole.started = parts.front().run.started;
  whole.properties = common_properties(parts);
  whole.properties.emplace_back("parts", std::to_string(parts.size()));
  std::map<std::string, std::string> owners;
  for (RunPart& part : parts) {
    whole.started = std::min(whole.started, part.run.started);
    whole.duration = std::max(whole.duration, part.run.duration);
    whole.interrupted = whole.interrupted || part.run.interrupted;
    if (part.run.interrupted) {
      merged.problems.push_back(fmt::format("the run in {} was interrupted", part.folder));
    }
    add_cases(std::move(part), whole, owners, merged.problems);
  }
  return merged;
}

}  // namespace bootproof
