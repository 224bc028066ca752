#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/run/runner.h"

namespace CLI {
class App;
}

namespace bootproof {

/// The options of commands that run cases: `run` and `boot`.
struct RunFlags {
  std::string out;
  std::string junit;
  std::string junit_dialect = "common";
  std::string accelerator = "auto";
  std::vector<std::string> causes;  ///< Files of causes of the user's own.
  unsigned jobs = 0;
  unsigned retries = 0;
  bool fail_fast = false;
  bool keep_going = false;
  bool json = false;
  bool proves_impossible = false;
  bool strict = false;
  bool no_prod = false;
  bool quiet = false;
  bool diagnose = false;
};

/// Declares them.
void add_run_options(CLI::App& app, RunFlags& flags);

/// The scenario file and the images, kernels and initrds that it names: what no report may replace.
std::vector<std::filesystem::path> inputs_of(const ScenarioFile& file);

/// What they say, with `out` where no run folder was named. `inputs`: files that a report must not
/// replace. Chooses the accelerator: may take seconds the first time. Throws Error (kUsage).
RunOptions run_options_of(const RunFlags& flags, const std::filesystem::path& out,
                          std::span<const std::filesystem::path> inputs);

/// What `--diagnose` prints below the table: each case that did not pass, the chain that was
/// foretold beside the one that was seen, evidence, what to do, and what its folder holds. Empty
/// without the flag, and with `--json`.
std::string diagnosis_of(const RunFlags& flags, const RunResult& run,
                         const std::filesystem::path& folder);

/// Prints a run on stdout: as JSON, or `text` and where the report of its folder is.
void print_run(const RunResult& run, bool as_json, std::string_view text,
               const std::filesystem::path& folder);

/// Runs the cells with progress on stderr, unless told to be quiet.
RunOutcome run_with_status(const ScenarioFile& file, const std::vector<Cell>& cells,
                           const RunOptions& options, bool is_quiet);

}  // namespace bootproof
