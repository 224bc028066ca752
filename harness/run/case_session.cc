#include "harness/run/case_session.h"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "harness/core/files.h"
#include "harness/run/case_clock.h"
#include "harness/run/guest_log.h"
#include "harness/run/kernel_log_verdict.h"
#include "harness/run/machine_operator.h"
#include "harness/run/observed_boot.h"
#include "harness/vm/capped_log.h"
#include "harness/vm/json_fields.h"
#include "harness/vm/machine.h"
#include "harness/vm/machine_files.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using std::chrono::milliseconds;

constexpr milliseconds kVgaPeriod{250};
constexpr std::chrono::seconds kEvidenceLimit{5};
constexpr std::size_t kTailLines = 40;
/// How often it is looked whether time was lost; waking up once a second costs nothing.
constexpr std::chrono::seconds kHeartbeat{1};
constexpr std::chrono::seconds kTellLost{1};

/// One boot in progress: hears the machine, feeds the logic, keeps the logs.
class Session : public MachineListener {
 public:
  Session(const Cell& cell, const MachineSpec& spec, const MachineFiles& files, fs::path folder,
          double slowness, const asio::any_io_executor& executor, SessionHooks hooks)
      : spec_(spec),
        files_(files),
        folder_(std::move(folder)),
        scenario_(*cell.scenario),
        logic_(*cell.scenario, slowness, spec.firmware == Firmware::kSeabios, Clock::now()),
        wake_(executor),
        serial_log_(folder_ / "serial.log"),
        observed_(spec, folder_),
        hooks_(std::move(hooks)),
        started_(Clock::now()) {
    live_.full_id = cell.full_id();
    live_.started = started_;
    if (architecture_of(spec.machine) == Architecture::kX86_64) {
      firmware_log_ = std::make_unique<CappedLog>(folder_ / "firmware.log", 1U << 20U, 64U << 10U);
    }
  }

  void on_console(std::string_view bytes) override {
    serial_log_.write(bytes);
    observed_.timeline().console(bytes, Clock::now());
    logic_.on_console(bytes, now());
    wake_.notify();
  }
  void on_debug_port(std::string_view bytes) override {
    if (firmware_log_) {
      firmware_log_->write(bytes);
    }
    observed_.timeline().debug_port(bytes, Clock::now());
    logic_.on_debug_port(bytes, now());
    wake_.notify();
  }
  void on_trace(std::string_view bytes) override {
    if (!logic_.verdict() && observed_.trace(bytes)) {
      logic_.on_new_read(now());
    }
  }
  void on_event(const QmpEvent& event) override {
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
  void on_exit(int exit_code, const std::string& error_output) override {
    if (ending_) {
      wake_.notify();
      return;  // We ended it.
    }
    logic_.on_exit(exit_code, error_output, now());
    wake_.notify();
  }

  /// Lets the machine run until there is a verdict or somebody asks to stop.
  Task<void> drive(Machine& machine, StopRequest& stop);
  /// True where drive() ended since a step wants the machine started anew.
  [[nodiscard]] bool wants_cold_boot() const { return wants_cold_boot_; }
  [[nodiscard]] int boots() const { return boots_; }
  /// Ends a machine that is to be started again.
  Task<void> switch_off(Machine& machine);
  /// Writes what the machine still can tell.
  Task<void> keep_evidence(Machine& machine, asio::thread_pool& pool);
  /// The logic's verdict, corrected by what was read in the guest's memory; set once it is decided.
  [[nodiscard]] const std::optional<Verdict>& verdict() const {
    return corrected_ ? corrected_ : logic_.verdict();
  }

  void wake() { wake_.notify(); }
  void close_logs() {
    serial_log_.close();
    if (firmware_log_) {
      firmware_log_->close();
    }
  }
  /// Adds to a failure what the medium's reads say of it.
  Task<void> judge_reads(asio::thread_pool& pool) {
    auto settling = observed_.settle(pool);
    co_await std::move(settling);
    if (verdict()) {
      corrected_ = observed_.explain(*verdict());
    }
  }
  [[nodiscard]] ObservedBoot& observed() { return observed_; }
  [[nodiscard]] const CaseLogic& logic() const { return logic_; }
  [[nodiscard]] Clock::time_point started() const { return started_; }
  /// When the case was decided, by the wall's clock.
  [[nodiscard]] Clock::time_point decided() const { return clock_.wall(logic_.decided_at()); }
  [[nodiscard]] const std::string& qemu_version() const { return qemu_version_; }
  [[nodiscard]] int log_problem() const { return serial_log_.problem(); }
  /// How long the verdict took from the bytes that decided it until the loop knew it.
  [[nodiscard]] milliseconds verdict_delay() const { return verdict_delay_; }
  [[nodiscard]] Properties properties() const;

 private:
  [[nodiscard]] Clock::time_point now() const { return clock_.at(Clock::now()); }
  Task<void> wait(Machine& machine, Clock::time_point deadline);
  Task<void> act(Machine& machine);
  Task<void> look_at_vga(Machine& machine);
  Task<void> keep_kernel_log(Machine& machine, asio::thread_pool& pool);
  void tell();

  const MachineSpec& spec_;
  const MachineFiles& files_;
  fs::path folder_;
  const Scenario& scenario_;
  CaseLogic logic_;
  std::optional<Verdict> corrected_;
  Wakeup wake_;
  CappedLog serial_log_;
  ObservedBoot observed_;
  std::unique_ptr<CappedLog> firmware_log_;
  SessionHooks hooks_;
  CaseClock clock_;
  Clock::time_point accounted_;  ///< Up to when lost time was looked for.
  Clock::time_point started_;
  Clock::time_point next_vga_;
  LiveCase live_;
  std::string qemu_version_;
  std::string screen_problem_;
  std::string kernel_log_problem_;
  bool ending_ = false;
  std::optional<MachineOperator> operator_;  ///< Of the machine that runs.
  bool wants_cold_boot_ = false;
  int boots_ = 0;
  milliseconds verdict_delay_{};
  int resets_ = 0;
  int countdowns_ = 0;
  Properties stages_;
};

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
      auto pressing = machine.press(std::get<PressKeys>(action).qcodes);
      co_await std::move(pressing);
    }
  }
}

