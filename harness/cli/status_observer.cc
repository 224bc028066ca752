#include "harness/cli/status_observer.h"

#include <fmt/format.h>

#include <cstdio>
#include <string_view>

#include "harness/cli/terminal.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::chrono::milliseconds kRedrawPeriod{100};

std::chrono::milliseconds age(Clock::time_point since) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - since);
}

}  // namespace

StatusObserver::~StatusObserver() {
  if (drawn_rows_ > 0) {
    std::fputs(redraw(drawn_rows_, {}, {}).c_str(), stderr);
  }
}

void StatusObserver::on_run_started(const RunResult& run, std::size_t case_count) {
  started_ = Clock::now();
  totals_.cases = case_count;
  for (const auto& [name, value] : run.properties) {
    if (name == "accelerator-reason") {
      std::fputs(fmt::format("{}: {}; {}\n", run.name, counted(case_count, "case"), value).c_str(),
                 stderr);
    }
  }
}

void StatusObserver::on_case_started(const std::string& suite, const std::string& id, int attempt,
                                     const std::string& /*folder*/) {
  LiveCase live;
  live.full_id = suite + "/" + id;
  live.started = Clock::now();
  running_[live.full_id] = live;
  if (!live_) {
    say("started", live.full_id, attempt > 1 ? fmt::format("attempt {}", attempt) : "");
  }
}

void StatusObserver::on_case_changed(const LiveCase& live) {
  running_[live.full_id] = live;
  if (live_ && Clock::now() - drawn_ >= kRedrawPeriod) {
    draw({});
  }
}

void StatusObserver::on_stopping(const std::string& reason) {
  const std::string line = fmt::format("{}: ending {} machine{}, then the reports are written\n",
                                       reason, running_.size(), running_.size() == 1 ? "" : "s");
  if (live_) {
    draw(line);
  } else {
    std::fputs(line.c_str(), stderr);
  }
}

void StatusObserver::on_tick() {
  if (live_) {
    draw({});
  }
}

void StatusObserver::on_case_finished(const CaseResult& result) {
  running_.erase(result.full_id());
  ++totals_.finished;
  const Verdict& verdict = result.verdict();
  const bool is_bad = verdict.outcome == Outcome::kFailed || verdict.outcome == Outcome::kError;
  totals_.failed += is_bad ? 1 : 0;
  const std::string note =
      is_bad || verdict.outcome == Outcome::kSkipped
          ? summary_of(verdict)
          : fmt::format("in {:.1f} s", std::chrono::duration<double>(result.duration()).count());
  say(name_of(verdict.outcome), result.full_id(), note);
}

void StatusObserver::on_run_finished(const RunResult& /*run*/) {
  running_.clear();
  if (live_) {
    std::fputs(redraw(drawn_rows_, {}, {}).c_str(), stderr);
    drawn_rows_ = 0;
  }
}

void StatusObserver::say(std::string_view word, const std::string& full_id,
                         const std::string& note) {
  const std::string line = plain_line(age(started_), word, full_id, note);
  if (live_) {
    draw(line);
  } else {
    std::fputs(line.c_str(), stderr);
  }
}

void StatusObserver::draw(const std::string& permanent) {
  drawn_ = Clock::now();
  totals_.elapsed = age(started_);
  std::vector<LiveCell> cells;
  for (const auto& [id, live] : running_) {
    cells.push_back({id, live.stage, live.last_line, age(live.started)});
  }
  const std::vector<std::string> block = live_block(cells, totals_, stderr_size());
  std::fputs(redraw(drawn_rows_, permanent, block).c_str(), stderr);
  drawn_rows_ = block.size();
}

}  // namespace bootproof
