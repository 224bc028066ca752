#include "harness/run/event_observer.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "harness/core/error.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace json = boost::json;
using std::chrono_literals::operator""ms;
using testing::content_of;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

/// The lines of the file as JSON again, without the times, which differ from run to run.
std::vector<json::value> events_in(const std::filesystem::path& file) {
  std::vector<json::value> events;
  std::string text = content_of(file);
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    json::object object = json::parse(text.substr(0, end)).as_object();
    EXPECT_TRUE(object.contains("at_ms")) << text;
    object.erase("at_ms");
    events.emplace_back(std::move(object));
    text.erase(0, end == std::string::npos ? text.size() : end + 1);
  }
  return events;
}

CaseNote note(std::string kind, std::string text) {
  CaseNote one;
  one.kind = std::move(kind);
  one.text = std::move(text);
  return one;
}

TEST(EventObserver, WritesALinePerEvent) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  EventObserver observer(file);
  RunResult run;
  run.name = "boot";
  run.properties = {{"accelerator", "tcg"}};
  observer.on_run_started(run, 3);
  observer.on_case_started("prompt", "disk.seabios.ide-cd", 1, "prompt/disk.seabios.ide-cd");
  observer.on_case_noted("prompt", "disk.seabios.ide-cd", note("stage", "loader"));
  CaseNote step = note("step-passed", "expect 'login:'");
  step.step = 2;
  step.match = "login:";
  step.duration = 1500ms;
  observer.on_case_noted("prompt", "disk.seabios.ide-cd", step);
  observer.on_case_noted("prompt", "disk.seabios.ide-cd", note("countdown-skipped", "GRUB"));
  observer.on_tick();
  observer.close();
  const std::vector<json::value> expected{
      json::parse(R"({"event": "run-started", "format": "bootproof-events", "version": 1,
        "name": "boot", "started": "1970-01-01T00:00:00.000Z", "cases": 3,
        "properties": {"accelerator": "tcg"}})"),
      json::parse(R"({"event": "case-started", "suite": "prompt", "id": "disk.seabios.ide-cd",
        "attempt": 1, "folder": "prompt/disk.seabios.ide-cd"})"),
      json::parse(R"({"event": "stage-reached", "suite": "prompt", "id": "disk.seabios.ide-cd",
        "stage": "loader"})"),
      json::parse(R"({"event": "step-passed", "suite": "prompt", "id": "disk.seabios.ide-cd",
        "step": 2, "what": "expect 'login:'", "match": "login:", "duration_ms": 1500})"),
      json::parse(R"({"event": "noted", "suite": "prompt", "id": "disk.seabios.ide-cd",
        "kind": "countdown-skipped", "text": "GRUB"})"),
  };
  EXPECT_EQ(events_in(file), expected);
}

TEST(EventObserver, TellsHowAttemptsCasesAndTheRunEnd) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  EventObserver observer(file);
  CaseResult result;
  result.suite = "prompt";
  result.id = "disk";
  Attempt attempt;
  attempt.verdict.outcome = Outcome::kFailed;
  attempt.verdict.cause = "step.no-match";
  attempt.duration = 10ms;
  result.attempts = {attempt};
  observer.on_attempt_finished(result, attempt);
  observer.on_case_finished(result);
  RunResult run;
  run.cases = {result};
  run.interrupted = true;
  observer.on_run_finished(run);
  observer.close();
  Lines names;
  for (const json::value& event : events_in(file)) {
    names.emplace_back(event.at("event").as_string());
  }
  EXPECT_EQ(names, (Lines{"attempt-finished", "case-finished", "run-finished"}));
}

TEST(EventObserver, EachLineIsThereAtOnce) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.jsonl";
  EventObserver observer(file);
  observer.on_case_started("prompt", "disk", 1, "prompt/disk");
  EXPECT_EQ(events_in(file).size(), 1U) << "before the file is closed";
}

TEST(EventObserver, SaysThatTheFileCanNotBeMade) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "missing" / "events.jsonl";
  try {
    const EventObserver observer(file);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kHost);
    EXPECT_EQ(error.message(), "cannot create " + file.string() + ": No such file or directory");
    EXPECT_EQ(error.hint(), "choose another place with --out");
  }
}

TEST(EventObserver, SaysAtTheEndThatTheDiskWasFull) {
  EventObserver observer("/dev/full");
  observer.on_case_started("prompt", "disk", 1, "prompt/disk");
  try {
    observer.close();
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kHost);
    EXPECT_EQ(error.message(), "cannot write /dev/full: No space left on device");
    EXPECT_EQ(error.hint(), "free some space there, or choose another place with --out");
  }
}

}  // namespace
}  // namespace bootproof
