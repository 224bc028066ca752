#include "reports/result.h"

#include <algorithm>
#include <string_view>

namespace bootproof {
namespace {

void append_on_one_line(std::string& out, std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  bool blank = false;
  bool any = false;
  for (const char c : text) {
    if (kBlanks.find(c) != std::string_view::npos) {
      blank = any;
      continue;
    }
    if (blank) {
      out.push_back(' ');
      blank = false;
    }
    out.push_back(c);
    any = true;
  }
}

}  // namespace

const char* name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::kPassed:
      return "passed";
    case Outcome::kFailed:
      return "failed";
    case Outcome::kError:
      return "error";
    case Outcome::kSkipped:
      return "skipped";
  }
  return "error";
}

const char* name_of(Certainty certainty) {
  switch (certainty) {
    case Certainty::kNone:
      return "";
    case Certainty::kOpen:
      return "open";
    case Certainty::kLikely:
      return "likely";
    case Certainty::kCertain:
      break;
  }
  return "certain";
}

std::span<const Candidate> shown_candidates(const Verdict& verdict) {
  constexpr std::size_t kMost = 8;
  return std::span(verdict.candidates).first(std::min(verdict.candidates.size(), kMost));
}

std::string summary_of(const Verdict& verdict) {
  std::string out;
  for (const std::string* part : {&verdict.stage, &verdict.cause, &verdict.message}) {
    if (part->empty()) {
      continue;
    }
    if (!out.empty()) {
      out += ": ";
    }
    append_on_one_line(out, *part);
  }
  return out;
}

std::string_view value_of(const Properties& properties, std::string_view name) {
  for (const auto& [key, value] : properties) {
    if (key == name) {
      return value;
    }
  }
  return {};
}

const Verdict& CaseResult::verdict() const {
  static const Verdict kNone{.outcome = Outcome::kError,
                             .stage = {},
                             .cause = {},
                             .message = "no attempt was recorded for this case",
                             .evidence = {},
                             .hint = "this is a bug in bootproof, please report it"};
  return attempts.empty() ? kNone : attempts.back().verdict;
}

std::chrono::milliseconds CaseResult::duration() const {
  std::chrono::milliseconds sum{};
  for (const Attempt& attempt : attempts) {
    sum += attempt.duration;
  }
  return sum;
}

void Totals::add(const CaseResult& result) {
  switch (result.verdict().outcome) {
    case Outcome::kPassed:
      ++passed;
      break;
    case Outcome::kFailed:
      ++failed;
      break;
    case Outcome::kError:
      ++errors;
      break;
    case Outcome::kSkipped:
      ++skipped;
      break;
  }
  if (result.flaky()) {
    ++flaky;
  }
}

Totals totals_of(const RunResult& run) {
  Totals totals;
  for (const CaseResult& result : run.cases) {
    totals.add(result);
  }
  return totals;
}

const char* name_of(Agreement agreement) {
  switch (agreement) {
    case Agreement::kHeld:
      return "held";
    case Agreement::kContradicted:
      return "contradicted";
    case Agreement::kDoubtful:
      return "doubtful";
    case Agreement::kUnproved:
      break;
  }
  return "unproved";
}

std::string chain_of(const Foretold& foretold) {
  std::string chain;
  for (const ForetoldLink& link : foretold.links) {
    chain += (chain.empty() ? "" : " -> ") + link.text;
  }
  return foretold.reason.empty() ? chain : chain + " (" + foretold.reason + ")";
}

}  // namespace bootproof
