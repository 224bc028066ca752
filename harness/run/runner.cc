#include "harness/run/runner.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdlib>
#include <deque>
#include <map>
#include <utility>

#include "harness/core/child.h"
#include "harness/core/files.h"
#include "harness/core/supervised.h"
#include "harness/run/budget.h"
#include "harness/run/case_properties.h"
#include "harness/run/case_texts.h"
#include "harness/run/event_observer.h"
#include "harness/run/inspection_verdict.h"
#include "harness/run/own_causes.h"
#include "harness/run/run_folder.h"
#include "harness/vm/firmware.h"
#include "harness/vm/host_parts.h"
#include "reports/junit.h"
#include "reports/run_json.h"
#include "reports/verdict_json.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr milliseconds kTickPeriod{500};
/// A terminal, a shell and a CI server may each pass on the same request: only a signal that comes
/// later asks again.
constexpr std::chrono::seconds kSameRequest{2};

/// A case that waits for its turn, runs or is done.
struct QueuedCase {
  const Cell* cell = nullptr;
  MachineSpec spec;
  std::size_t index = 0;  ///< Place in the results, which keep the file's order.
  milliseconds expected{};
};

/// One run in progress.
class Run {
 public:
  Run(const ScenarioFile& file, const std::vector<Cell>& cells, const RunOptions& options,
      RunObserver& observer)
      : file_(file),
        cells_(cells),
        options_(options),
        durations_(cache_folder() / "durations.json"),
        signals_(context_),
        ticker_(context_.get_executor(), kTickPeriod, [this] { observer_.on_tick(); }),
        budget_(context_.get_executor(), jobs(), available_memory_mib() * 9 / 10),
        predictions_(options.predictions ? options.predictions : std::make_shared<Predictions>()),
        own_(own_signatures_of(file.causes, today())) {
    observer_.add(observer);
  }

  RunOutcome execute();

 private:
  [[nodiscard]] unsigned jobs() const { return options_.jobs == 0 ? usable_cpus() : options_.jobs; }
  /// By what limits are multiplied: the host's measured speed, and more machines than CPUs.
  [[nodiscard]] double slowness() const {
    return options_.accelerator.slowness *
           std::max(1.0, static_cast<double>(jobs()) / usable_cpus());
  }
  bool settle_by_forecast(QueuedCase& queued);
  Task<void> foretell(const QueuedCase& queued, CaseResult& result);
  void describe_run();
  void queue_cases();
  void settle(const Cell& cell, std::size_t index, Verdict verdict);
  bool settle_by_host(const QueuedCase& queued);
  void watch_signals();
  Task<void> run_all();
  Task<void> run_case(QueuedCase queued);
  Task<SessionResult> run_attempt(const QueuedCase& queued, CaseResult& result, int number,
                                  std::function<void(const Verdict&)> paused);
  void finish_case(const QueuedCase& queued, CaseResult result);
  void check_digests();
  void account();
  void write_reports();
  void stop_early(const std::string& reason);

  const ScenarioFile& file_;
  const std::vector<Cell>& cells_;
  const RunOptions& options_;
  ObserverList observer_;
  Durations durations_;
  asio::io_context context_;
  asio::signal_set signals_;
  Ticker ticker_;
  bool is_over_ = false;
  asio::thread_pool pool_{2};
  Budget budget_;
  StopRequest stop_;
  ReadyFiles files_;
  std::shared_ptr<Predictions> predictions_;
  std::shared_ptr<const OwnSignatures> own_;     ///< Of `causes`; null: none.
  std::vector<FirmwareDescriptor> descriptors_;  ///< Of this host's firmware, once read.
  std::deque<Scenario> proofs_;                  ///< Of what is foretold not to boot: told to fail.
  std::deque<Cell> proving_cells_;               ///< Cells of those.
  std::vector<QueuedCase> queue_;
  RunOutcome outcome_;
  Clock::time_point started_ = Clock::now();
  Clock::time_point signalled_;
};

Verdict skipped_verdict(std::string_view cause, std::string_view reason, std::string_view hint) {
  Verdict verdict;
  verdict.outcome = Outcome::kSkipped;
  verdict.cause = cause;
  verdict.message = reason;
  verdict.hint = hint;
  return verdict;
}

void Run::describe_run() {
  RunResult& run = outcome_.result;
  run.name = file_.file.stem().string();
  run.started = std::chrono::system_clock::now();
  run.properties = {
      {"bootproof-version", options_.version},
      {"scenario-file", file_.file.filename().string()},
      {"accelerator", std::string(name_of(options_.accelerator.accelerator))},
      {"accelerator-reason", options_.accelerator.reason},
      {"slowness", fmt::format("{:.2f}", slowness())},
      {"jobs", std::to_string(jobs())},
      {"countdowns", options_.skip_countdowns ? "skipped" : "kept"},
  };
  for (const std::string& warning : expired_ignores(file_.causes, today())) {
    run.properties.emplace_back("warning", warning);
  }
  run.properties.insert(run.properties.end(), options_.properties.begin(),
                        options_.properties.end());
}

