#pragma once

#include <boost/json/object.hpp>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "harness/core/async.h"
#include "harness/vm/machine_spec.h"
#include "harness/vm/qmp_codec.h"

namespace bootproof {

/// What a machine tells while it runs. Called from the io_context's thread, between awaits of the
/// owner.
class MachineListener {
 public:
  virtual ~MachineListener() = default;
  /// Bytes from the serial line.
  virtual void on_console(std::string_view bytes) = 0;
  /// Bytes from the firmware's debug port (x86).
  virtual void on_debug_port(std::string_view bytes) = 0;
  /// Lines of QEMU's log: nodes that are opened, reads of media, changes of the run state, and on
  /// x86 the processors at each reset. In pieces of any size; no reads where QEMU has no trace in
  /// text.
  virtual void on_trace(std::string_view /*bytes*/) {}
  /// An event of the monitor.
  virtual void on_event(const QmpEvent& event) = 0;
  /// QEMU has ended: its exit code (128 + signal number) and the last of its stderr.
  virtual void on_exit(int exit_code, const std::string& error_output) = 0;
};

/// A QEMU that runs one machine. Start it with Machine::start, let it run with resume(), and end it
/// with stop(), which must be awaited before the machine goes; with_machine() does all of that.
/// QEMU dies with this process however that ends. What the serial line and the debug port
/// say comes through pipes, what is sent to serial line and monitor goes through socket pairs, all
/// inherited: no socket files, no lost first bytes.
class Machine {
 public:
  /// Starts QEMU paused and shakes hands with its monitor. `log_folder` gets `qmp.log` and
  /// `qemu.log` (stderr). Throws Error (kHost) "QEMU did not start: ..." that quotes its stderr.
  static Task<std::unique_ptr<Machine>> start(MachineSpec spec, MachineFiles files,
                                              std::filesystem::path log_folder,
                                              MachineListener& listener);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// Lets the guest run (`cont`).
  Task<void> resume();
  /// A monitor command; gives its answer's `return`. Throws Error (kHost) where the monitor refuses
  /// it, is gone or does not answer within `limit`.
  Task<boost::json::object> command(std::string name, boost::json::object arguments,
                                    std::chrono::milliseconds limit = std::chrono::seconds(10));
  /// The answer of a command of QEMU's human monitor, `info registers -a`, as processor `cpu` sees
  /// it. Throws as command() does.
  Task<std::string> ask_monitor(std::string line, unsigned cpu = 0);
  /// Queues bytes for the serial line; they are written as fast as the guest takes them.
  void send_console(std::string_view bytes);
  /// Kills QEMU, waits for its end and delivers what its streams still held. May be called twice.
  Task<void> stop();

  [[nodiscard]] const std::string& qemu_version() const;
  [[nodiscard]] const std::vector<std::string>& command_line() const;
  [[nodiscard]] bool has_exited() const;
  /// How long QEMU was ready to run but got no CPU since the last call: of its threads the one that
  /// waited longest. Zero where the host does not tell (/proc/PID/task/*/schedstat).
  [[nodiscard]] std::chrono::nanoseconds starved();

  /// The machine's own screen as PNG, written to `file`. Throws Error where there is no display.
  Task<void> screendump(std::filesystem::path file);
  /// The same as PPM (P6), read through a temporary file in `folder`.
  Task<std::string> picture(std::filesystem::path folder);
  /// The 4000 bytes of VGA text memory, read through a temporary file in `folder`.
  Task<std::string> vga_memory(std::filesystem::path folder);
  /// Presses keys together on the machine's keyboard. `qcodes`: names joined by '-'.
  /// They are held for `hold`; QEMU plays what it was told before first.
  Task<void> press(std::string qcodes,
                   std::chrono::milliseconds hold = std::chrono::milliseconds(100));

 private:
  Task<boost::json::object> reply_to(std::string name, boost::json::object arguments,
                                     std::chrono::milliseconds limit);

  struct Impl;
  explicit Machine(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Starts a machine, awaits `body(machine)` and stops it in any case; an exception of the body is
/// passed on after the end of QEMU.
template <typename Body>
Task<void> with_machine(MachineSpec spec, MachineFiles files, std::filesystem::path log_folder,
                        MachineListener& listener, Body& body) {
  auto starting =
      Machine::start(std::move(spec), std::move(files), std::move(log_folder), listener);
  const std::unique_ptr<Machine> machine = co_await std::move(starting);
  std::exception_ptr problem;
  try {
    auto task = body(*machine);
    co_await std::move(task);
  } catch (...) {
    problem = std::current_exception();
  }
  co_await machine->stop();
  if (problem) {
    std::rethrow_exception(problem);
  }
}

}  // namespace bootproof
