#pragma once

#include <functional>
#include <string>
#include <vector>

#include "harness/run/case_session.h"
#include "reports/result.h"

namespace bootproof {

/// Hears what happens in a run, in the order in which it happens. Called on the io_context's
/// thread. An observer overrides what it wants to hear.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void on_run_started(const RunResult& /*run*/, std::size_t /*case_count*/) {}
  virtual void on_case_started(const std::string& /*suite*/, const std::string& /*id*/,
                               int /*attempt*/, const std::string& /*folder*/) {}
  virtual void on_case_changed(const LiveCase& /*live*/) {}
  virtual void on_case_noted(const std::string& /*suite*/, const std::string& /*id*/,
                             const CaseNote& /*note*/) {}
  virtual void on_attempt_finished(const CaseResult& /*result*/, const Attempt& /*attempt*/) {}
  virtual void on_case_finished(const CaseResult& /*result*/) {}
  virtual void on_run_finished(const RunResult& /*run*/) {}
  /// Somebody asked to end the run early: machines end, evidence and reports follow.
  virtual void on_stopping(const std::string& /*reason*/) {}
  /// Twice a second while cases run, so that a silent machine's time still moves on a terminal.
  virtual void on_tick() {}
};

/// Several observers as one. They must outlive the list.
class ObserverList : public RunObserver {
 public:
  void add(RunObserver& observer) { observers_.emplace_back(observer); }

  void on_run_started(const RunResult& run, std::size_t case_count) override;
  void on_case_started(const std::string& suite, const std::string& id, int attempt,
                       const std::string& folder) override;
  void on_case_changed(const LiveCase& live) override;
  void on_case_noted(const std::string& suite, const std::string& id,
                     const CaseNote& note) override;
  void on_attempt_finished(const CaseResult& result, const Attempt& attempt) override;
  void on_case_finished(const CaseResult& result) override;
  void on_run_finished(const RunResult& run) override;
  void on_stopping(const std::string& reason) override;
  void on_tick() override;

 private:
  std::vector<std::reference_wrapper<RunObserver>> observers_;
};

}  // namespace bootproof
