#include "reports/read_run.h"

#include <fmt/format.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <cstdint>
#include <limits>
#include <utility>

#include "reports/run_json.h"
#include "reports/time_text.h"
#include "reports/verdict_json.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr std::array kOutcomes{Outcome::kPassed, Outcome::kFailed, Outcome::kError,
                               Outcome::kSkipped};
constexpr std::array kAgreements{Agreement::kUnproved, Agreement::kHeld, Agreement::kContradicted,
                                 Agreement::kDoubtful};

/// More than any run has, of attempts and of versions.
constexpr std::uint64_t kMostAttempts = 1'000'000;

/// An object with the place that it stands at, for messages.
struct Node {
  const json::object& object;
  std::string where;

  [[noreturn]] void refuse(std::string_view key, std::string_view expected) const {
    throw NotARun(fmt::format("'{}' of {} is no {}", key, where, expected));
  }
  [[nodiscard]] std::string text(std::string_view key) const {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) {
      return {};
    }
    if (!value->is_string()) {
      refuse(key, "text");
    }
    return std::string(value->get_string());
  }
  /// From 0 to `most`.
  [[nodiscard]] std::uint64_t number(std::string_view key, std::uint64_t most) const {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) {
      return 0;
    }
    boost::system::error_code code;
    const auto number = value->to_number<std::uint64_t>(code);
    if (code) {
      refuse(key, "whole number");
    }
    if (number > most) {
      refuse(key, fmt::format("number up to {}", most));
    }
    return number;
  }
  [[nodiscard]] std::chrono::milliseconds duration(std::string_view key) const {
    constexpr std::uint64_t kLongest = std::uint64_t{1} << 40U;  // 34 years: sums don't overflow.
    return std::chrono::milliseconds(number(key, kLongest));
  }
  [[nodiscard]] bool flag(std::string_view key) const {
    const json::value* value = object.if_contains(key);
    if (value != nullptr && !value->is_bool()) {
      refuse(key, "truth value");
    }
    return value != nullptr && value->get_bool();
  }
  template <typename Function>
  void each_in(std::string_view key, Function function) const {
    const json::value* value = object.if_contains(key);
    if (value == nullptr) {
      return;
    }
    if (!value->is_array()) {
      refuse(key, "list");
    }
    for (const json::value& entry : value->get_array()) {
      if (!entry.is_object()) {
        refuse(key, "list of objects");
      }
      function(Node{entry.get_object(), fmt::format("an entry of '{}'", key)});
    }
  }
};

Properties properties_of(const Node& node) {
  Properties out;
  if (const json::value* value = node.object.if_contains("properties")) {
    if (!value->is_object()) {
      node.refuse("properties", "object");
    }
    const Node inner{value->get_object(), "'properties'"};
    for (const auto& [name, text] : value->get_object()) {
      out.emplace_back(std::string(name), inner.text(name));
    }
  }
  return out;
}

template <typename Enum, std::size_t size>
Enum word_of(const Node& node, std::string_view key, const std::array<Enum, size>& values) {
  const std::string word = node.text(key);
  for (const Enum value : values) {
    if (word == name_of(value)) {
      return value;
    }
  }
  node.refuse(key, "word that is known");
}

constexpr std::array kCertainties{Certainty::kNone, Certainty::kOpen, Certainty::kLikely,
                                  Certainty::kCertain};

Verdict verdict_of(const Node& node) {
  Verdict verdict;
  verdict.outcome = word_of(node, "outcome", kOutcomes);
  verdict.stage = node.text("stage");
  verdict.cause = node.text("cause");
  verdict.message = node.text("message");
  verdict.hint = node.text("hint");
  verdict.certainty = word_of(node, "certainty", kCertainties);
  verdict.basis = node.text("basis");
  verdict.link = node.text("link");
  node.each_in("candidates", [&](const Node& one) {
    verdict.candidates.push_back({one.text("cause"), one.text("sentence")});
  });
  if (const json::value* evidence = node.object.if_contains("evidence")) {
    if (!evidence->is_array()) {
      node.refuse("evidence", "list");
    }
    for (const json::value& line : evidence->get_array()) {
      if (!line.is_string()) {
        node.refuse("evidence", "list of lines");
      }
      verdict.evidence.emplace_back(line.get_string());
    }
  }
  return verdict;
}

