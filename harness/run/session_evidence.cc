#include <fmt/format.h>
#include <fmt/ranges.h>

#include "harness/core/files.h"
#include "harness/run/cpu_verdict.h"
#include "harness/run/guest_log.h"
#include "harness/run/kernel_log_verdict.h"
#include "harness/run/session.h"
#include "harness/vm/gdb_script.h"

// What a session keeps of its machine once the case is decided.

namespace bootproof {
namespace {

constexpr std::chrono::seconds kTellLost{1};

}  // namespace

/// Looks at the processors of a guest that failed without saying why, while it still runs, and asks
/// its kernel.
Task<void> Session::question(Machine& machine) {
  if (!logic_.verdict() || !wants_cpu_state(*logic_.verdict())) {
    co_return;
  }
  auto sampling = cpus_.sample(machine);
  co_await std::move(sampling);
  if (prods_ && wants_prodding(*logic_.verdict())) {
    auto prodding = prod_.prod(machine, wake_);
    co_await std::move(prodding);
  }
}

/// The verdict with what the processors and the prodded kernel told.
void Session::judge_processors() {
  if (!verdict() || !wants_cpu_state(*logic_.verdict())) {
    return;
  }
  cpus_.write(folder_);
  corrected_ =
      judge_by_cpus(*verdict(), cpus_.findings(), scenario_, logic_.has_passed_all_steps());
  const std::vector<std::string> said = prod_.evidence();
  corrected_->evidence.insert(corrected_->evidence.end(), said.begin(), said.end());
}

/// Reads the kernel's log in the memory of the stopped guest, which may say more than its console.
Task<void> Session::keep_kernel_log(Machine& machine, asio::thread_pool& pool) {
  if (!logic_.verdict() || !wants_kernel_log(*logic_.verdict())) {
    co_return;
  }
  auto reading = read_guest_log(machine, spec_, folder_, pool, cpus_.addresses());
  const GuestLog guest = co_await std::move(reading);
  cpus_.set_symbols(guest.symbols);
  if (!guest.log || guest.log->records.empty()) {
    kernel_log_problem_ =
        guest.log && !guest.log->problems.empty() ? guest.log->problems.front() : guest.problem;
    co_return;
  }
  replace_file(folder_ / "kernel-log.txt", kernel_log_file(*guest.log));
  if (!guest.symbols_elf.empty()) {
    replace_file(folder_ / kKernelSymbolsFile, guest.symbols_elf);
  }
  observed_.timeline().kernel_log(guest.log->records.size(), Clock::now());
  corrected_ = judge_by_kernel_log(*logic_.verdict(), *guest.log, scenario_, logic_.tolerated(),
                                   serial_console(spec_.machine), logic_.has_passed_all_steps(),
                                   hooks_.own, logic_.serial_stage());
}

Task<void> Session::keep_evidence(Machine& machine, asio::thread_pool& pool) {
  ending_ = true;
  replace_file(folder_ / "screen.txt", logic_.screen_text() + "\n");
  if (machine.has_exited()) {
    screen_problem_ = "QEMU had ended";
    co_return;
  }
  auto questioning = question(machine);
  co_await std::move(questioning);
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
      const bool is_lost = logic_.verdict() && logic_.verdict()->outcome == Outcome::kFailed;
      auto looking =
          own_screen_.look(machine, is_lost ? GridSearch::kAnywhere : GridSearch::kNowAndThen);
      const std::string text = co_await std::move(looking);
      replace_file(folder_ / "vga.txt", text + "\n");
    } else {
      screen_problem_ = "this machine has no display";
    }
  } catch (const Error& error) {
    screen_problem_ = error.message();  // Told in the properties; the verdict stands without it.
  }
  auto keeping = keep_kernel_log(machine, pool);
  co_await std::move(keeping);
  judge_processors();
}

Task<void> Session::judge_reads(asio::thread_pool& pool) {
  auto settling = observed_.settle(pool);
  co_await std::move(settling);
  if (verdict()) {
    corrected_ = observed_.explain(*verdict());
  }
}

Properties Session::properties() const {
  Properties out = stages_;
  out.emplace_back("resets", std::to_string(resets_));
  if (boots_ > 1) {
    out.emplace_back("boots", std::to_string(boots_));
  }
  out.emplace_back("countdowns-skipped", std::to_string(countdowns_));
  if (!logic_.tolerated().empty()) {
    out.emplace_back("tolerated", fmt::format("{}", fmt::join(logic_.tolerated(), " ")));
  }
  if (const std::vector<std::string> ignored = logic_.ignored(); !ignored.empty()) {
    out.emplace_back("ignored", fmt::format("{}", fmt::join(ignored, " ")));
  }
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
  if (own_screen_.pictures() > 0) {
    const std::chrono::duration<double, std::milli> spent = own_screen_.spent();
    out.emplace_back(
        "own-screen",
        fmt::format("{} pictures, {:.1f} ms{}{}", own_screen_.pictures(), spent.count(),
                    own_screen_.problem().empty() ? "" : "; ", own_screen_.problem()));
  }
  if (!kernel_log_problem_.empty()) {
    out.emplace_back("kernel-log", "not recorded: " + kernel_log_problem_);
  }
  if (!qemu_version_.empty()) {
    out.emplace_back("qemu-version", qemu_version_);
  }
  return out;
}

}  // namespace bootproof
