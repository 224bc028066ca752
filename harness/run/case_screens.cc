#include <algorithm>
#include <chrono>
#include <utility>

#include "harness/console/keys.h"
#include "harness/run/case_logic.h"

// The part of CaseLogic that has to do with the machine's own screen and keyboard.

namespace bootproof {
namespace {

using std::chrono::milliseconds;

/// How long the serial line is silent before the machine's own screen may say what it does not.
constexpr milliseconds kSerialSilence{2'000};

}  // namespace

void CaseLogic::on_vga(std::string text, Time now) {
  if (verdict_ || (text == vga_ && !vga_hidden_)) {
    return;
  }
  if (text != vga_) {
    watchdogs_.note_output(now);
  }
  show_vga(std::move(text));
  note_stage(now);
  advance(now, Look::kEverywhere);
  check_signatures(now);
  check_countdown(now);
}

void CaseLogic::show_vga(std::string text) {
  if (vga_hidden_ && expectation_ && text != vga_ && matched_before_ && !matched_on_vga_ &&
      !wants_vga()) {
    const std::uint64_t from = transcript_.begin();
    const auto before = static_cast<std::size_t>(std::max(position_, from) - from);
    expectation_->see_vga_late(transcript_.since(from).substr(0, before), text);
  }
  vga_ = std::move(text);
  vga_hidden_ = false;
  watch_.show_screen(vga_, ScreenKind::kVga);
}

/// What stood on the machine's own screen is no news beside what the serial line says now.
void CaseLogic::hide_vga() {
  if (!vga_hidden_ && !wants_vga()) {
    vga_hidden_ = true;
    watch_.show_screen({}, ScreenKind::kVga);
  }
}

bool CaseLogic::wants_vga() const {
  if (step_ >= scenario_.steps.size()) {
    return false;
  }
  const auto* expect = std::get_if<ExpectStep>(&scenario_.steps[step_].action);
  if (expect != nullptr) {
    return expect->on == MatchOn::kVga;
  }
  // A BIOS shows its text there at once; under UEFI its text comes on the serial line too.
  return bios_keyboard_ && std::holds_alternative<ReachStep>(scenario_.steps[step_].action);
}

std::optional<CaseLogic::Time> CaseLogic::vga_due() const {
  if (wants_vga()) {
    return Time::min();
  }
  const auto* expect = step_ < scenario_.steps.size()
                           ? std::get_if<ExpectStep>(&scenario_.steps[step_].action)
                           : nullptr;
  if (!awaits_output() || (expect != nullptr && expect->on == MatchOn::kSerial)) {
    return std::nullopt;
  }
  return serial_heard_ + watchdogs_.scaled(kSerialSilence);
}

bool CaseLogic::is_serial_silent(Time now) const {
  return now - serial_heard_ >= watchdogs_.scaled(kSerialSilence);
}

bool CaseLogic::answers_by_keyboard(Time now) const {
  return !vga_hidden_ && is_serial_silent(now) && (matched_on_vga_ || transcript_.end() == 0);
}

void CaseLogic::press_keys(std::string_view text, Time now) {
  note(now, "keyboard", "the serial line is silent");
  for (const char character : text) {
    std::string qcodes = qcodes_for(character);
    if (!qcodes.empty()) {
      actions_.emplace_back(PressKeys{std::move(qcodes)});
    }
  }
}

}  // namespace bootproof
