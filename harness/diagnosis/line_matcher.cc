#include "harness/diagnosis/line_matcher.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <string>

#include "harness/core/error.h"

namespace bootproof {
namespace {

constexpr std::int64_t kAutomatonBytes = 16 << 20;

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kAutomatonBytes);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

std::vector<std::string_view> all_patterns(std::span<const Signature> signatures) {
  std::vector<std::string_view> patterns;
  for (const Signature& row : signatures) {
    patterns.push_back(row.pattern);
  }
  for (const StageMarker& row : stage_markers()) {
    patterns.push_back(row.pattern);
  }
  for (const Countdown& row : countdowns()) {
    patterns.push_back(row.pattern);
  }
  return patterns;
}

}  // namespace

const LineMatcher& LineMatcher::shared() {
  static const LineMatcher kShared(failure_signatures());
  return kShared;
}

LineMatcher::LineMatcher(std::span<const Signature> signatures) : set_(options(), RE2::UNANCHORED) {
  for (const std::string_view pattern : all_patterns(signatures)) {
    std::string problem;
    if (set_.Add(piece(pattern), &problem) < 0) {
      throw Error(ErrorKind::kBug, fmt::format("bad signature '{}': {}", pattern, problem));
    }
    single_.push_back(std::make_unique<RE2>(piece(pattern), options()));
  }
  if (!set_.Compile()) {
    throw Error(ErrorKind::kBug, "the signatures need more memory than they may have");
  }
}

void LineMatcher::match(std::string_view line, std::vector<int>& indices) const {
  indices.clear();
  RE2::Set::ErrorInfo problem{};
  if (set_.Match(piece(line), &indices, &problem)) {
    std::sort(indices.begin(), indices.end());
    return;
  }
  if (problem.kind == RE2::Set::kNoError) {
    return;
  }
  for (std::size_t i = 0; i < single_.size(); ++i) {
    if (RE2::PartialMatch(piece(line), *single_[i])) {
      indices.push_back(static_cast<int>(i));
    }
  }
}

}  // namespace bootproof
