#include "harness/run/observer.h"

namespace bootproof {

void ObserverList::on_run_started(const RunResult& run, std::size_t case_count) {
  for (RunObserver& one : observers_) {
    one.on_run_started(run, case_count);
  }
}

void ObserverList::on_case_started(const std::string& suite, const std::string& id, int attempt,
                                   const std::string& folder) {
  for (RunObserver& one : observers_) {
    one.on_case_started(suite, id, attempt, folder);
  }
}

void ObserverList::on_case_changed(const LiveCase& live) {
  for (RunObserver& one : observers_) {
    one.on_case_changed(live);
  }
}

void ObserverList::on_case_noted(const std::string& suite, const std::string& id,
                                 const CaseNote& note) {
  for (RunObserver& one : observers_) {
    one.on_case_noted(suite, id, note);
  }
}

void ObserverList::on_attempt_finished(const CaseResult& result, const Attempt& attempt) {
  for (RunObserver& one : observers_) {
    one.on_attempt_finished(result, attempt);
  }
}

void ObserverList::on_case_finished(const CaseResult& result) {
  for (RunObserver& one : observers_) {
    one.on_case_finished(result);
  }
}

void ObserverList::on_run_finished(const RunResult& run) {
  for (RunObserver& one : observers_) {
    one.on_run_finished(run);
  }
}

void ObserverList::on_stopping(const std::string& reason) {
  for (RunObserver& one : observers_) {
    one.on_stopping(reason);
  }
}

void ObserverList::on_tick() {
  for (RunObserver& one : observers_) {
    one.on_tick();
  }
}

}  // namespace bootproof
