#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/console/keys.h"
#include "harness/core/text.h"
#include "harness/run/case_logic.h"
#include "harness/run/case_texts.h"

// The half of CaseLogic that works through the steps.

namespace bootproof {

using std::chrono::milliseconds;

void CaseLogic::begin_step(Time now) {
  watchdogs_.begin_step(now);
  loop_since_.reset();
  expectation_.reset();
  if (step_ >= scenario_.steps.size()) {
    return;
  }
  const Step& step = scenario_.steps[step_];
  if (const auto* expect = std::get_if<ExpectStep>(&step.action)) {
    Result<Expectation> compiled =
        Expectation::compile(expect->patterns, expect->all, mask_of(expect->on));
    if (!compiled) {
      throw error_at(step.mark, compiled.error().message(), compiled.error().hint());
    }
    expectation_ = std::move(*compiled);
    expectation_->begin(position_, matched_before_ ? std::string_view(screen_.text()) : "",
                        matched_before_ ? std::string_view(vga_) : "");
  }
}

void CaseLogic::advance(Time now, Look look) {
  while (!verdict_ && step_ < scenario_.steps.size() && advance_one_step(now, look)) {
    note(now, "step-passed", text_of(scenario_.steps[step_]));
    notes_.back().step = ++step_;
    notes_.back().match = std::exchange(last_match_, {});
    notes_.back().duration =
        std::chrono::duration_cast<milliseconds>(now - watchdogs_.step_started());
    watchdogs_.note_progress();
    begin_step(now);
  }
  const bool all_done = step_ >= scenario_.steps.size() && !scenario_.steps.empty();
  if (!verdict_ && all_done && !scenario_.expect_failure) {
    Verdict verdict;
    verdict.outcome = Outcome::kPassed;
    verdict.stage = name_of(watch_.stage());
    verdict.message = counted(scenario_.steps.size(), "step") + " passed";
    decide(std::move(verdict), now);
  }
}

bool CaseLogic::advance_one_step(Time now, Look look) {
  const Step& step = scenario_.steps[step_];
  if (const auto* expect = std::get_if<ExpectStep>(&step.action)) {
    return try_expect(*expect, look);
  }
  if (const auto* send = std::get_if<SendStep>(&step.action)) {
    return type(as_typed(send->text), now);
  }
  if (const auto* press = std::get_if<KeyStep>(&step.action)) {
    const std::optional<Key> key = find_key(press->key);
    if (!key) {
      throw error_at(step.mark, fmt::format("unknown key '{}'", press->key));
    }
    if (press->keyboard || answers_by_keyboard(now)) {
      if (!press->keyboard) {
        note(now, "keyboard", "the serial line is silent");
      }
      actions_.emplace_back(PressKeys{std::string(key->qcodes)});
    } else {
      actions_.emplace_back(SendSerial{std::string(key->serial)});
    }
    return true;
  }
  if (std::holds_alternative<ReachStep>(step.action)) {
    return try_reach(now);
  }
  if (const auto* wait = std::get_if<WaitQuietStep>(&step.action)) {
    return now - watchdogs_.quiet_since() >= wait->quiet;
  }
  return operate(step);
}

bool CaseLogic::type(const std::string& text, Time now) {
  if (!typist_ && answers_by_keyboard(now)) {
    press_keys(text, now);
    return true;
  }
  if (!typist_) {
    if (!bios_keyboard_ || watch_.stage() >= Stage::kKernel) {
      actions_.emplace_back(SendSerial{text});
      return true;
    }
    typist_.emplace(text, transcript_.end(), now);
  }
  while (std::optional<std::string> keys = typist_->next_keys(transcript_, now)) {
    actions_.emplace_back(SendSerial{std::move(*keys)});
  }
  if (!typist_->is_done()) {
    return false;
  }
  typist_.reset();
  return true;
}

bool CaseLogic::try_expect(const ExpectStep& step, Look look) {
  const std::uint64_t from = std::max(position_, transcript_.begin());
  std::optional<Match> match = expectation_->look_at_serial(from, transcript_.since(from));
  if (!match && look == Look::kEverywhere && mask_of(step.on).screen) {
    match = expectation_->look_at_screen(TextSource::kScreen, screen_.text());
  }
  const bool may_see_vga = step.on == MatchOn::kVga || !vga_hidden_;
  if (!match && look == Look::kEverywhere && mask_of(step.on).vga && may_see_vga) {
    match = expectation_->look_at_screen(TextSource::kVga, vga_);
  }
  if (!match) {
    return false;
  }
  matched(*match);
  return true;
}

std::optional<GoalDue> CaseLogic::goal_due() const {
  if (step_ >= scenario_.steps.size()) {
    return std::nullopt;
  }
  const auto* reach = std::get_if<ReachStep>(&scenario_.steps[step_].action);
  if (reach == nullptr) {
    return std::nullopt;
  }
  constexpr int kMostMenus = 3;
  const std::optional<Finding> settled = watch_.settled(tolerated_);
  const std::optional<Finding> lost = watch_.certain(tolerated_);
  const std::string last_line = transcript_.last_lines(1);
  return next_on_the_way(reach->goal,
                         {.stage = watch_.stage(),
                          .is_counting_down = watch_.countdown() != nullptr,
                          .settled_cause = settled ? settled->signature->cause : std::string_view{},
                          .settle = settled ? settled->settle() : milliseconds::zero(),
                          .last_line = last_line,
                          .lost_cause = lost ? lost->signature->cause : std::string_view{},
                          .moves_menus = scenario_.skip_countdowns && menus_moved_ < kMostMenus});
}

bool CaseLogic::try_reach(Time now) {
  const std::optional<GoalDue> due = goal_due();
  if (!due || now - watchdogs_.quiet_since() < watchdogs_.scaled(due->quiet)) {
    return false;
  }
  if (due->answer == GoalDue::Answer::kReached) {
    return true;
  }
  const std::optional<Finding> menu = watch_.settled(tolerated_);
  const bool is_on_vga_alone = menu && vga_.find(menu->line) != std::string::npos &&
                               screen_.text().find(menu->line) == std::string::npos;
  if (is_on_vga_alone) {
    note(now, "keyboard", "the menu stands on the machine's own screen alone");
    actions_.emplace_back(PressKeys{"ret"});
  } else {
    actions_.emplace_back(SendSerial{"\r"});
  }
  note(now, "menu-moved-on", menu ? menu->line : std::string());
  ++menus_moved_;
  watchdogs_.note_output(now);  // What it answers is awaited from here on.
  return false;
}

void CaseLogic::matched(const Match& match) {
  matched_before_ = true;
  position_ = match.source == TextSource::kSerial ? match.end : transcript_.end();
  last_match_ = match.text;
  matched_on_vga_ =
      match.source == TextSource::kVga && screen_.text().find(match.text) == std::string::npos;
  tolerate(match.text);
  if (line_bytes_ > 0) {
    line_matches_.push_back(match.text);
  }
}

/// What the scenario waits for is no failure of it, unless it is the one that it is to fail for.
void CaseLogic::tolerate(std::string_view matched_text) {
  while (const auto finding = watch_.certain(tolerated_)) {
    const std::string_view cause = finding->signature->cause;
    const bool same_text = finding->line.find(matched_text) != std::string::npos ||
                           matched_text.find(finding->line) != std::string::npos;
    if (!same_text || (scenario_.expect_failure && scenario_.expect_failure->covers(cause))) {
      break;
    }
    tolerated_.emplace_back(cause);
  }
}

bool CaseLogic::awaits_output() const {
  return step_ >= scenario_.steps.size() || waits_for_the_guest(scenario_.steps[step_]);
}

}  // namespace bootproof