/// Gives a result to a cell that is not booted.
void Run::settle(const Cell& cell, std::size_t index, Verdict verdict) {
  CaseResult& result = outcome_.result.cases[index];
  result.suite = cell.scenario->name;
  result.id = cell.id;
  Attempt attempt;
  attempt.started = std::chrono::system_clock::now();
  attempt.verdict = std::move(verdict);
  result.properties = properties_of(cell);
  result.attempts = {std::move(attempt)};
  observer_.on_case_finished(result);
}

/// What this host lacks is skipped with the package that brings it, or an error where that was
/// asked for. True where something is missing.
bool Run::settle_by_host(const QueuedCase& queued) {
  if (descriptors_.empty()) {
    descriptors_ = read_firmware_descriptors(firmware_descriptor_folders());
  }
  const std::optional<Error> missing = missing_part(queued.spec, descriptors_);
  if (!missing) {
    return false;
  }
  Verdict verdict = error_verdict("host.not-installed", *missing);
  verdict.outcome = options_.strict ? Outcome::kError : Outcome::kSkipped;
  settle(*queued.cell, queued.index, std::move(verdict));
  return true;
}

void Run::queue_cases() {
  outcome_.result.cases.resize(cells_.size());
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    const Cell& cell = cells_[i];
    if (!cell.impossible.empty()) {
      settle(cell, i,
             skipped_verdict("case.impossible", cell.impossible, "exclude this combination"));
      continue;
    }
    QueuedCase queued;
    queued.cell = &cell;
    queued.index = i;
    queued.spec =
        machine_spec_of(cell, files_, options_.accelerator.accelerator, options_.skip_countdowns);
    if (settle_by_host(queued) || settle_by_forecast(queued)) {
      continue;
    }
    queued.expected = durations_.expected(cell);
    queue_.push_back(std::move(queued));
  }
  std::stable_sort(queue_.begin(), queue_.end(), [](const QueuedCase& a, const QueuedCase& b) {
    return a.expected > b.expected;
  });
}

/// What is foretold not to boot, and is left to itself, is not booted: skipped, or told to fail
/// where that is to be proved. True where it was skipped.
bool Run::settle_by_forecast(QueuedCase& queued) {
  const Cell& cell = *queued.cell;
  if (!cell.scenario->leaves_it_to_the_medium() || cell.scenario->expect_failure ||
      files_.problem_of(cell)) {
    return false;
  }
  const inspectors::BootPath* path = predictions_->path_of(queued.spec);
  if (path == nullptr || path->forecast != inspectors::Forecast::kCannotBoot) {
    return false;
  }
  if (options_.proves_impossible) {
    Scenario& proof = proofs_.emplace_back(*cell.scenario);
    proof.steps.clear();
    proof.limits.silence = std::min(proof.limits.silence, kProofSilence);
    proof.expect_failure = ExpectedFailure{foretold_causes(*path), proof.mark};
    Cell& proving = proving_cells_.emplace_back(cell);
    proving.scenario = &proof;
    queued.cell = &proving;
    return false;
  }
  Verdict skipped =
      skipped_verdict("case.foretold-not-to-boot", sentence_of("case.foretold-not-to-boot"), {});
  Foretold& foretold = outcome_.result.cases[queued.index].foretold;
  foretold = foretold_by(*path, *cell.scenario, skipped);
  if (!foretold.reason.empty()) {
    skipped.message = foretold.reason;
  }
  settle(cell, queued.index, std::move(skipped));
  return true;
}

/// Adds what the medium's inspection foretells, how the last attempt agrees with it, and what it
/// shows of a loss.
Task<void> Run::foretell(const QueuedCase& queued, CaseResult& result) {
  struct Known {
    const inspectors::BootPath* path = nullptr;
    std::string cut;
  };
  const auto ask = [this, &queued] {
    Known known{predictions_->path_of(queued.spec), {}};
    if (known.path != nullptr) {
      known.cut = cut_of(*predictions_->inspection(queued.spec));
    }
    return known;
  };
  auto asking = offload(pool_, ask);
  const Known known = co_await std::move(asking);
  if (known.path != nullptr) {
    const Scenario& scenario = *queued.cell->scenario;
    result.foretold = foretold_by(*known.path, scenario, result.verdict());
    Verdict& verdict = result.attempts.back().verdict;
    verdict = judge_by_inspection(std::move(verdict), result.foretold, known.cut, scenario);
  }
}