Task<void> Session::look_at_vga(Machine& machine) {
  auto reading = machine.vga_memory(folder_);
  const std::string memory = co_await std::move(reading);
  next_vga_ = Clock::now() + kVgaPeriod;
  logic_.on_vga(vga_text(memory), now());
  observed_.timeline().screen("vga", logic_.vga_screen(), Clock::now());
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
    const bool watches_vga = has_vga && logic_.wants_vga();
    if (watches_vga) {
      deadline = std::min(deadline, next_vga_);
    }
    co_await wait(machine, deadline);
    if (watches_vga && !machine.has_exited() && Clock::now() >= next_vga_) {
      co_await look_at_vga(machine);
    }
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

/// Reads the kernel's log in the memory of the stopped guest, which may say more than its console.
Task<void> Session::keep_kernel_log(Machine& machine, asio::thread_pool& pool) {
  if (!logic_.verdict() || !wants_kernel_log(*logic_.verdict())) {
    co_return;
  }
  auto reading = read_guest_log(machine, spec_, folder_, pool);
  const GuestLog guest = co_await std::move(reading);
  if (!guest.log || guest.log->records.empty()) {
    kernel_log_problem_ =
        guest.log && !guest.log->problems.empty() ? guest.log->problems.front() : guest.problem;
    co_return;
  }
  replace_file(folder_ / "kernel-log.txt", kernel_log_file(*guest.log));
  observed_.timeline().kernel_log(guest.log->records.size(), Clock::now());
  corrected_ = judge_by_kernel_log(*logic_.verdict(), *guest.log, scenario_, logic_.tolerated(),
                                   serial_console(spec_.machine),
                                   logic_.steps_passed() >= scenario_.steps.size());
}

Task<void> Session::keep_evidence(Machine& machine, asio::thread_pool& pool) {
  ending_ = true;
  replace_file(folder_ / "screen.txt", logic_.screen_text() + "\n");
  if (machine.has_exited()) {
    screen_problem_ = "QEMU had ended";
    co_return;
  }
  try {
    auto pausing = machine.command("stop", {}, kEvidenceLimit);
    co_await std::move(pausing);
    if (logic_.verdict()) {
      hooks_.paused(*logic_.verdict());
    }
    if (architecture_of(spec_.machine) == Architecture::kX86_64) {
      auto dumping = machine.screendump(folder_ / "screen.png");
      co_await std::move(dumping);
      auto reading = machine.vga_memory(folder_);
      const std::string memory = co_await std::move(reading);
      replace_file(folder_ / "vga.txt", vga_text(memory) + "\n");
    } else {
      screen_problem_ = "this machine has no display";
    }
  } catch (const Error& error) {
    screen_problem_ = error.message();  // Told in the properties; the verdict stands without it.
  }
  auto keeping = keep_kernel_log(machine, pool);
  co_await std::move(keeping);
}

Properties Session::properties() const {
  Properties out = stages_;
  out.emplace_back("resets", std::to_string(resets_));
  if (boots_ > 1) {
    out.emplace_back("boots", std::to_string(boots_));
  }
  out.emplace_back("countdowns-skipped", std::to_string(countdowns_));
  if (clock_.lost() >= kTellLost) {
    const std::chrono::duration<double> lost = clock_.lost();
    out.emplace_back("time-not-counted", fmt::format("{:.1f} s: the host was too busy, or the "
                                                     "harness was stopped",
                                                     lost.count()));
  }
  if (!screen_problem_.empty()) {
    out.emplace_back("screen", "not recorded: " + screen_problem_);
  }
  const Properties unseen = observed_.properties();
  out.insert(out.end(), unseen.begin(), unseen.end());
  if (!kernel_log_problem_.empty()) {
    out.emplace_back("kernel-log", "not recorded: " + kernel_log_problem_);
  }
  if (!qemu_version_.empty()) {
    out.emplace_back("qemu-version", qemu_version_);
  }
  return out;
}

Verdict interrupted_verdict(const StopRequest& stop, const CaseLogic& logic) {
  Verdict verdict;
  verdict.outcome = Outcome::kError;
  verdict.cause = "host.interrupted";
  verdict.stage = name_of(logic.stage());
  verdict.message = fmt::format("ended before it was decided: {}", stop.reason());
  verdict.hint = "run it again; what had been seen until then is in the folder";
  return verdict;
}

}  // namespace

