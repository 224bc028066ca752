#include "harness/run/case_logic.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/console/keys.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;
using Time = CaseLogic::Time;

constexpr int kMostCountdowns = 3;            ///< Countdowns that are skipped at most.
constexpr milliseconds kCountdownPause{200};  ///< Time for a step to match the menu first.
constexpr std::size_t kEvidenceLines = 8;

std::string seconds_text(std::chrono::steady_clock::duration duration) {
  return fmt::format("{:.1f} s", std::chrono::duration<double>(duration).count());
}

SourceMask mask_of(MatchOn on) {
  switch (on) {
    case MatchOn::kAny:
      return {.serial = true, .screen = true, .vga = false};
    case MatchOn::kSerial:
      return {.serial = true, .screen = false, .vga = false};
    case MatchOn::kScreen:
      return {.serial = false, .screen = true, .vga = false};
    case MatchOn::kVga:
      break;
  }
  return {.serial = false, .screen = false, .vga = true};
}

/// A step as the scenario has it, for the event log.
std::string text_of(const Step& step) {
  if (const auto* expect = std::get_if<ExpectStep>(&step.action)) {
    return fmt::format("expect '{}'",
                       fmt::join(expect->patterns, expect->all ? "' and '" : "' or '"));
  }
  if (const auto* send = std::get_if<SendStep>(&step.action)) {
    return fmt::format("send '{}'", send->text);
  }
  if (const auto* press = std::get_if<KeyStep>(&step.action)) {
    return fmt::format("key {}", press->key);
  }
  return fmt::format("wait_quiet {} ms", std::get<WaitQuietStep>(step.action).quiet.count());
}

/// A terminal's Enter key sends a carriage return.
std::string as_typed(std::string text) {
  std::replace(text.begin(), text.end(), '\n', '\r');
  return text;
}

/// The lines of a text, blank ones left out.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    if (end != 0) {
      lines.emplace_back(text.substr(0, end));
    }
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
  }
  return lines;
}

std::string_view sentence_of(std::string_view cause) {
  const Cause* row = find_cause(cause);
  return row == nullptr ? cause : row->sentence;
}

/// The stage in which a cause strikes; kNone for the watchdogs', which strike anywhere.
Stage stage_of_cause(std::string_view cause) {
  for (const Signature& row : failure_signatures()) {
    if (row.cause == cause) {
      return row.stage;
    }
  }
  return Stage::kNone;
}

}  // namespace

CaseLogic::CaseLogic(const Scenario& scenario, double slowness, bool bios_keyboard, Time start)
    : scenario_(scenario),
      bios_keyboard_(bios_keyboard),
      watchdogs_(scenario.limits, slowness, start),
      tolerated_(scenario.tolerate),
      decided_at_(start) {
  begin_step(start);
}

