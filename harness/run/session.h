#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "harness/core/async.h"
#include "harness/run/case_clock.h"
#include "harness/run/case_logic.h"
#include "harness/run/case_session.h"
#include "harness/run/cpu_evidence.h"
#include "harness/run/kernel_prod.h"
#include "harness/run/machine_operator.h"
#include "harness/run/observed_boot.h"
#include "harness/run/own_screen.h"
#include "harness/vm/capped_log.h"
#include "harness/vm/machine.h"
#include "harness/vm/machine_files.h"

namespace bootproof {

/// How long the machine may take for what is asked of it once the case is decided.
inline constexpr std::chrono::seconds kEvidenceLimit{5};

/// One boot in progress: hears the machine, feeds the logic, keeps the logs.
class Session : public MachineListener {
 public:
  Session(const Cell& cell, const MachineSpec& spec, const MachineFiles& files,
          std::filesystem::path folder, double slowness, const asio::any_io_executor& executor,
          asio::thread_pool& pool, SessionHooks hooks, bool prods);

  void on_console(std::string_view bytes) override;
  void on_debug_port(std::string_view bytes) override;
  void on_trace(std::string_view bytes) override;
  void on_event(const QmpEvent& event) override;
  void on_exit(int exit_code, const std::string& error_output) override;

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
  /// Its machine is about to be ended for a problem of the host's: that QEMU goes says nothing
  /// then.
  void expect_end() { ending_ = true; }
  void close_logs();
  /// Adds to a failure what the medium's reads say of it.
  Task<void> judge_reads(asio::thread_pool& pool);
  [[nodiscard]] ObservedBoot& observed() { return observed_; }
  [[nodiscard]] const CaseLogic& logic() const { return logic_; }
  [[nodiscard]] Clock::time_point started() const { return started_; }
  /// When the case was decided, by the wall's clock.
  [[nodiscard]] Clock::time_point decided() const { return clock_.wall(logic_.decided_at()); }
  [[nodiscard]] const std::string& qemu_version() const { return qemu_version_; }
  [[nodiscard]] int log_problem() const { return serial_log_.problem(); }
  /// How long the verdict took from the bytes that decided it until the loop knew it.
  [[nodiscard]] std::chrono::milliseconds verdict_delay() const { return verdict_delay_; }
  [[nodiscard]] Properties properties() const;

 private:
  [[nodiscard]] Clock::time_point now() const { return clock_.at(Clock::now()); }
  Task<void> wait(Machine& machine, Clock::time_point deadline);
  Task<void> act(Machine& machine);
  Task<void> look_at_vga(Machine& machine);
  [[nodiscard]] std::optional<Clock::time_point> next_hang_check() const;
  Task<void> look_for_hang(Machine& machine);
  Task<void> question(Machine& machine);
  [[nodiscard]] Clock::time_point vga_due() const;
  Task<void> keep_kernel_log(Machine& machine, asio::thread_pool& pool);
  void judge_processors();
  void tell();

  const MachineSpec& spec_;
  const MachineFiles& files_;
  std::filesystem::path folder_;
  const Scenario& scenario_;
  CaseLogic logic_;
  std::optional<Verdict> corrected_;
  OwnScreen own_screen_;
  Wakeup wake_;
  CappedLog serial_log_;
  ObservedBoot observed_;
  std::unique_ptr<CappedLog> firmware_log_;
  SessionHooks hooks_;
  bool prods_;
  CpuEvidence cpus_;
  KernelProd prod_;
  Clock::time_point hang_looked_at_;  ///< When the processors were looked at last.
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
  std::chrono::milliseconds verdict_delay_{};
  int resets_ = 0;
  int countdowns_ = 0;
  Properties stages_;
};

}  // namespace bootproof
