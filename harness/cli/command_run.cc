#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/accelerator_option.h"
#include "harness/cli/command.h"
#include "harness/cli/scenario_input.h"
#include "harness/cli/status_observer.h"
#include "harness/cli/terminal.h"
#include "harness/core/files.h"
#include "harness/run/runner.h"
#include "reports/run_json.h"
#include "reports/table.h"

namespace bootproof {
namespace {

constexpr const char* kJenkins = "jenkins-xunit";

struct RunFlags {
  ScenarioInput input;
  std::string out;
  std::string junit;
  std::string junit_dialect = "common";
  std::string accelerator = "auto";
  unsigned jobs = 0;
  unsigned retries = 0;
  bool fail_fast = false;
  bool keep_going = false;
  bool json = false;
  bool keep_countdowns = false;
  bool quiet = false;
};

/// Where the further JUnit copy goes. Reports are written by renaming, which would replace a device
/// or the scenario itself: only a regular file or none may stand there, and links are followed.
std::filesystem::path junit_target(const std::string& name, const std::string& scenario_file) {
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(name, code);
  if (!std::filesystem::exists(status)) {
    return name;
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(ErrorKind::kUsage, fmt::format("--junit {} is no regular file", name),
                "name a file that does not exist yet, or an earlier report");
  }
  if (std::filesystem::equivalent(name, scenario_file, code)) {
    throw Error(ErrorKind::kUsage, fmt::format("--junit {} is the scenario file itself", name),
                "name another file for the report");
  }
  return std::filesystem::canonical(name);
}

int run(const RunFlags& flags) {
  const ChosenCells chosen = choose_cells(flags.input);
  RunOptions options;
  options.out = flags.out.empty() ? std::filesystem::path("out") / chosen.file->file.stem()
                                  : std::filesystem::path(flags.out);
  if (!flags.junit.empty()) {
    options.junit = junit_target(flags.junit, flags.input.file);
  }
  options.dialect =
      flags.junit_dialect == kJenkins ? JunitDialect::kJenkinsXunit : JunitDialect::kCommon;
  options.jobs = flags.jobs;
  options.retries = flags.retries;
  options.fail_fast = flags.fail_fast;
  options.skip_countdowns = !flags.keep_countdowns;
  options.version = BOOTPROOF_VERSION;
  options.accelerator = choose_accelerator(parse_accelerator(flags.accelerator), cache_folder());

  StatusObserver status(stderr_is_terminal());
  RunObserver silent;
  const RunOutcome outcome = run_cells(*chosen.file, chosen.cells, options,
                                       flags.quiet ? silent : static_cast<RunObserver&>(status));
  if (flags.json) {
    std::fputs(run_json(outcome.result).c_str(), stdout);
  } else {
    std::fputs(closing_text(outcome.result, options.out.string(), stdout_style()).c_str(), stdout);
    fmt::print("report: {}\n", (options.out / "junit.xml").string());
  }
  return exit_code_of(outcome);
}

}  // namespace

std::function<int()> set_up_run(CLI::App& app) {
  auto flags = std::make_shared<RunFlags>();
  add_scenario_options(app, flags->input);
  add_accelerator_option(app, flags->accelerator);
  app.add_option("-j,--jobs", flags->jobs,
                 "machines at once (default: one per CPU, less where memory is short)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app.add_option("--out", flags->out, "the run folder (default: out/NAME-OF-THE-FILE)")
      ->type_name("DIR");
  app.add_option("--junit", flags->junit, "a further copy of the JUnit report")->type_name("FILE");
  app.add_option("--junit-dialect", flags->junit_dialect,
                 "common (Jenkins's junit step, GitLab, GitHub reporters), or jenkins-xunit for "
                 "Jenkins's xUnit plugin, which refuses properties of a test case")
      ->check(CLI::IsMember({"common", kJenkins}))
      ->type_name("NAME");
  app.add_option("--retries", flags->retries,
                 "further tries for a case that fails; a pass on retry is marked flaky")
      ->type_name("N")
      ->check(CLI::Range(0, 100));
  auto* fast = app.add_flag("--fail-fast", flags->fail_fast, "end the run at the first failure");
  app.add_flag("--keep-going", flags->keep_going, "run all cases whatever fails (the default)")
      ->excludes(fast);
  app.add_flag("--keep-countdowns", flags->keep_countdowns,
               "wait for the countdowns of firmware and loaders instead of skipping them");
  app.add_flag("--json", flags->json, "print the result as JSON instead of a table");
  app.add_flag("-q,--quiet", flags->quiet, "no progress on stderr");
  return [flags] { return run(*flags); };
}

}  // namespace bootproof
