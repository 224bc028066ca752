#include "reports/json_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <span>
#include <utility>

#include "reports/escape.h"
#include "reports/time_text.h"

namespace bootproof {

boost::json::string json_line(std::string_view text) {
  return boost::json::string(json_text(first_part(text, kLongestLine)));
}

boost::json::string json_tail(std::string_view text) {
  const std::string escaped = json_text(last_part(text, kLongestTail));
  return boost::json::string(last_part(escaped, kLongestTail));
}

boost::json::object json_properties(const Properties& properties) {
  boost::json::object object;
  for (const auto& [name, value] : properties) {
    object.insert_or_assign(json_line(name), json_line(value));
  }
  return object;
}

void add_verdict(boost::json::object& object, const Verdict& verdict) {
  boost::json::array evidence;
  const std::size_t shown = std::min(verdict.evidence.size(), kMostEvidenceLines);
  for (const std::string& line : std::span(verdict.evidence).first(shown)) {
    evidence.emplace_back(json_line(line));
  }
  if (shown < verdict.evidence.size()) {
    evidence.emplace_back(fmt::format("[{} lines left out]", verdict.evidence.size() - shown));
  }
  object["outcome"] = name_of(verdict.outcome);
  object["stage"] = json_line(verdict.stage);
  object["cause"] = json_line(verdict.cause);
  object["message"] = json_line(verdict.message);
  object["evidence"] = std::move(evidence);
  object["hint"] = json_line(verdict.hint);
  object["certainty"] = name_of(verdict.certainty);
  object["basis"] = json_line(verdict.basis);
  boost::json::array candidates;
  for (const Candidate& candidate : shown_candidates(verdict)) {
    candidates.push_back(boost::json::object{{"cause", json_line(candidate.cause)},
                                             {"sentence", json_line(candidate.sentence)}});
  }
  object["candidates"] = std::move(candidates);
  object["link"] = json_line(verdict.link);
}

void add_attempt(boost::json::object& object, const Attempt& attempt) {
  object["attempt"] = attempt.number;
  add_verdict(object, attempt.verdict);
  object["started"] = timestamp_text(attempt.started);
  object["duration_ms"] = attempt.duration.count();
  object["folder"] = json_line(attempt.folder);
}

void add_foretold(boost::json::object& object, const Foretold& foretold) {
  boost::json::object value;
  if (!foretold.forecast.empty()) {
    boost::json::array links;
    for (const ForetoldLink& link : foretold.links) {
      links.push_back(boost::json::object{{"part", json_line(link.part)},
                                          {"text", json_line(link.text)},
                                          {"state", json_line(link.state)},
                                          {"problem", json_line(link.problem)},
                                          {"offset", link.offset}});
    }
    value["forecast"] = json_line(foretold.forecast);
    value["agreement"] = name_of(foretold.agreement);
    value["path"] = json_line(foretold.path);
    value["reason"] = json_line(foretold.reason);
    value["links"] = std::move(links);
  }
  object["foretold"] = std::move(value);
}

boost::json::object json_totals(const Totals& totals) {
  boost::json::object object;
  object["cases"] = totals.cases();
  object["passed"] = totals.passed;
  object["failed"] = totals.failed;
  object["errors"] = totals.errors;
  object["skipped"] = totals.skipped;
  object["flaky"] = totals.flaky;
  return object;
}

std::string json_document(const boost::json::object& object) {
  return boost::json::serialize(object) + "\n";
}

}  // namespace bootproof
