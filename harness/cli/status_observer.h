#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "harness/run/observer.h"
#include "reports/live_status.h"

namespace bootproof {

/// Shows a run on stderr: on a terminal one live line per running case, redrawn in place; otherwise
/// a plain line when a case starts and ends.
class StatusObserver : public RunObserver {
 public:
  explicit StatusObserver(bool live) : live_(live) {}
  ~StatusObserver() override;

  void on_run_started(const RunResult& run, std::size_t case_count) override;
  void on_case_started(const std::string& suite, const std::string& id, int attempt,
                       const std::string& folder) override;
  void on_case_changed(const LiveCase& live) override;
  void on_case_finished(const CaseResult& result) override;
  void on_run_finished(const RunResult& run) override;
  void on_stopping(const std::string& reason) override;
  void on_tick() override;

 private:
  void draw(const std::string& permanent);
  void say(std::string_view word, const std::string& full_id, const std::string& note);

  bool live_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point drawn_;
  std::size_t drawn_rows_ = 0;
  std::map<std::string, LiveCase> running_;
  LiveTotals totals_;
};

}  // namespace bootproof
