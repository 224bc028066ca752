#include "harness/run/case_session.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "harness/core/files.h"
#include "harness/run/medium_symbols.h"
#include "harness/run/session.h"
#include "harness/run/verdict_basis.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::size_t kTailLines = 40;

/// A kernel was started, and a person may want to look at it by gdb.
bool wants_kernel_names(const Verdict& verdict) {
  return verdict.outcome == Outcome::kFailed && stage_named(verdict.stage) >= Stage::kKernelLoad;
}

Verdict interrupted_verdict(const StopRequest& stop, const CaseLogic& logic) {
  Verdict verdict;
  verdict.outcome = Outcome::kError;
  verdict.cause = "host.interrupted";
  verdict.stage = name_of(logic.stage());
  verdict.message = fmt::format("ended before it was decided: {}", stop.reason());
  verdict.hint = "run it again; what had been seen until then is in the folder";
  set_basis(verdict, nullptr);
  return verdict;
}

}  // namespace

Task<SessionResult> run_session(const Cell& cell, MachineSpec spec, fs::path folder,
                                double slowness, asio::thread_pool& pool, StopRequest& stop,
                                SessionHooks hooks, bool prods) {
  auto executor = co_await asio::this_coro::executor;
  SessionResult result;
  result.attempt.started = std::chrono::system_clock::now();
  const Clock::time_point began = Clock::now();
  MachineFiles files;
  Session session(cell, spec, files, folder, slowness, executor, pool, std::move(hooks), prods);
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
      try {
        auto driving = session.drive(machine, stop);
        co_await std::move(driving);
      } catch (...) {
        session.expect_end();
        throw;
      }
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
    if (session.verdict() && wants_kernel_names(*session.verdict())) {
      session.close_logs();  // It is read which kernel ran.
      const auto keep = [&spec, &folder] { keep_medium_symbols(spec, folder); };
      auto naming = offload(pool, keep);
      co_await std::move(naming);
    }
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
