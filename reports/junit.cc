#include "reports/junit.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <pugixml.hpp>
#include <span>
#include <sstream>
#include <string_view>
#include <vector>

#include "reports/escape.h"
#include "reports/time_text.h"

namespace bootproof {
namespace {

std::string line_text(std::string_view text) { return xml_text(first_part(text, kLongestLine)); }

std::string tail_text(std::string_view text) {
  const std::string escaped = xml_text(last_part(text, kLongestTail));
  return last_part(escaped, kLongestTail);
}

void set(pugi::xml_node node, const char* name, const std::string& value) {
  node.append_attribute(name).set_value(value.c_str());
}

void set(pugi::xml_node node, const char* name, std::size_t value) {
  set(node, name, std::to_string(value));
}

void add_text(pugi::xml_node node, const char* name, const std::string& text) {
  node.append_child(name).append_child(pugi::node_pcdata).set_value(text.c_str());
}

void add_property(pugi::xml_node properties, std::string_view name, std::string_view value) {
  pugi::xml_node property = properties.append_child("property");
  set(property, "name", line_text(name));
  set(property, "value", line_text(value));
}

/// A suite's cases and what they add up to.
struct Suite {
  std::string_view name;
  std::vector<const CaseResult*> cases;
  Totals totals;
  std::chrono::milliseconds duration{};
  std::chrono::system_clock::time_point started;
};

/// The suites in order of first appearance. Scenarios number in the tens, so a search by name does.
std::vector<Suite> suites_of(const RunResult& run) {
  std::vector<Suite> suites;
  for (const CaseResult& result : run.cases) {
    auto suite = std::find_if(suites.begin(), suites.end(),
                              [&](const Suite& other) { return other.name == result.suite; });
    if (suite == suites.end()) {
      suites.push_back({.name = result.suite,
                        .cases = {},
                        .totals = {},
                        .duration = {},
                        .started = std::chrono::system_clock::time_point::max()});
      suite = std::prev(suites.end());
    }
    suite->cases.push_back(&result);
    suite->totals.add(result);
    suite->duration += result.duration();
    for (const Attempt& attempt : result.attempts) {
      suite->started = std::min(suite->started, attempt.started);
    }
  }
  for (Suite& suite : suites) {
    if (suite.started == std::chrono::system_clock::time_point::max()) {
      suite.started = run.started;
    }
  }
  return suites;
}

/// Evidence, hint and folder of one attempt, and the end of the console where it is given.
std::string body_of(const Attempt& attempt, std::string_view console_tail) {
  std::string body;
  const auto add_line = [&](const std::string& line) { body += line + "\n"; };
  const Verdict& verdict = attempt.verdict;
  if (verdict.certainty != Certainty::kNone) {
    add_line(fmt::format("{}: {}", name_of(verdict.certainty), line_text(verdict.basis)));
  }
  const std::size_t shown = std::min(verdict.evidence.size(), kMostEvidenceLines);
  for (const std::string& line : std::span(verdict.evidence).first(shown)) {
    add_line(line_text(line));
  }
  if (shown < verdict.evidence.size()) {
    add_line(fmt::format("[{} lines left out]", verdict.evidence.size() - shown));
  }
  for (const Candidate& candidate : shown_candidates(verdict)) {
    add_line("or: " + line_text(candidate.cause + ": " + candidate.sentence));
  }
  if (!verdict.hint.empty()) {
    add_line("what to do: " + line_text(verdict.hint));
  }
  if (!verdict.link.empty()) {
    add_line("see: " + line_text(verdict.link));
  }
  if (!attempt.folder.empty()) {
    add_line("evidence in: " + line_text(attempt.folder));
  }
  if (!console_tail.empty()) {
    add_line("last on the console:");
    add_line(tail_text(console_tail.substr(0, console_tail.find_last_not_of("\r\n") + 1)));
  }
  return body;
}

std::string message_of(const Verdict& verdict) { return line_text(summary_of(verdict)); }

/// `type` is the cause; a verdict without one has its outcome's name.
std::string type_of(const Verdict& verdict) {
  return verdict.cause.empty() ? name_of(verdict.outcome) : line_text(verdict.cause);
}

void add_verdict(pugi::xml_node testcase, const CaseResult& result) {
  const Verdict& verdict = result.verdict();
  if (verdict.outcome == Outcome::kPassed) {
    return;
  }
  if (verdict.outcome == Outcome::kSkipped) {
    pugi::xml_node skipped = testcase.append_child("skipped");
    const std::string hint = verdict.hint.empty() ? "" : "; what to do: " + verdict.hint;
    set(skipped, "message", line_text(summary_of(verdict) + hint));
    return;
  }
  pugi::xml_node node =
      testcase.append_child(verdict.outcome == Outcome::kFailed ? "failure" : "error");
  set(node, "message", message_of(verdict));
  set(node, "type", type_of(verdict));
  const Attempt none{.verdict = verdict, .started = {}, .duration = {}, .folder = {}};
  const Attempt& last = result.attempts.empty() ? none : result.attempts.back();
  node.append_child(pugi::node_pcdata).set_value(body_of(last, result.console_tail).c_str());
}

void add_earlier_attempts(pugi::xml_node testcase, const CaseResult& result) {
  const bool passed = result.verdict().outcome == Outcome::kPassed;
  for (std::size_t i = 0; i + 1 < result.attempts.size(); ++i) {
    const Attempt& attempt = result.attempts[i];
    const Outcome outcome = attempt.verdict.outcome;
    if (outcome != Outcome::kFailed && outcome != Outcome::kError) {
      continue;
    }
    const bool failed = outcome == Outcome::kFailed;
    const char* name = passed ? (failed ? "flakyFailure" : "flakyError")
                              : (failed ? "rerunFailure" : "rerunError");
    pugi::xml_node node = testcase.append_child(name);
    set(node, "message", message_of(attempt.verdict));
    set(node, "type", type_of(attempt.verdict));
    add_text(node, "stackTrace", body_of(attempt, {}));
  }
}

Properties properties_of(const CaseResult& result) {
  Properties properties = result.properties;
  if (!result.foretold.forecast.empty()) {
    properties.emplace_back("forecast", result.foretold.forecast);
    properties.emplace_back("forecast-agreement", name_of(result.foretold.agreement));
    properties.emplace_back("forecast-chain", chain_of(result.foretold));
  }
  const Verdict& verdict = result.verdict();
  if (verdict.outcome == Outcome::kFailed && verdict.certainty != Certainty::kNone) {
    properties.emplace_back("certainty", name_of(verdict.certainty));
    for (const Candidate& candidate : shown_candidates(verdict)) {
      properties.emplace_back("other-candidate", candidate.cause);
    }
    if (!verdict.link.empty()) {
      properties.emplace_back("tracked-at", verdict.link);
    }
  }
  if (result.attempts.size() > 1) {
    properties.emplace_back("attempts", std::to_string(result.attempts.size()));
  }
  if (result.flaky()) {
    properties.emplace_back("flaky", "true");
  }
  return properties;
}

void add_case(pugi::xml_node suite, const RunResult& run, const CaseResult& result,
              JunitDialect dialect) {
  pugi::xml_node testcase = suite.append_child("testcase");
  set(testcase, "name", line_text(result.id));
  set(testcase, "classname", line_text(run.name + "." + result.suite));
  set(testcase, "time", seconds_text(result.duration()));
  const Properties properties = properties_of(result);
  if (dialect == JunitDialect::kCommon && !properties.empty()) {
    pugi::xml_node node = testcase.append_child("properties");
    for (const auto& [name, value] : properties) {
      add_property(node, name, value);
    }
  }
  add_verdict(testcase, result);
  add_earlier_attempts(testcase, result);
  if (!result.console_tail.empty()) {
    add_text(testcase, "system-out", tail_text(result.console_tail));
  }
}

void add_suite_properties(pugi::xml_node node, const RunResult& run, const Suite& suite,
                          JunitDialect dialect) {
  pugi::xml_node properties = node.append_child("properties");
  for (const auto& [name, value] : run.properties) {
    add_property(properties, name, value);
  }
  if (run.interrupted) {
    add_property(properties, "interrupted", "true");
  }
  if (dialect == JunitDialect::kJenkinsXunit) {
    for (const CaseResult* result : suite.cases) {
      for (const auto& [name, value] : properties_of(*result)) {
        add_property(properties, result->id + ": " + name, value);
      }
    }
  }
}

void add_suite(pugi::xml_node parent, const RunResult& run, const Suite& suite,
               JunitDialect dialect) {
  pugi::xml_node node = parent.append_child("testsuite");
  set(node, "name", line_text(suite.name));
  set(node, "time", seconds_text(suite.duration));
  set(node, "tests", suite.totals.cases());
  set(node, "failures", suite.totals.failed);
  set(node, "errors", suite.totals.errors);
  set(node, "skipped", suite.totals.skipped);
  set(node, "timestamp", junit_timestamp_text(suite.started));
  add_suite_properties(node, run, suite, dialect);
  for (const CaseResult* result : suite.cases) {
    add_case(node, run, *result, dialect);
  }
}

}  // namespace

std::string junit_xml(const RunResult& run, JunitDialect dialect) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  set(declaration, "version", std::string("1.0"));
  set(declaration, "encoding", std::string("UTF-8"));
  pugi::xml_node root = document.append_child("testsuites");
  const Totals totals = totals_of(run);
  set(root, "name", line_text(run.name));
  set(root, "time", seconds_text(run.duration));
  set(root, "tests", totals.cases());
  set(root, "failures", totals.failed);
  set(root, "errors", totals.errors);
  if (dialect == JunitDialect::kCommon) {
    set(root, "skipped", totals.skipped);
    set(root, "timestamp", junit_timestamp_text(run.started));
  }
  for (const Suite& suite : suites_of(run)) {
    add_suite(root, run, suite, dialect);
  }
  std::ostringstream out;
  document.save(out, "  ", pugi::format_indent, pugi::encoding_utf8);
  return std::move(out).str();
}

}  // namespace bootproof
