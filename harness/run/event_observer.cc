#include "harness/run/event_observer.h"

#include <fmt/format.h>

#include "harness/core/error.h"

namespace bootproof {

EventObserver::EventObserver(const std::filesystem::path& file) : file_(file) {
  if (const int code = log_.open(file); code != 0) {
    throw system_error(fmt::format("cannot create {}", file.string()), code,
                       "choose another place with --out");
  }
}

void EventObserver::append(const Event& event) {
  const auto age = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - started_);
  [[maybe_unused]] const int remembered = log_.append(event_line(age, event));  // Told by close().
}

void EventObserver::on_run_started(const RunResult& run, std::size_t case_count) {
  append(RunStarted{run.name, run.started, case_count, run.properties});
}

void EventObserver::on_case_started(const std::string& suite, const std::string& id, int attempt,
                                    const std::string& folder) {
  append(CaseStarted{suite, id, attempt, folder});
}

void EventObserver::on_case_noted(const std::string& suite, const std::string& id,
                                  const CaseNote& note) {
  if (note.kind == "stage") {
    append(StageReached{suite, id, note.text});
  } else if (note.kind == "step-passed") {
    append(StepPassed{suite, id, note.step, note.text, note.match, note.duration});
  } else {
    append(CaseNoted{suite, id, note.kind, note.text});
  }
}

void EventObserver::on_attempt_finished(const CaseResult& result, const Attempt& attempt) {
  append(AttemptFinished{result.suite, result.id, attempt});
}

void EventObserver::on_case_finished(const CaseResult& result) { append(case_finished(result)); }

void EventObserver::on_run_finished(const RunResult& run) {
  append(RunFinished{run.duration, totals_of(run), run.interrupted});
}

void EventObserver::close() {
  const int problem = log_.first_error();
  const int closing = log_.close();
  if (const int code = problem != 0 ? problem : closing; code != 0) {
    throw system_error(fmt::format("cannot write {}", file_.string()), code);
  }
}

}  // namespace bootproof
