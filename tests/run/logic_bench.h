#pragma once

#include <chrono>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/run/case_logic.h"
#include "scenarios/scenario.h"

namespace bootproof::testing {

/// Steps, as a scenario file has them.
Step expect(std::string pattern, MatchOn on = MatchOn::kAny);
Step expect_all(std::vector<std::string> patterns);
Step send(std::string text);
Step key(std::string name);
Step key_on_keyboard(std::string name);
Step wait_quiet(std::chrono::milliseconds quiet);
/// A step that is done to the machine.
template <typename Action>
Step machine_step(Action action) {
  Step step;
  step.action = std::move(action);
  return step;
}
Step reach(Goal goal);
/// The same step with a limit of its own.
Step within(std::chrono::milliseconds limit, Step step);

/// A scenario with these steps and the limits of the schema.
Scenario scenario_of(std::vector<Step> steps);
/// The same that passes only when it fails for `cause`.
Scenario failing_scenario(std::string cause, std::vector<Step> steps = {});

/// How a bench's machine is set up.
struct BenchOptions {
  double slowness = 1.0;
  bool bios_keyboard = false;
};

/// A CaseLogic with a clock of its own that is turned by hand. Every word with which the logic is
/// told something leaves the clock alone; pass() moves it as a session does: from deadline to
/// deadline.
class LogicBench {
 public:
  explicit LogicBench(Scenario scenario, BenchOptions options = {});

  /// The guest prints this, in one read.
  LogicBench& say(std::string_view bytes);
  /// The guest prints this, in reads of `size` bytes, with a look at the clock after each.
  LogicBench& say_cut(std::string_view bytes, std::size_t size);
  /// The firmware's debug port says this.
  LogicBench& say_on_debug_port(std::string_view bytes);
  /// The machine's own screen shows this.
  LogicBench& show(std::string text);
  LogicBench& reset();
  /// The reset button took effect.
  LogicBench& reset_button();
  /// The machine runs again after a cold boot.
  LogicBench& power_on();
  LogicBench& shut_down();
  LogicBench& exit(int code, std::string_view error_output = {});
  /// Time goes by; the logic is woken at each of its deadlines. Fails the test where these do not
  /// let it get on.
  LogicBench& pass(std::chrono::milliseconds time);

  /// Time goes by until there is a verdict: how much.
  std::chrono::milliseconds pass_until_decided();

  /// What was done to the machine since the last call: "send 'a\r'", "press ret".
  std::vector<std::string> actions();
  /// What happened since the last call, a line for each note: "200 ms: step-passed 1: expect 'a',
  /// match 'a', 200 ms".
  std::vector<std::string> notes();
  /// The whole verdict as text, "undecided" where there is none.
  [[nodiscard]] std::string verdict() const;
  /// How certain it is, and other candidates: "likely: what it rests on; or CAUSE, CAUSE".
  [[nodiscard]] std::string certainty() const;
  /// Its outcome and cause alone.
  [[nodiscard]] std::string outcome() const;
  [[nodiscard]] CaseLogic& logic() { return logic_; }
  [[nodiscard]] CaseLogic::Time now() const { return now_; }
  /// How often the logic was woken.
  [[nodiscard]] std::size_t tick_count() const { return tick_count_; }

 private:
  void tick();

  Scenario scenario_;
  CaseLogic::Time start_;
  CaseLogic::Time now_;
  CaseLogic logic_;
  std::size_t tick_count_ = 0;
};

/// The sizes that streams are cut at.
inline constexpr std::initializer_list<std::size_t> kCutSizes = {1, 2, 7, 4096};

/// The outcome after `text` in reads of each of kCutSizes: one line for each that differs from the
/// first, so that a text cut anywhere gives one line.
std::vector<std::string> outcomes_however_cut(const Scenario& scenario, std::string_view text,
                                              BenchOptions options = {});

}  // namespace bootproof::testing