std::chrono::system_clock::time_point time_of(const Node& node) {
  const std::string text = node.text("started");
  const auto time = read_timestamp(text);
  if (!time && !text.empty()) {
    node.refuse("started", "time such as 2024-05-06T07:08:09.123Z");
  }
  return time.value_or(std::chrono::system_clock::time_point{});
}

Attempt attempt_of(const Node& node) {
  Attempt attempt;
  attempt.verdict = verdict_of(node);
  attempt.number = static_cast<int>(node.number("attempt", kMostAttempts));
  attempt.duration = node.duration("duration_ms");
  attempt.folder = node.text("folder");
  attempt.started = time_of(node);
  return attempt;
}

Foretold foretold_of(const Node& node) {
  Foretold foretold;
  const json::value* value = node.object.if_contains("foretold");
  if (value == nullptr) {
    return foretold;
  }
  if (!value->is_object()) {
    node.refuse("foretold", "object");
  }
  const Node inner{value->get_object(), "'foretold'"};
  if (inner.object.empty()) {
    return foretold;
  }
  foretold.forecast = inner.text("forecast");
  foretold.path = inner.text("path");
  foretold.reason = inner.text("reason");
  foretold.agreement = word_of(inner, "agreement", kAgreements);
  inner.each_in("links", [&](const Node& link) {
    foretold.links.push_back({link.text("part"), link.text("text"), link.text("state"),
                              link.text("problem"),
                              link.number("offset", std::numeric_limits<std::uint64_t>::max())});
  });
  return foretold;
}

CaseResult case_of(const Node& node) {
  CaseResult result;
  result.suite = node.text("suite");
  result.id = node.text("id");
  if (result.suite.empty() || result.id.empty()) {
    throw NotARun(fmt::format("{} has no suite or id", node.where));
  }
  result.properties = properties_of(node);
  result.foretold = foretold_of(node);
  result.console_tail = node.text("console_tail");
  node.each_in("attempts",
               [&](const Node& attempt) { result.attempts.push_back(attempt_of(attempt)); });
  return result;
}

json::value parsed_object(std::string_view text) {
  boost::system::error_code code;
  json::value parsed = json::parse({text.data(), text.size()}, code);
  if (code) {
    throw NotARun(fmt::format("it is no JSON: {}", code.message()));
  }
  if (!parsed.is_object()) {
    throw NotARun("it is no JSON object");
  }
  return parsed;
}

void check_format(const Node& node, std::string_view format, int known) {
  if (node.text("format") != format) {
    throw NotARun(fmt::format("its format is '{}', expected '{}'", node.text("format"), format));
  }
  const std::uint64_t version = node.number("version", kMostAttempts);
  if (version > static_cast<std::uint64_t>(known)) {
    throw NotARun(fmt::format("its version is {}, this program knows {}", version, known));
  }
}

}  // namespace

CaseResult read_verdict_json(std::string_view text) {
  const json::value parsed = parsed_object(text);
  const Node node{parsed.get_object(), "the verdict"};
  check_format(node, "bootproof-verdict", kVerdictFormatVersion);
  CaseResult result = case_of(node);
  result.attempts.assign(1, attempt_of(node));
  return result;
}

RunResult read_run_json(std::string_view text) {
  const json::value parsed = parsed_object(text);
  const Node node{parsed.get_object(), "the run"};
  check_format(node, kRunFormat, kRunFormatVersion);
  RunResult run;
  run.name = node.text("name");
  run.started = time_of(node);
  run.duration = node.duration("duration_ms");
  run.interrupted = node.flag("interrupted");
  run.properties = properties_of(node);
  node.each_in("cases", [&](const Node& one) { run.cases.push_back(case_of(one)); });
  return run;
}

}  // namespace bootproof