void StopRequest::request(std::string reason) {
  if (requested()) {
    return;
  }
  reason_ = std::move(reason);
  for (const auto& [number, listener] : listeners_) {
    listener();
  }
}

int StopRequest::listen(std::function<void()> listener) {
  listeners_.emplace(++last_, std::move(listener));
  return last_;
}

void StopRequest::forget(int number) { listeners_.erase(number); }

Verdict error_verdict(std::string cause, const Error& error) {
  Verdict verdict;
  verdict.outcome = Outcome::kError;
  verdict.cause = std::move(cause);
  verdict.message = error.message();
  verdict.hint = error.hint();
  return verdict;
}

Task<SessionResult> run_session(const Cell& cell, MachineSpec spec, fs::path folder,
                                double slowness, asio::thread_pool& pool, StopRequest& stop,
                                SessionHooks hooks) {
  auto executor = co_await asio::this_coro::executor;
  SessionResult result;
  result.attempt.started = std::chrono::system_clock::now();
  const Clock::time_point began = Clock::now();
  MachineFiles files;
  const std::function<MediumFacts()> medium = hooks.medium;
  Session session(cell, spec, files, folder, slowness, executor, std::move(hooks));
  session.observed().ask(pool, medium);
  const int listener = stop.listen([&session] { session.wake(); });
  std::optional<Verdict> problem;
  bool started = false;
  try {
    auto preparing =
        offload(pool, [&spec, &folder] { return prepare_machine_files(spec, folder); });
    files = co_await std::move(preparing);
    replace_file(folder / "repro.sh", repro_script(spec, files));
    fs::permissions(folder / "repro.sh", fs::perms::owner_exec, fs::perm_options::add);
    auto body = [&session, &stop, &started, &pool](Machine& machine) -> Task<void> {
      started = true;
      auto driving = session.drive(machine, stop);
      co_await std::move(driving);
      if (session.wants_cold_boot()) {
        auto switching = session.switch_off(machine);
        co_await std::move(switching);
        co_return;
      }
      auto keeping = session.keep_evidence(machine, pool);
      co_await std::move(keeping);
    };
    do {
      const fs::path logs =
          session.boots() == 0 ? folder : folder / fmt::format("boot-{}", session.boots() + 1);
      create_folders(logs);
      session.observed().expect_machine(files);
      auto booting = with_machine(spec, files, logs, session, body);
      co_await std::move(booting);
    } while (session.wants_cold_boot() && !session.logic().verdict());
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kHost) {
      stop.forget(listener);
      throw;
    }
    problem = error_verdict(started ? "host.failed" : "host.qemu-did-not-start", error);
  }
  stop.forget(listener);
  session.close_logs();
  remove_machine_files(files);

  auto judging = session.judge_reads(pool);
  co_await std::move(judging);
  const CaseLogic& logic = session.logic();
  const bool decided = logic.verdict() && (started || !problem);
  if (decided) {
    result.attempt.verdict = *session.verdict();
    result.attempt.duration =
        std::chrono::duration_cast<milliseconds>(session.decided() - session.started());
  } else {
    result.attempt.verdict = problem ? *problem : interrupted_verdict(stop, logic);
    result.attempt.duration = std::chrono::duration_cast<milliseconds>(Clock::now() - began);
  }
  if (session.log_problem() != 0) {
    result.attempt.verdict =
        error_verdict("host.evidence-lost",
                      system_error(fmt::format("cannot write {}", (folder / "serial.log").string()),
                                   session.log_problem()));
  }
  session.observed().finish(result.attempt.verdict);
  result.console_tail = logic.last_lines(kTailLines);
  result.properties = session.properties();
  if (decided) {
    const auto ending = std::chrono::duration_cast<milliseconds>(Clock::now() - session.decided());
    result.properties.emplace_back("verdict-delay-ms",
                                   std::to_string(session.verdict_delay().count()));
    result.properties.emplace_back("ending-ms", std::to_string(ending.count()));
  }
  co_return result;
}

}  // namespace bootproof
