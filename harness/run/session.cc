#include "harness/run/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/value.hpp>

#include "harness/vm/json_fields.h"

namespace bootproof {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds kVgaPeriod{250};
/// Pictures of a graphics mode cost some milliseconds each.
constexpr milliseconds kPicturePeriod{1'000};
/// When no picture could be taken.
constexpr std::chrono::seconds kBlindPeriod{5};
/// Keys of a text are held as long, and pressed as long after each other.
constexpr milliseconds kKeyHold{20};
/// QEMU queues some hundred events of the keyboard: so many keys are pressed before it gets time.
constexpr int kKeysAtOnce = 32;
/// How often it is looked whether time was lost; waking up once a second costs nothing.
constexpr std::chrono::seconds kHeartbeat{1};
/// How often the processors of a silent guest are looked at.
constexpr std::chrono::seconds kHangPeriod{2};

}  // namespace

Session::Session(const Cell& cell, const MachineSpec& spec, const MachineFiles& files,
                 std::filesystem::path folder, double slowness,
                 const asio::any_io_executor& executor, asio::thread_pool& pool, SessionHooks hooks,
                 bool prods)
    : spec_(spec),
      files_(files),
      folder_(std::move(folder)),
      scenario_(*cell.scenario),
      logic_(*cell.scenario, slowness, spec.firmware == Firmware::kSeabios, Clock::now(),
             hooks.own),
      own_screen_(folder_, pool),
      wake_(executor),
      serial_log_(folder_ / "serial.log"),
      observed_(spec, folder_),
      hooks_(std::move(hooks)),
      prods_(prods),
      started_(Clock::now()) {
  observed_.ask(pool, hooks_.medium);
  live_.full_id = cell.full_id();
  live_.started = started_;
  if (architecture_of(spec.machine) == Architecture::kX86_64) {
    firmware_log_ = std::make_unique<CappedLog>(folder_ / "firmware.log", 1U << 20U, 64U << 10U);
  }
}

void Session::on_console(std::string_view bytes) {
  serial_log_.write(bytes);
  observed_.timeline().console(bytes, Clock::now());
  if (prod_.is_active()) {
    prod_.hear(bytes);
  }
  logic_.on_console(bytes, now());
  wake_.notify();
}

void Session::on_debug_port(std::string_view bytes) {
  if (firmware_log_) {
    firmware_log_->write(bytes);
  }
  observed_.timeline().debug_port(bytes, Clock::now());
  logic_.on_debug_port(bytes, now());
  wake_.notify();
}

void Session::on_trace(std::string_view bytes) {
  cpus_.on_trace(bytes);
  if (!logic_.verdict() && observed_.trace(bytes)) {
    logic_.on_new_read(now());
  }
}

void Session::on_event(const QmpEvent& event) {
  observed_.timeline().machine_event(event, Clock::now());
  const json::value* guest = event.data.if_contains("guest");
  const bool by_guest = guest != nullptr && guest->is_bool() && guest->as_bool();
  if (event.name == "RESET" && by_guest) {
    ++resets_;
    logic_.on_reset(now());
  } else if (event.name == "RESET") {
    logic_.on_reset_button(now());
  } else if (event.name == "SHUTDOWN" && by_guest) {
    logic_.on_guest_shutdown(now());
  }
  wake_.notify();
}

void Session::on_exit(int exit_code, const std::string& error_output) {
  if (ending_) {
    wake_.notify();
    return;  // We ended it.
  }
  logic_.on_exit(exit_code, error_output, now());
  wake_.notify();
}

void Session::close_logs() {
  serial_log_.close();
  if (firmware_log_) {
    firmware_log_->close();
  }
}

void Session::tell() {
  for (CaseNote& note : logic_.take_notes()) {
    note.when = clock_.wall(note.when);
    if (note.kind == "stage" && !note.text.empty()) {
      const std::chrono::duration<double> age = note.when - started_;
      stages_.emplace_back(fmt::format("reached.{}", note.text),
                           fmt::format("{:.2f} s", age.count()));
    } else if (note.kind == "countdown-skipped") {
      ++countdowns_;
    }
    observed_.timeline().note(note);
    hooks_.noted(note);
  }
  live_.stage = name_of(logic_.stage());
  live_.last_line = logic_.last_lines(1);
  hooks_.changed(live_);
}

Task<void> Session::act(Machine& machine) {
  int pressed = 0;
  for (const CaseAction& action : logic_.take_actions()) {
    observed_.timeline().action(action, Clock::now());
    if (const auto* send = std::get_if<SendSerial>(&action)) {
      machine.send_console(send->bytes);
    } else if (const auto* operation = std::get_if<OperateMachine>(&action)) {
      if (operation->what == OperateMachine::What::kColdBoot) {
        wants_cold_boot_ = true;
        ending_ = true;  // We end this machine.
        co_return;
      }
      auto operating = operator_->operate(machine, *operation);
      co_await std::move(operating);
    } else {
      auto pressing = machine.press(std::get<PressKeys>(action).qcodes, kKeyHold);
      co_await std::move(pressing);
      if (++pressed % kKeysAtOnce == 0) {
        auto playing = pause_for(2 * kKeysAtOnce * kKeyHold);
        co_await std::move(playing);
      }
    }
  }
}

/// When the machine's own screen is to be looked at, by the wall's clock.
Clock::time_point Session::vga_due() const {
  const std::optional<Clock::time_point> due = logic_.vga_due();
  if (!due) {
    return Clock::time_point::max();
  }
  return *due == Clock::time_point::min() ? next_vga_ : std::max(next_vga_, clock_.wall(*due));
}

/// A picture that can't be taken, on a full disk perhaps, ends no boot.
Task<void> Session::look_at_vga(Machine& machine) {
  std::string text;
  try {
    auto looking = own_screen_.look(machine);
    text = co_await std::move(looking);
  } catch (const Error& error) {
    screen_problem_ = error.message();
    next_vga_ = Clock::now() + kBlindPeriod;
    co_return;
  }
  const bool is_cheap = own_screen_.is_text_mode() && logic_.wants_vga();
  next_vga_ = Clock::now() + (is_cheap ? kVgaPeriod : kPicturePeriod);
  logic_.on_vga(std::move(text), now());
  observed_.timeline().screen("vga", logic_.vga_screen(), Clock::now());
}

/// When the processors of the guest are to be looked at, which has been silent.
std::optional<Clock::time_point> Session::next_hang_check() const {
  const std::optional<Clock::time_point> suspicion = logic_.suspicion_at();
  return suspicion ? std::optional(std::max(clock_.wall(*suspicion), hang_looked_at_ + kHangPeriod))
                   : std::nullopt;
}

Task<void> Session::look_for_hang(Machine& machine) {
  const std::optional<Clock::time_point> at = next_hang_check();
  if (!at || Clock::now() < *at) {
    co_return;
  }
  hang_looked_at_ = Clock::now();
  if (machine.has_exited()) {
    co_return;
  }
  auto looking = cpus_.look_for_hang(machine);
  const std::string cause = co_await std::move(looking);
  if (cause.empty()) {
    co_return;
  }
  std::string screen;
  if (architecture_of(spec_.machine) == Architecture::kX86_64) {
    try {
      auto reading = own_screen_.look(machine);
      screen = co_await std::move(reading);
    } catch (const Error& error) {
      screen_problem_ = error.message();
    }
  }
  logic_.on_hang(cause, std::move(screen), now());
}

/// Waits for news, at most until `deadline` of the wall's clock. What was lost meanwhile moves all
/// limits on: a harness that was stopped reads first what its guest has said.
Task<void> Session::wait(Machine& machine, Clock::time_point deadline) {
  const Clock::time_point planned = std::min(deadline, Clock::now() + kHeartbeat);
  co_await wake_.wait_until(planned);
  const Clock::time_point woken = Clock::now();
  if (woken >= planned || woken - accounted_ >= kHeartbeat) {
    clock_.account(woken - accounted_, woken - planned, machine.starved());
    accounted_ = woken;
  }
}

Task<void> Session::drive(Machine& machine, StopRequest& stop) {
  qemu_version_ = machine.qemu_version();
  accounted_ = Clock::now();
  if (boots_++ == 0) {
    started_ = accounted_;
    live_.started = started_;
  }
  ending_ = false;
  operator_.emplace(spec_, files_);
  observed_.begin(boots_, qemu_version_);
  co_await machine.resume();
  if (std::exchange(wants_cold_boot_, false)) {
    logic_.on_power_on(now());
  }
  const bool has_vga = architecture_of(spec_.machine) == Architecture::kX86_64;
  while (!logic_.verdict() && !stop.requested()) {
    co_await act(machine);
    if (wants_cold_boot_) {
      co_return;
    }
    Clock::time_point deadline = clock_.wall(logic_.next_deadline());
    deadline = std::min(deadline, next_hang_check().value_or(deadline));
    if (has_vga) {
      deadline = std::min(deadline, vga_due());
    }
    co_await wait(machine, deadline);
    if (has_vga && !machine.has_exited() && Clock::now() >= vga_due()) {
      co_await look_at_vga(machine);
    }
    co_await look_for_hang(machine);
    logic_.tick(now());
    observed_.turn(logic_);
    tell();
  }
  verdict_delay_ = std::chrono::duration_cast<milliseconds>(Clock::now() - decided());
}

/// Lets QEMU write to its files what it holds of the disks: what a guest has written is to be there
/// after the cold boot, and it is not QEMU's cache that is under test.
Task<void> Session::switch_off(Machine& machine) {
  if (machine.has_exited()) {
    co_return;
  }
  auto quitting = machine.command("quit", {}, kEvidenceLimit);
  co_await std::move(quitting);
  const Clock::time_point deadline = Clock::now() + kEvidenceLimit;
  while (!machine.has_exited() && Clock::now() < deadline) {
    co_await wake_.wait_until(deadline);
  }
}

}  // namespace bootproof
