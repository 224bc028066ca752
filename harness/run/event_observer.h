#pragma once

#include <chrono>
#include <filesystem>

#include "harness/run/observer.h"
#include "reports/event_log.h"
#include "reports/events.h"

namespace bootproof {

/// Writes `events.jsonl`: a line per event, each on the disk at once.
class EventObserver : public RunObserver {
 public:
  /// Throws Error (kHost) where the file can't be made.
  explicit EventObserver(const std::filesystem::path& file);

  void on_run_started(const RunResult& run, std::size_t case_count) override;
  void on_case_started(const std::string& suite, const std::string& id, int attempt,
                       const std::string& folder) override;
  void on_case_noted(const std::string& suite, const std::string& id,
                     const CaseNote& note) override;
  void on_attempt_finished(const CaseResult& result, const Attempt& attempt) override;
  void on_case_finished(const CaseResult& result) override;
  void on_run_finished(const RunResult& run) override;

  /// Throws Error (kHost) when some line could not be written.
  void close();

 private:
  void append(const Event& event);

  std::filesystem::path file_;
  EventLog log_;
  Clock::time_point started_ = Clock::now();
};

}  // namespace bootproof