void CaseLogic::on_console(std::string_view bytes, Time now) {
  watchdogs_.note_output(now);
  // Line by line, so that what comes first decides, however the bytes were cut on their way.
  while (!bytes.empty() && !verdict_) {
    const std::size_t end = bytes.find('\n');
    const std::string_view line = bytes.substr(0, end == std::string_view::npos ? end : end + 1);
    bytes.remove_prefix(line.size());
    const std::uint64_t before = transcript_.end();
    transcript_.feed(line);
    screen_.feed(line);
    watch_.add_text(transcript_.since(before));
    advance(now, Look::kSerial);
    check_certain(now);
  }
  if (!verdict_) {
    watch_.show_screen(screen_.text());
    note_stage(now);
    advance(now, Look::kEverywhere);
    check_signatures(now);
  }
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

void CaseLogic::on_vga(std::string text, Time now) {
  if (verdict_ || text == vga_) {
    return;
  }
  vga_ = std::move(text);
  watchdogs_.note_output(now);
  watch_.show_screen(vga_, ScreenKind::kVga);
  note_stage(now);
  advance(now, Look::kEverywhere);
}

void CaseLogic::on_reset(Time now) {
  if (verdict_) {
    return;
  }
  note(now, "reset", "the guest was reset");
  watch_.note_reset();
  noted_stage_ = Stage::kNone;
  countdown_seen_.reset();
  if (watchdogs_.note_reset(now)) {
    fail("machine.reset-loop",
         fmt::format("the guest was reset {} times without getting any further",
                     watchdogs_.resets()),
         console_evidence(),
         "the last lines before the reset tell what fails; a kernel that panics and reboots can be "
         "stopped with panic=0",
         now);
  }
}

void CaseLogic::on_guest_shutdown(Time /*now*/) { guest_shut_down_ = true; }

void CaseLogic::on_exit(int exit_code, std::string_view error_output, Time now) {
  if (verdict_) {
    return;
  }
  if (guest_shut_down_) {
    fail("machine.shutdown", fmt::format("the guest powered itself off; {}", awaited()),
         console_evidence(), "look at the last lines of serial.log for the reason", now);
    return;
  }
  Verdict verdict;
  verdict.outcome = Outcome::kError;
  verdict.cause = "machine.qemu-exited";
  verdict.stage = name_of(watch_.stage());
  verdict.message = fmt::format("QEMU ended by itself with exit code {}", exit_code);
  verdict.evidence = lines_of(error_output);
  verdict.hint = "qemu.log holds what QEMU printed; repro.sh starts the same machine by hand";
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
      next = std::min(next,
                      std::max(watchdogs_.last_output(), watchdogs_.step_started()) + wait->quiet);
    }
  }
  if (awaits_output()) {
    if (const auto finding = watch_.settled(tolerated_)) {
      next = std::min(next, watchdogs_.last_output() + watchdogs_.scaled(finding->proof->settle));
    }
    if (countdown_seen_) {
      next = std::min(next, *countdown_seen_ + kCountdownPause);
    } else if (scenario_.skip_countdowns && watch_.countdown() != nullptr) {
      next = std::min(next, watchdogs_.last_output() + kCountdownPause);
    }
  }
  return next;
}

bool CaseLogic::wants_vga() const {
  if (step_ >= scenario_.steps.size()) {
    return false;
  }
  const auto* expect = std::get_if<ExpectStep>(&scenario_.steps[step_].action);
  return expect != nullptr && expect->on == MatchOn::kVga;
}

void CaseLogic::note(Time now, std::string kind, std::string text) {
  CaseNote one;
  one.when = now;
  one.kind = std::move(kind);
  one.text = std::move(text);
  notes_.push_back(std::move(one));
}

void CaseLogic::begin_step(Time now) {
  watchdogs_.begin_step(now);
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
    verdict.message = fmt::format("{} steps passed", scenario_.steps.size());
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
    if (press->keyboard) {
      actions_.emplace_back(PressKeys{std::string(key->qcodes)});
    } else {
      actions_.emplace_back(SendSerial{std::string(key->serial)});
    }
    return true;
  }
  const auto& wait = std::get<WaitQuietStep>(step.action);
  return now - std::max(watchdogs_.last_output(), watchdogs_.step_started()) >= wait.quiet;
}

bool CaseLogic::type(const std::string& text, Time now) {
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
  if (!match && look == Look::kEverywhere && mask_of(step.on).vga) {
    match = expectation_->look_at_screen(TextSource::kVga, vga_);
  }
  if (!match) {
    return false;
  }
  matched(*match);
  return true;
}

void CaseLogic::matched(const Match& match) {
  matched_before_ = true;
  position_ = match.source == TextSource::kSerial ? match.end : transcript_.end();
  last_match_ = match.text;
  // What the scenario waits for is no failure of it.
  while (const auto finding = watch_.certain(tolerated_)) {
    const bool same_text = finding->line.find(match.text) != std::string::npos ||
                           match.text.find(finding->line) != std::string::npos;
    if (!same_text) {
      break;
    }
    tolerated_.emplace_back(finding->signature->cause);
  }
}

bool CaseLogic::awaits_output() const {
  return step_ >= scenario_.steps.size() ||
         std::holds_alternative<ExpectStep>(scenario_.steps[step_].action);
}

void CaseLogic::check_certain(Time now) {
  if (verdict_) {
    return;
  }
  if (const std::optional<Finding> finding = watch_.certain(tolerated_)) {
    fail(*finding, now);
  }
}

