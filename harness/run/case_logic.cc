#include "harness/run/case_logic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/console/keys.h"
#include "harness/core/text.h"
#include "harness/run/case_texts.h"
#include "harness/run/expected_failure.h"
#include "harness/run/machine_steps.h"
#include "harness/run/verdict_basis.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;
using Time = CaseLogic::Time;

constexpr std::size_t kEvidenceLines = 8;
/// How long a loss that shows outside a whole line of the serial stream waits for a step that
/// matches it: the debug port says the same a moment earlier.
constexpr milliseconds kLossPause{50};
/// Up to this length a step looks at the open line whenever it grows, then in strides as long.
constexpr std::size_t kShortLine = 1024;

}  // namespace

CaseLogic::CaseLogic(const Scenario& scenario, double slowness, bool bios_keyboard, Time start,
                     std::shared_ptr<const OwnSignatures> own)
    : scenario_(scenario),
      bios_keyboard_(bios_keyboard),
      watchdogs_(scenario.limits, slowness, start),
      serial_heard_(start),
      watch_(std::move(own)),
      tolerated_(scenario.tolerate),
      decided_at_(start) {
  begin_step(start);
}

void CaseLogic::on_console(std::string_view bytes, Time now) {
  watchdogs_.note_output(now);
  serial_heard_ = now;
  hide_vga();
  // Piece by piece, so that what comes first decides, however the bytes were cut on their way.
  while (!bytes.empty() && !verdict_) {
    const std::string_view piece = pieces_.next(bytes);
    const std::uint64_t before = transcript_.end();
    transcript_.feed(piece);
    screen_.feed(piece);
    hear(transcript_.since(before), now);
  }
  if (!verdict_) {
    watch_.show_screen(screen_.text());
    note_stage(now);
    advance(now, Look::kEverywhere);
    check_signatures(now);
    check_countdown(now);
  }
}

void CaseLogic::hear(std::string_view text, Time now) {
  if (text.empty()) {
    return;
  }
  watch_.add_text(text);
  note_stage(now);
  line_bytes_ += text.size();
  unseen_bytes_ += text.size();
  const bool line_ended = text.back() == '\n';
  if (line_ended || line_bytes_ <= kShortLine || unseen_bytes_ >= kShortLine) {
    unseen_bytes_ = 0;
    advance(now, Look::kSerial);
  }
  if (line_ended) {
    end_line(now);
  }
}

void CaseLogic::end_line(Time now) {
  line_bytes_ = 0;
  if (!verdict_ && watch_.certain(tolerated_)) {
    for (const std::string& text : line_matches_) {
      tolerate(text);
    }
    advance(now, Look::kEverywhere);
    fail_if_lost(now);
  }
  line_matches_.clear();
}

void CaseLogic::on_debug_port(std::string_view bytes, Time now) {
  if (verdict_) {
    return;
  }
  const std::uint64_t before = firmware_log_.end();
  firmware_log_.feed(bytes);
  watch_.add_text(firmware_log_.since(before), TextStream::kFirmwareLog);
  note_stage(now);
  check_certain(now);
}

void CaseLogic::on_reset(Time now) {
  if (verdict_) {
    return;
  }
  note(now, "reset", "the guest was reset");
  reached_ = std::max(reached_, watch_.stage());
  watch_.note_reset();
  noted_stage_ = Stage::kNone;
  skipper_.note_reset();
  if (watchdogs_.note_reset(now)) {
    fail("machine.reset-loop",
         fmt::format("the guest was reset {} times without getting any further",
                     watchdogs_.resets()),
         console_evidence(),
         "the last lines before the reset tell what fails; a kernel that panics and reboots can be "
         "stopped with panic=0",
         now);
    verdict_->stage = name_of(reached_);
  }
}

void CaseLogic::on_guest_shutdown(Time /*now*/) { guest_shut_down_ = true; }

void CaseLogic::on_exit(int exit_code, std::string_view error_output, Time now) {
  fail_if_lost(now);
  if (verdict_) {
    return;
  }
  const bool is_asked_for = step_ < scenario_.steps.size() &&
                            std::holds_alternative<PowerDownStep>(scenario_.steps[step_].action);
  if (guest_shut_down_ && is_asked_for) {
    operation_ = Operation::kDone;
    advance(now, Look::kEverywhere);
    return;
  }
  if (guest_shut_down_) {
    fail_unproved("machine.shutdown", awaited(),
                  "look at the last lines of serial.log for the reason", now);
    return;
  }
  Verdict verdict;
  verdict.outcome = Outcome::kError;
  verdict.cause = "machine.qemu-exited";
  verdict.stage = name_of(watch_.stage());
  verdict.message = fmt::format("QEMU ended by itself with exit code {}", exit_code);
  verdict.evidence = lines_of(error_output);
  verdict.hint = "qemu.log holds what QEMU printed; repro.sh starts the same machine by hand";
  set_basis(verdict, nullptr);
  decide(std::move(verdict), now);
}

