#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/core/words.h"
#include "harness/run/observer.h"
#include "harness/run/plan.h"
#include "harness/run/prediction.h"
#include "harness/vm/accelerator.h"
#include "reports/junit.h"
#include "reports/result.h"
#include "scenarios/scenario.h"

namespace bootproof {

/// What `bootproof run` was told.
struct RunOptions {
  std::filesystem::path out;                     ///< The run folder.
  std::optional<std::filesystem::path> junit;    ///< A copy of `junit.xml` for the CI server.
  JunitDialect dialect = JunitDialect::kCommon;  ///< Of both.
  unsigned jobs = 0;                             ///< Machines at once; 0: one per CPU.
  AcceleratorChoice accelerator;
  bool fail_fast = false;  ///< The first failure or error ends the run.
  unsigned retries = 0;    ///< Further tries for a case that failed or ended in an error.
  bool strict = false;     ///< What this host lacks is an error, not a skipped case.
  bool skip_countdowns = true;
  /// Cases that are foretold not to boot are booted and have to fail as foretold.
  bool proves_impossible = false;
  /// A kernel that lives and hangs is asked what it does (KernelProd).
  bool prods = true;
  /// Inspections that were made before; null: none.
  std::shared_ptr<Predictions> predictions;
  Properties properties;  ///< Further ones of the run, such as which shard it is.
  std::string version;    ///< bootproof's own, for the reports.
};

/// How a run ended.
struct RunOutcome {
  RunResult result;
  int signal = 0;
};

/// Runs cells and writes the run folder: prepares media, boots cells at once within the budget of
/// CPUs and memory, longest first, tries again, checks the digests, writes `events.jsonl`,
/// `verdict.json` per case, `run.json` and `junit.xml`. `cells` and what they point to must outlive
/// the call.
///
/// SIGINT, SIGTERM and SIGHUP end all machines; evidence and reports are still written,
/// `interrupted` is set and `signal` tells which it was. Throws Error: kScenario for media that
/// can't be images, kHost where the run folder can't be written.
RunOutcome run_cells(const ScenarioFile& file, const std::vector<Cell>& cells,
                     const RunOptions& options, RunObserver& observer);

/// The program's exit code for a run: 0 all passed (or skipped), 1 something failed, 3 an error of
/// the host or harness, 128 + signal when interrupted.
int exit_code_of(const RunOutcome& outcome);

}  // namespace bootproof
