#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "reports/escape.h"
#include "reports/events.h"
#include "reports/run_json.h"
#include "reports/verdict_json.h"
#include "tests/reports/samples.h"
#include "tests/support/golden.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;
using testing::case_of;
using testing::matches_golden;

/// Parses strictly; Boost.JSON refuses invalid UTF-8.
boost::json::value parsed(const std::string& text) {
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(text, error);
  EXPECT_FALSE(error) << error.message();
  return value;
}

std::vector<Event> all_events(const RunResult& run) {
  const CaseResult& result = run.cases.front();
  return {
      RunStarted{.name = run.name,
                 .started = run.started,
                 .case_count = run.cases.size(),
                 .properties = run.properties},
      CaseStarted{.suite = result.suite,
                  .id = result.id,
                  .attempt = 1,
                  .folder = result.attempts.front().folder},
      StageReached{.suite = result.suite, .id = result.id, .stage = "loader"},
      StepPassed{.suite = result.suite,
                 .id = result.id,
                 .step = 1,
                 .what = "expect 'GNU GRUB' " + result.verdict().hint,
                 .match = "GNU GRUB" + result.verdict().hint,
                 .duration = milliseconds(2'100)},
      AttemptFinished{.suite = result.suite, .id = result.id, .attempt = result.attempts.front()},
      case_finished(result),
      RunFinished{.duration = run.duration, .totals = totals_of(run), .interrupted = false}};
}

std::string lines_of(const std::vector<Event>& events) {
  std::string lines;
  int at = 0;
  for (const Event& event : events) {
    lines += event_line(milliseconds(at), event);
    at += 1'500;
  }
  return lines;
}

void collect_keys(const boost::json::value& value, std::vector<std::string>& keys) {
  if (const auto* object = value.if_object()) {
    for (const auto& member : *object) {
      keys.emplace_back(member.key());
      if (member.key() != "properties") {
        collect_keys(member.value(), keys);
      }
    }
  } else if (const auto* array = value.if_array()) {
    for (const boost::json::value& element : *array) {
      collect_keys(element, keys);
    }
  }
}

TEST(VerdictJson, IsAsTheGoldenFileHasIt) {
  const CaseResult result = case_of("rescue.seabios.ide-cd", {testing::failed_attempt()});
  EXPECT_TRUE(
      matches_golden(verdict_json(result, result.attempts.front()), "reports/verdict.json"));
}

TEST(RunJson, IsAsTheGoldenFileHasIt) {
  EXPECT_TRUE(matches_golden(run_json(testing::sample_run()), "reports/run.json"));
}

TEST(RunJson, WithForecastsIsAsTheGoldenFileHasIt) {
  EXPECT_TRUE(matches_golden(run_json(testing::foretold_run()), "reports/run-foretold.json"));
}

TEST(EventLine, IsAsTheGoldenFileHasIt) {
  EXPECT_TRUE(matches_golden(lines_of(all_events(testing::sample_run())), "reports/events.jsonl"));
}

TEST(VerdictJson, IsValidWhateverBytesAGuestPrinted) {
  const RunResult run = testing::hostile_run();
  for (const CaseResult& result : run.cases) {
    const boost::json::value value = parsed(verdict_json(result, result.attempts.back()));
    EXPECT_EQ(value.at("id").as_string(), json_text(result.id));
    EXPECT_EQ(value.at("console_tail").as_string(), json_text(result.console_tail));
  }
}

TEST(RunJson, IsValidWhateverBytesAGuestPrinted) {
  const RunResult run = testing::hostile_run();
  const boost::json::value value = parsed(run_json(run));
  EXPECT_EQ(value.at("name").as_string(), json_text(run.name));
  EXPECT_EQ(value.at("cases").as_array().size(), run.cases.size());
}

TEST(EventLine, IsOneValidLineWhateverBytesAGuestPrinted) {
  for (const Event& event : all_events(testing::hostile_run())) {
    const std::string line = event_line(milliseconds(7), event);
    EXPECT_EQ(line.find('\n'), line.size() - 1);
    EXPECT_EQ(parsed(line).at("at_ms").as_int64(), 7);
  }
}

TEST(EventLine, BeginsWithItsNameAndTime) {
  std::vector<std::string> names;
  for (const Event& event : all_events(testing::sample_run())) {
    const boost::json::value value = parsed(event_line(milliseconds(0), event));
    EXPECT_EQ(value.as_object().begin()->key(), "event");
    names.emplace_back(value.at("event").as_string());
  }
  EXPECT_EQ(names,
            (std::vector<std::string>{"run-started", "case-started", "stage-reached", "step-passed",
                                      "attempt-finished", "case-finished", "run-finished"}));
}

TEST(VerdictJson, CutsAnEndlessConsoleAndEndlessEvidence) {
  CaseResult result = case_of("a", {testing::failed_attempt()});
  result.console_tail.assign(10U << 20U, '\xff');
  result.attempts.front().verdict.evidence.assign(1'000, std::string(1U << 10U, '\x01'));
  const boost::json::value value = parsed(verdict_json(result, result.attempts.front()));
  EXPECT_LE(value.at("console_tail").as_string().size(), kLongestTail + 64);
  const boost::json::array& evidence = value.at("evidence").as_array();
  ASSERT_EQ(evidence.size(), kMostEvidenceLines + 1);
  EXPECT_EQ(evidence.back().as_string(), "[800 lines left out]");
}

TEST(RunJson, TakesTheLaterValueOfAPropertyThatStandsTwice) {
  RunResult run;
  run.properties = {{"qemu", "7.2"}, {"host", "a"}, {"qemu", "8.0"}};
  EXPECT_EQ(parsed(run_json(run)).at("properties"),
            (boost::json::value{{"qemu", "8.0"}, {"host", "a"}}));
}

TEST(Readme, ListsEachKeyOfTheJsonFormats) {
  std::ifstream file(std::string(BOOTPROOF_SOURCE_DIR) + "/reports/README.md");
  const std::string readme((std::istreambuf_iterator<char>(file)),
                           std::istreambuf_iterator<char>());
  const RunResult run = testing::foretold_run();
  std::vector<std::string> keys;
  collect_keys(parsed(run_json(run)), keys);
  collect_keys(parsed(verdict_json(run.cases.front(), run.cases.front().attempts.front())), keys);
  for (const Event& event : all_events(run)) {
    const boost::json::value value = parsed(event_line(milliseconds(0), event));
    collect_keys(value, keys);
    keys.emplace_back(value.at("event").as_string());
  }
  for (const std::string& key : keys) {
    EXPECT_NE(readme.find("`" + key + "`"), std::string::npos) << key;
  }
}

}  // namespace
}  // namespace bootproof