Task<SessionResult> Run::run_attempt(const QueuedCase& queued, CaseResult& result, int number,
                                     std::function<void(const Verdict&)> paused) {
  const std::string relative = attempt_folder(queued.cell->full_id(), number);
  const fs::path folder = options_.out / relative;
  SessionResult session;
  try {
    create_folders(folder);
    observer_.on_case_started(result.suite, result.id, number, relative);
    SessionHooks hooks;
    hooks.changed = [this](const LiveCase& live) { observer_.on_case_changed(live); };
    hooks.noted = [this, &result](const CaseNote& note) {
      observer_.on_case_noted(result.suite, result.id, note);
    };
    hooks.paused = std::move(paused);
    hooks.medium = [predictions = predictions_, spec = queued.spec] {
      return predictions->facts_of(spec);
    };
    hooks.own = own_;
    auto booting = run_session(*queued.cell, queued.spec, folder, slowness(), pool_, stop_,
                               std::move(hooks), options_.prods);
    session = co_await std::move(booting);
  } catch (const Error& error) {
    session.attempt.started = std::chrono::system_clock::now();
    session.attempt.verdict = error_verdict("host.failed", error);
  } catch (const boost::system::system_error& error) {  // Asio got no descriptor.
    session.attempt.started = std::chrono::system_clock::now();
    session.attempt.verdict = error_verdict(
        "host.failed",
        Error(ErrorKind::kHost, error.what(), std::string(remedy_for(error.code().value()))));
  }
  session.attempt.folder = relative;
  session.attempt.number = number;
  co_return session;
}

Task<void> Run::run_case(QueuedCase queued) {
  const std::uint64_t memory = host_memory_mib(queued.spec);
  bool holds_slot = true;
  CaseResult result;
  result.suite = queued.cell->scenario->name;
  result.id = queued.cell->id;
  if (const std::optional<Error> problem = files_.problem_of(*queued.cell)) {
    Attempt attempt;
    attempt.started = std::chrono::system_clock::now();
    attempt.verdict = error_verdict("host.build-failed", *problem);
    result.attempts.push_back(std::move(attempt));
  } else {
    for (unsigned number = 1; number <= options_.retries + 1 && !stop_.requested(); ++number) {
      const bool is_last = number == options_.retries + 1;
      auto paused = [this, &holds_slot, is_last](const Verdict& verdict) {
        if (holds_slot && (is_last || verdict.outcome == Outcome::kPassed)) {
          holds_slot = false;
          budget_.release_slot();
        }
      };
      auto trying = run_attempt(queued, result, static_cast<int>(number), std::move(paused));
      SessionResult session = co_await std::move(trying);
      result.properties = properties_of(*queued.cell, queued.spec, files_);
      result.properties.insert(result.properties.end(), session.properties.begin(),
                               session.properties.end());
      result.console_tail = std::move(session.console_tail);
      result.attempts.push_back(std::move(session.attempt));
      auto foretelling = foretell(queued, result);
      co_await std::move(foretelling);
      const Attempt& attempt = result.attempts.back();
      observer_.on_attempt_finished(result, attempt);
      const fs::path folder = options_.out / attempt.folder;
      std::error_code code;
      if (fs::is_directory(folder, code)) {
        replace_file(folder / "verdict.json", verdict_json(result, attempt));
      }
      if (attempt.verdict.outcome == Outcome::kPassed) {
        break;
      }
    }
  }
  if (holds_slot) {
    budget_.release_slot();
  }
  budget_.release_memory(memory);
  finish_case(queued, std::move(result));
}

void Run::finish_case(const QueuedCase& queued, CaseResult result) {
  const Outcome outcome = result.verdict().outcome;
  if (outcome == Outcome::kPassed) {
    durations_.record(*queued.cell, result.attempts.back().duration);
  }
  observer_.on_case_finished(result);
  outcome_.result.cases[queued.index] = std::move(result);
  const bool is_bad = outcome == Outcome::kFailed || outcome == Outcome::kError;
  if (is_bad && options_.fail_fast) {
    stop_early("--fail-fast: another case failed");
  }
}