void CaseLogic::tick(Time now) {
  if (verdict_) {
    return;
  }
  advance(now, Look::kEverywhere);
  check_signatures(now);
  check_countdown(now);
  check_limits(now);
}

std::vector<CaseAction> CaseLogic::take_actions() { return std::exchange(actions_, {}); }
std::vector<CaseNote> CaseLogic::take_notes() { return std::exchange(notes_, {}); }

Time CaseLogic::next_deadline() const {
  Time next = nearest_limit().at;
  if (step_ < scenario_.steps.size()) {
    if (typist_) {
      next = std::min(next, typist_->deadline());
    }
    if (const auto* wait = std::get_if<WaitQuietStep>(&scenario_.steps[step_].action)) {
      next = std::min(next, watchdogs_.quiet_since() + wait->quiet);
    }
    if (const std::optional<GoalDue> due = goal_due()) {
      next = std::min(next, watchdogs_.quiet_since() + watchdogs_.scaled(due->quiet));
    }
  }
  if (lost_since_) {
    next = std::min(next, *lost_since_ + kLossPause);
  }
  if (awaits_output()) {
    if (const auto finding = watch_.settled(tolerated_)) {
      next = std::min(next, watchdogs_.quiet_since() + watchdogs_.scaled(finding->settle()));
    }
  }
  for (const std::optional<Time> due : {skipper_.deadline(), loop_due()}) {
    next = std::min(next, due.value_or(next));
  }
  return next;
}

void CaseLogic::note(Time now, std::string kind, std::string text) {
  CaseNote one;
  one.when = now;
  one.kind = std::move(kind);
  one.text = std::move(text);
  notes_.push_back(std::move(one));
}

void CaseLogic::fail_if_lost(Time now) {
  if (verdict_) {
    return;
  }
  if (const std::optional<Finding> finding = watch_.certain(tolerated_)) {
    fail(*finding, now);
  }
}

/// A loss that shows in a line that is not whole yet, on a screen or on the debug port: the step
/// that waits may be about to match it.
void CaseLogic::check_certain(Time now) {
  if (verdict_ || !watch_.certain(tolerated_)) {
    lost_since_.reset();
    return;
  }
  lost_since_ = lost_since_.value_or(now);
  if (now - *lost_since_ >= kLossPause) {
    fail_if_lost(now);
  }
}

void CaseLogic::check_signatures(Time now) {
  check_certain(now);
  if (verdict_) {
    return;
  }
  if (awaits_output()) {
    const std::optional<Finding> finding = watch_.settled(tolerated_);
    if (finding && now - watchdogs_.quiet_since() >= watchdogs_.scaled(finding->settle())) {
      fail(*finding, now);
      return;
    }
  }
  check_loop(now);
  if (!verdict_ && scenario_.expect_failure &&
      is_too_far_for(*scenario_.expect_failure, watch_.stage())) {
    fail_for_booting("its kernel started", now);
  }
}

void CaseLogic::check_countdown(Time now) {
  if (verdict_) {
    return;
  }
  const bool may_skip = scenario_.skip_countdowns && awaits_output();
  const Countdown* countdown = skipper_.look(watch_.countdown(), may_skip, now);
  if (countdown == nullptr) {
    return;
  }
  if (const std::optional<Key> key = find_key(countdown->key)) {
    note(now, "countdown-skipped", std::string(countdown->loader));
    if (!vga_hidden_ && is_serial_silent(now)) {
      actions_.emplace_back(PressKeys{std::string(key->qcodes)});
    } else {
      actions_.emplace_back(SendSerial{std::string(key->serial)});
    }
  }
}

Watchdogs::Limit CaseLogic::nearest_limit() const {
  const Step* step = step_ < scenario_.steps.size() ? &scenario_.steps[step_] : nullptr;
  return watchdogs_.nearest(step, awaits_output());
}

void CaseLogic::check_limits(Time now) {
  const Watchdogs::Limit limit = nearest_limit();
  if (verdict_ || now < limit.at) {
    return;
  }
  const bool nothing_failed = scenario_.expect_failure && step_ >= scenario_.steps.size() &&
                              !scenario_.steps.empty() &&
                              !watch_.explanation(limit.cause, tolerated_);
  const LimitWords words = words_for_limit(limit.cause, watch_.stage(), watchdogs_.slowness());
  if (nothing_failed && !scenario_.expect_failure->covers(words.cause)) {
    fail_for_booting(fmt::format("its steps passed and nothing had failed {} after {}",
                                 seconds_text(now - limit.since), limit.since_what),
                     now);
    return;
  }
  std::string circumstance =
      fmt::format("{}, {} after {}", awaited(), seconds_text(now - limit.since), limit.since_what);
  if (reads_ != nullptr) {
    circumstance += fmt::format("; {}", reads_->doing(now - watchdogs_.last_read()));
  }
  fail_unproved(std::string(words.cause), circumstance, words.hint, now);
}

