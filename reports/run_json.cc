#include "reports/run_json.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "reports/json_values.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

boost::json::object json_case(const CaseResult& result) {
  boost::json::object object;
  object["suite"] = json_line(result.suite);
  object["id"] = json_line(result.id);
  add_verdict(object, result.verdict());
  object["flaky"] = result.flaky();
  object["duration_ms"] = result.duration().count();
  object["properties"] = json_properties(result.properties);
  add_foretold(object, result.foretold);
  boost::json::array attempts;
  for (const Attempt& attempt : result.attempts) {
    boost::json::object entry;
    add_attempt(entry, attempt);
    attempts.emplace_back(std::move(entry));
  }
  object["attempts"] = std::move(attempts);
  object["console_tail"] = json_tail(result.console_tail);
  return object;
}

}  // namespace

std::string run_json(const RunResult& run) {
  boost::json::object object;
  object["format"] = kRunFormat;
  object["version"] = kRunFormatVersion;
  object["name"] = json_line(run.name);
  object["started"] = timestamp_text(run.started);
  object["duration_ms"] = run.duration.count();
  object["interrupted"] = run.interrupted;
  object["properties"] = json_properties(run.properties);
  object["totals"] = json_totals(totals_of(run));
  boost::json::array cases;
  for (const CaseResult& result : run.cases) {
    cases.emplace_back(json_case(result));
  }
  object["cases"] = std::move(cases);
  return json_document(object);
}

}  // namespace bootproof