Task<void> Run::run_all() {
  TaskGroup cases(context_.get_executor());
  std::vector<QueuedCase> waiting = std::exchange(queue_, {});
  while (!waiting.empty() && !stop_.requested()) {
    const auto next = std::find_if(waiting.begin(), waiting.end(), [&](const QueuedCase& queued) {
      return budget_.fits(host_memory_mib(queued.spec));
    });
    if (next == waiting.end()) {
      co_await budget_.wait();
      continue;
    }
    budget_.claim(host_memory_mib(next->spec));
    cases.spawn(run_case(*next));
    waiting.erase(next);
  }
  co_await cases.join();
  for (const QueuedCase& queued : waiting) {
    settle(*queued.cell, queued.index,
           skipped_verdict("case.not-run", fmt::format("not run: {}", stop_.reason()),
                           "run it again"));
  }
}

void Run::check_digests() {
  DigestCheck check;
  for (std::size_t i = 0; i < cells_.size(); ++i) {
    CaseResult& result = outcome_.result.cases[i];
    if (result.attempts.empty() || result.verdict().outcome == Outcome::kSkipped) {
      continue;
    }
    for (const BootFile& file : files_.files_of(cells_[i])) {
      if (const std::optional<Error> problem = check.problem_with(file)) {
        result.attempts.back().verdict = error_verdict("host.image-changed", *problem);
      }
    }
  }
}

void Run::account() {
  RunResult& run = outcome_.result;
  const auto milliseconds_of = [](std::chrono::microseconds time) {
    return std::to_string(std::chrono::duration_cast<milliseconds>(time).count());
  };
  run.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - started_);
  run.properties.emplace_back("harness-cpu-ms", milliseconds_of(cpu_time_of_self()));
  run.properties.emplace_back("machines-cpu-ms", milliseconds_of(cpu_time_of_children()));
  run.properties.emplace_back("harness-peak-mib", std::to_string(peak_memory_mib()));
}

void Run::write_reports() {
  const RunResult& run = outcome_.result;
  write_file_atomically(options_.out / "run.json", run_json(run));
  const std::string junit = junit_xml(run, options_.dialect);
  write_file_atomically(options_.out / "junit.xml", junit);
  if (options_.junit) {
    if (options_.junit->has_parent_path()) {
      create_folders(options_.junit->parent_path());
    }
    write_file_atomically(*options_.junit, junit);
  }
}

void Run::watch_signals() {
  signals_.async_wait([this](const boost::system::error_code& code, int number) {
    if (code || is_over_) {
      return;
    }
    if (outcome_.signal == 0) {
      outcome_.signal = number;
      outcome_.result.interrupted = true;
      signalled_ = Clock::now();
      stop_early(number == SIGINT   ? "interrupted (SIGINT)"
                 : number == SIGHUP ? "the terminal is gone (SIGHUP)"
                                    : "terminated (SIGTERM)");
    } else if (Clock::now() - signalled_ > kSameRequest) {
      std::_Exit(128 + number);  // Asked again: the kernel ends the machines with us.
    }
    watch_signals();
  });
}

void Run::stop_early(const std::string& reason) {
  if (!stop_.requested()) {
    observer_.on_stopping(reason);
  }
  stop_.request(reason);
  budget_.wake();
}

RunOutcome Run::execute() {
  files_ = prepare_files(file_, cells_);
  RunFolder folder(options_.out);
  if (!file_.causes.empty()) {
    replace_file(options_.out / kRunCausesFile, own_causes_file(file_.causes));
  }
  EventObserver events(options_.out / "events.jsonl");
  observer_.add(events);
  signals_.add(SIGINT);
  signals_.add(SIGTERM);
  if (!is_ignored(SIGHUP)) {  // nohup wants the run to go on.
    signals_.add(SIGHUP);
  }
  watch_signals();
  describe_run();
  observer_.on_run_started(outcome_.result, cells_.size());
  queue_cases();
  std::exception_ptr problem;
  asio::co_spawn(context_, run_all(), [this, &problem](const std::exception_ptr& thrown) {
    problem = thrown;
    is_over_ = true;  // A handler that is queued already is not reached by cancel().
    signals_.cancel();
    ticker_.stop();
  });
  ticker_.start();
  context_.run();
  pool_.join();
  if (problem) {
    std::rethrow_exception(problem);
  }
  check_digests();
  account();
  write_reports();
  observer_.on_run_finished(outcome_.result);
  events.close();
  folder.note_end();
  durations_.save();
  return outcome_;
}

}  // namespace

RunOutcome run_cells(const ScenarioFile& file, const std::vector<Cell>& cells,
                     const RunOptions& options, RunObserver& observer) {
  return Run(file, cells, options, observer).execute();
}

int exit_code_of(const RunOutcome& outcome) {
  if (outcome.signal != 0) {
    return 128 + outcome.signal;
  }
  const Totals totals = totals_of(outcome.result);
  if (totals.errors > 0) {
    return 3;
  }
  return totals.failed > 0 ? 1 : 0;
}

}  // namespace bootproof
