#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <variant>

#include "reports/result.h"

namespace bootproof {

/// The version of the lines that event_line writes; it grows as kVerdictFormatVersion does.
inline constexpr int kEventsFormatVersion = 1;

/// A run begins: `run-started`.
struct RunStarted {
  std::string name;
  std::chrono::system_clock::time_point started;
  std::size_t case_count = 0;
  Properties properties;
};

/// A case's attempt begins: `case-started`.
struct CaseStarted {
  std::string suite;
  std::string id;
  int attempt = 1;
  std::string folder;  ///< Relative to the run folder.
};

/// A boot has come to a further stage: `stage-reached`.
struct StageReached {
  std::string suite;
  std::string id;
  std::string stage;
};

/// A step of a case is done: `step-passed`.
struct StepPassed {
  std::string suite;
  std::string id;
  std::size_t step = 0;  ///< 1 for the first.
  std::string what;      ///< The step as the scenario has it: `expect 'login:'`.
  std::string match;     ///< What matched; empty for steps that send or wait.
  std::chrono::milliseconds duration{};
};

/// Something that the harness did or saw besides steps and stages: `noted`.
struct CaseNoted {
  std::string suite;
  std::string id;
  std::string kind;  ///< `countdown-skipped`, `reset`.
  std::string text;
};

/// An attempt has a verdict: `attempt-finished`. Another may follow.
struct AttemptFinished {
  std::string suite;
  std::string id;
  Attempt attempt;
};

/// A case has its result: `case-finished`. A case that was skipped has no `case-started`.
struct CaseFinished {
  std::string suite;
  std::string id;
  Verdict verdict;
  std::size_t attempt_count = 1;
  bool flaky = false;
  std::chrono::milliseconds duration{};
};

/// A run ends: `run-finished`, the last line of a complete file.
struct RunFinished {
  std::chrono::milliseconds duration{};
  Totals totals;
  bool interrupted = false;
};

/// Whatever happens in a run.
using Event = std::variant<RunStarted, CaseStarted, StageReached, StepPassed, CaseNoted,
                           AttemptFinished, CaseFinished, RunFinished>;

/// The case-finished event of a result.
CaseFinished case_finished(const CaseResult& result);

/// One line of `events.jsonl`, with its line feed: a JSON object with `event` (its name), `at_ms`
/// (`since_start`, the time since the run began, on a clock that never goes back) and the event's
/// own keys, as README.md lists them. Valid JSON in valid UTF-8, and one line, whatever bytes the
/// texts hold.
std::string event_line(std::chrono::milliseconds since_start, const Event& event);

}  // namespace bootproof