void CaseLogic::note_stage(Time now) {
  if (watch_.stage() != noted_stage_) {
    noted_stage_ = watch_.stage();
    note(now, "stage", std::string(name_of(noted_stage_)));
  }
}

std::string CaseLogic::awaited() const {
  if (step_ >= scenario_.steps.size()) {
    return scenario_.expect_failure
               ? fmt::format("expected the failure {}", scenario_.expect_failure->text())
               : "no step was left";
  }
  const Step& step = scenario_.steps[step_];
  const auto* reach = std::get_if<ReachStep>(&step.action);
  std::string missing = expectation_       ? expectation_->missing()
                        : reach != nullptr ? fmt::format("the stage {}", name_of(reach->goal))
                                           : effect_of(step);
  if (typist_) {
    missing = fmt::format("the echo of '{}'", escape_for_terminal(typist_->awaited()));
  }
  return fmt::format("step {} of {} was waiting for {}", step_ + 1, scenario_.steps.size(),
                     missing);
}

std::vector<std::string> CaseLogic::console_evidence() const {
  std::vector<std::string> lines = lines_of(transcript_.last_lines(kEvidenceLines));
  if (!vga_hidden_) {
    std::vector<std::string> shown = lines_of(vga_);
    const std::size_t last = std::min(shown.size(), kEvidenceLines);
    for (auto line = shown.end() - static_cast<std::ptrdiff_t>(last); line != shown.end(); ++line) {
      lines.push_back("(own screen) " + *line);
    }
  }
  if (lines.empty()) {
    lines.emplace_back("(nothing came on the serial line)");
  }
  return lines;
}

void CaseLogic::fail(const Finding& finding, Time now) {
  Verdict verdict = verdict_of(finding, awaited(), Reading::kLive);
  verdict.stage = name_of(stage_of(finding, watch_.stage()));
  fail(std::move(verdict), now);
}

/// Fails for a cause that no line proves, or for what was remembered and explains it.
void CaseLogic::fail_unproved(std::string cause, std::string_view circumstance, std::string hint,
                              Time now) {
  const bool is_expected = scenario_.expect_failure && scenario_.expect_failure->covers(cause);
  // What explains a silence explains why the processors stand still.
  const std::optional<Finding> reason =
      is_expected
          ? std::nullopt
          : watch_.explanation(is_standstill(cause) ? "machine.silent" : std::string_view(cause),
                               tolerated_);
  if (reason) {
    Verdict verdict = verdict_of(*reason, circumstance, Reading::kLive);
    verdict.stage = name_of(stage_of(*reason, watch_.stage()));
    fail(std::move(verdict), now);
    return;
  }
  const std::optional<Finding> standing = watch_.settled(tolerated_);
  Verdict verdict;
  verdict.message = fmt::format("{}; {}", sentence_of(cause), circumstance);
  verdict.cause = std::move(cause);
  verdict.evidence = console_evidence();
  verdict.hint = std::move(hint);
  set_basis(verdict, standing ? &*standing : nullptr);
  fail(std::move(verdict), now);
}

void CaseLogic::fail_for_booting(std::string_view how, Time now) {
  fail("case.did-not-fail",
       fmt::format("the medium was to fail for {}, but {}", scenario_.expect_failure->text(), how),
       console_evidence(), "the medium boots here: correct the scenario or the medium", now);
}

void CaseLogic::fail(std::string cause, std::string message, std::vector<std::string> evidence,
                     std::string hint, Time now) {
  Verdict verdict;
  verdict.cause = std::move(cause);
  verdict.message = std::move(message);
  verdict.evidence = std::move(evidence);
  verdict.hint = std::move(hint);
  set_basis(verdict, nullptr);
  fail(std::move(verdict), now);
}

void CaseLogic::fail(Verdict verdict, Time now) {
  verdict.outcome = Outcome::kFailed;
  if (verdict.stage.empty()) {
    verdict.stage = name_of(watch_.stage());
  }
  if (scenario_.expect_failure) {
    verdict = judge_expected_failure(std::move(verdict), *scenario_.expect_failure,
                                     step_ >= scenario_.steps.size());
  }
  decide(std::move(verdict), now);
}

void CaseLogic::decide(Verdict verdict, Time now) {
  verdict_ = std::move(verdict);
  decided_at_ = now;
}

}  // namespace bootproof
