#include "tests/run/logic_bench.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/text.h"

namespace bootproof::testing {
namespace {

using std::chrono::milliseconds;

/// More deadlines than any test's time has; a logic that needs more does not get on.
constexpr int kMostTicks = 2000;

Step step_of(decltype(Step::action) action) {
  Step step;
  step.action = std::move(action);
  return step;
}

milliseconds age(CaseLogic::Time from, CaseLogic::Time to) {
  return std::chrono::duration_cast<milliseconds>(to - from);
}

}  // namespace

Step expect(std::string pattern, MatchOn on) {
  return step_of(ExpectStep{{std::move(pattern)}, false, on});
}
Step expect_all(std::vector<std::string> patterns) {
  return step_of(ExpectStep{std::move(patterns), true, MatchOn::kAny});
}
Step send(std::string text) { return step_of(SendStep{std::move(text)}); }
Step key(std::string name) { return step_of(KeyStep{std::move(name), false}); }
Step key_on_keyboard(std::string name) { return step_of(KeyStep{std::move(name), true}); }
Step wait_quiet(milliseconds quiet) { return step_of(WaitQuietStep{quiet}); }
Step reach(Goal goal) { return step_of(ReachStep{goal}); }

Step within(milliseconds limit, Step step) {
  step.within = limit;
  return step;
}

Scenario scenario_of(std::vector<Step> steps) {
  Scenario scenario;
  scenario.name = "boots";
  scenario.steps = std::move(steps);
  return scenario;
}

Scenario failing_scenario(std::string cause, std::vector<Step> steps) {
  Scenario scenario = scenario_of(std::move(steps));
  scenario.expect_failure = ExpectedFailure{{std::move(cause)}, {}};
  return scenario;
}

LogicBench::LogicBench(Scenario scenario, BenchOptions options)
    : scenario_(std::move(scenario)),
      start_(CaseLogic::Time{} + std::chrono::hours(1)),
      now_(start_),
      logic_(scenario_, options.slowness, options.bios_keyboard, start_) {}

LogicBench& LogicBench::say(std::string_view bytes) {
  logic_.on_console(bytes, now_);
  tick();
  return *this;
}

LogicBench& LogicBench::say_cut(std::string_view bytes, std::size_t size) {
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    say(bytes.substr(at, size));
  }
  return *this;
}

LogicBench& LogicBench::say_on_debug_port(std::string_view bytes) {
  logic_.on_debug_port(bytes, now_);
  tick();
  return *this;
}

LogicBench& LogicBench::show(std::string text) {
  logic_.on_vga(std::move(text), now_);
  tick();
  return *this;
}

LogicBench& LogicBench::reset() {
  logic_.on_reset(now_);
  tick();
  return *this;
}

LogicBench& LogicBench::reset_button() {
  logic_.on_reset_button(now_);
  tick();
  return *this;
}

LogicBench& LogicBench::power_on() {
  logic_.on_power_on(now_);
  tick();
  return *this;
}

LogicBench& LogicBench::shut_down() {
  logic_.on_guest_shutdown(now_);
  tick();
  return *this;
}

LogicBench& LogicBench::exit(int code, std::string_view error_output) {
  logic_.on_exit(code, error_output, now_);
  tick();
  return *this;
}

LogicBench& LogicBench::pass(milliseconds time) {
  const CaseLogic::Time end = now_ + time;
  for (int i = 0; i < kMostTicks; ++i) {
    const CaseLogic::Time next = logic_.next_deadline();
    if (logic_.verdict() || next > end) {
      now_ = end;
      tick();
      return *this;
    }
    now_ = std::max(now_, next);
    tick();
  }
  ADD_FAILURE() << "woken " << kMostTicks << " times within " << time.count() << " ms";
  return *this;
}

milliseconds LogicBench::pass_until_decided() {
  const CaseLogic::Time from = now_;
  for (int i = 0; i < kMostTicks && !logic_.verdict(); ++i) {
    now_ = std::max(now_, logic_.next_deadline());
    tick();
  }
  EXPECT_TRUE(logic_.verdict()) << "undecided after " << kMostTicks << " deadlines";
  return age(from, now_);
}

void LogicBench::tick() {
  ++tick_count_;
  logic_.tick(now_);
}

std::vector<std::string> LogicBench::actions() {
  std::vector<std::string> lines;
  for (const CaseAction& action : logic_.take_actions()) {
    if (const auto* serial = std::get_if<SendSerial>(&action)) {
      lines.push_back(fmt::format("send '{}'", escape_for_terminal(serial->bytes)));
    } else if (const auto* keys = std::get_if<PressKeys>(&action)) {
      lines.push_back(fmt::format("press {}", keys->qcodes));
    } else {
      constexpr std::array<const char*, 7> kOperations{
          "eject", "insert", "plug", "unplug", "reset", "press the power button", "cold boot"};
      const auto& operation = std::get<OperateMachine>(action);
      lines.push_back(fmt::format("{}{}{}",
                                  kOperations.at(static_cast<std::size_t>(operation.what)),
                                  operation.medium.empty() ? "" : " ", operation.medium));
    }
  }
  return lines;
}

std::vector<std::string> LogicBench::notes() {
  std::vector<std::string> lines;
  for (const CaseNote& note : logic_.take_notes()) {
    std::string line = fmt::format("{} ms: {}", age(start_, note.when).count(), note.kind);
    if (note.step != 0) {
      line += fmt::format(" {}", note.step);
    }
    line += fmt::format(": {}", note.text);
    if (note.step != 0) {
      line += fmt::format(", match '{}', {} ms", note.match, note.duration.count());
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

std::string LogicBench::certainty() const {
  if (!logic_.verdict()) {
    return "undecided";
  }
  const Verdict& verdict = *logic_.verdict();
  std::string text = fmt::format("{}: {}", name_of(verdict.certainty), verdict.basis);
  for (const Candidate& candidate : verdict.candidates) {
    text += fmt::format("{}{}", &candidate == verdict.candidates.data() ? "; or " : ", ",
                        candidate.cause);
  }
  return text;
}

std::string LogicBench::verdict() const {
  if (!logic_.verdict()) {
    return "undecided";
  }
  const Verdict& verdict = *logic_.verdict();
  return fmt::format("{} at '{}' for '{}'\n{}\n> {}\n{}", name_of(verdict.outcome), verdict.stage,
                     verdict.cause, verdict.message, fmt::join(verdict.evidence, "\n> "),
                     verdict.hint);
}

std::string LogicBench::outcome() const {
  if (!logic_.verdict()) {
    return "undecided";
  }
  const Verdict& verdict = *logic_.verdict();
  return verdict.cause.empty() ? name_of(verdict.outcome)
                               : fmt::format("{} {}", name_of(verdict.outcome), verdict.cause);
}

std::vector<std::string> outcomes_however_cut(const Scenario& scenario, std::string_view text,
                                              BenchOptions options) {
  std::vector<std::string> outcomes;
  for (const std::size_t size : kCutSizes) {
    LogicBench bench(scenario, options);
    bench.say_cut(text, size);
    const std::string outcome =
        fmt::format("{}, {} steps", bench.outcome(), bench.logic().steps_passed());
    if (std::find(outcomes.begin(), outcomes.end(), outcome) == outcomes.end()) {
      outcomes.push_back(outcome);
    }
  }
  return outcomes;
}

}  // namespace bootproof::testing
