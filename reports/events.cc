#include "reports/events.h"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string_view>

#include "reports/json_values.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

void add_case(boost::json::object& object, std::string_view suite, std::string_view id) {
  object["suite"] = json_line(suite);
  object["id"] = json_line(id);
}

/// Writes an event's name and keys into the object of its line.
struct EventWriter {
  boost::json::object& object;

  void operator()(const RunStarted& event) const {
    object["event"] = "run-started";
    object["format"] = "bootproof-events";
    object["version"] = kEventsFormatVersion;
    object["name"] = json_line(event.name);
    object["started"] = timestamp_text(event.started);
    object["cases"] = event.case_count;
    object["properties"] = json_properties(event.properties);
  }

  void operator()(const CaseStarted& event) const {
    object["event"] = "case-started";
    add_case(object, event.suite, event.id);
    object["attempt"] = event.attempt;
    object["folder"] = json_line(event.folder);
  }

  void operator()(const StageReached& event) const {
    object["event"] = "stage-reached";
    add_case(object, event.suite, event.id);
    object["stage"] = json_line(event.stage);
  }

  void operator()(const StepPassed& event) const {
    object["event"] = "step-passed";
    add_case(object, event.suite, event.id);
    object["step"] = event.step;
    object["what"] = json_line(event.what);
    object["match"] = json_line(event.match);
    object["duration_ms"] = event.duration.count();
  }

  void operator()(const CaseNoted& event) const {
    object["event"] = "noted";
    add_case(object, event.suite, event.id);
    object["kind"] = json_line(event.kind);
    object["text"] = json_line(event.text);
  }

  void operator()(const AttemptFinished& event) const {
    object["event"] = "attempt-finished";
    add_case(object, event.suite, event.id);
    add_attempt(object, event.attempt);
  }

  void operator()(const CaseFinished& event) const {
    object["event"] = "case-finished";
    add_case(object, event.suite, event.id);
    add_verdict(object, event.verdict);
    object["attempts"] = event.attempt_count;
    object["flaky"] = event.flaky;
    object["duration_ms"] = event.duration.count();
  }

  void operator()(const RunFinished& event) const {
    object["event"] = "run-finished";
    object["duration_ms"] = event.duration.count();
    object["totals"] = json_totals(event.totals);
    object["interrupted"] = event.interrupted;
  }
};

}  // namespace

CaseFinished case_finished(const CaseResult& result) {
  return {.suite = result.suite,
          .id = result.id,
          .verdict = result.verdict(),
          .attempt_count = result.attempts.size(),
          .flaky = result.flaky(),
          .duration = result.duration()};
}

std::string event_line(std::chrono::milliseconds since_start, const Event& event) {
  boost::json::object object;
  object["event"] = "";
  object["at_ms"] = since_start.count();
  std::visit(EventWriter{object}, event);
  return json_document(object);
}

}  // namespace bootproof