void CaseLogic::check_signatures(Time now) {
  check_certain(now);
  if (verdict_) {
    return;
  }
  if (awaits_output()) {
    const std::optional<Finding> finding = watch_.settled(tolerated_);
    if (finding && now - watchdogs_.last_output() >= watchdogs_.scaled(finding->proof->settle)) {
      fail(*finding, now);
      return;
    }
  }
  if (scenario_.expect_failure && watch_.stage() >= Stage::kKernel) {
    const Stage expected = stage_of_cause(scenario_.expect_failure->cause);
    if (expected != Stage::kNone && expected < Stage::kKernelLoad) {
      fail("case.did-not-fail",
           fmt::format("the medium was to fail for {}, but its kernel started",
                       scenario_.expect_failure->cause),
           console_evidence(), "the medium boots here: correct the scenario or the medium", now);
    }
  }
}

void CaseLogic::check_countdown(Time now) {
  const Countdown* countdown = watch_.countdown();
  if (verdict_ || !scenario_.skip_countdowns || countdown == nullptr || !awaits_output()) {
    countdown_seen_.reset();
    return;
  }
  if (!countdown_seen_) {
    countdown_seen_ = now;
    return;
  }
  if (now - *countdown_seen_ < kCountdownPause || countdowns_skipped_ >= kMostCountdowns) {
    return;
  }
  countdown_seen_.reset();
  ++countdowns_skipped_;
  if (const std::optional<Key> key = find_key(countdown->key)) {
    note(now, "countdown-skipped", std::string(countdown->loader));
    actions_.emplace_back(SendSerial{std::string(key->serial)});
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
  std::string_view cause = limit.cause;
  std::string hint = "serial.log holds all that was printed";
  if (cause == "machine.silent") {
    const bool kernel_was_loaded =
        watch_.stage() == Stage::kKernelLoad || watch_.stage() == Stage::kLoader;
    if (watch_.stage() == Stage::kKernelLoad) {
      cause = "kernel.silent-console";
      hint =
          "name this machine's serial port on the kernel's command line: console=ttyS0 on x86_64, "
          "console=ttyAMA0 on aarch64";
    } else if (!kernel_was_loaded) {
      hint = "screen.png shows what the machine's own screen says";
    }
  } else if (watchdogs_.slowness() > 1.0) {
    hint += fmt::format("; limits were multiplied by {:.1f} for this host", watchdogs_.slowness());
  }
  fail(std::string(cause),
       fmt::format("{}; {}, {} after {}", sentence_of(cause), awaited(),
                   seconds_text(now - limit.since), limit.since_what),
       console_evidence(), hint, now);
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
               ? fmt::format("expected the failure {}", scenario_.expect_failure->cause)
               : "no step was left";
  }
  const std::string missing = expectation_ ? expectation_->missing() : "quiet";
  return fmt::format("step {} of {} was waiting for {}", step_ + 1, scenario_.steps.size(),
                     missing);
}

std::vector<std::string> CaseLogic::console_evidence() const {
  std::vector<std::string> lines = lines_of(transcript_.last_lines(kEvidenceLines));
  if (lines.empty()) {
    lines.emplace_back("(nothing came on the serial line)");
  }
  return lines;
}

void CaseLogic::fail(const Finding& finding, Time now) {
  const Signature& row = *finding.signature;
  fail(std::string(row.cause), fmt::format("{}; {}", row.sentence, awaited()), finding.evidence,
       std::string(row.hint), now);
}

void CaseLogic::fail(std::string cause, std::string message, std::vector<std::string> evidence,
                     std::string hint, Time now) {
  Verdict verdict;
  verdict.outcome = Outcome::kFailed;
  verdict.stage = name_of(watch_.stage());
  verdict.cause = std::move(cause);
  verdict.message = std::move(message);
  verdict.evidence = std::move(evidence);
  verdict.hint = std::move(hint);
  if (scenario_.expect_failure) {
    const std::string& expected = scenario_.expect_failure->cause;
    if (verdict.cause == expected && step_ >= scenario_.steps.size()) {
      verdict.outcome = Outcome::kPassed;
      verdict.message = fmt::format("failed as it should: {}", sentence_of(expected));
      verdict.hint.clear();
    } else if (verdict.cause != expected && verdict.cause != "case.did-not-fail") {
      verdict.message = fmt::format("the case was to fail for {}, but failed for {}: {}", expected,
                                    verdict.cause, verdict.message);
    }
  }
  decide(std::move(verdict), now);
}

void CaseLogic::decide(Verdict verdict, Time now) {
  verdict_ = std::move(verdict);
  decided_at_ = now;
}

}  // namespace bootproof
