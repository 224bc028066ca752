#include "harness/cli/run_flags.h"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <system_error>
#include <variant>

#include "harness/cli/accelerator_option.h"
#include "harness/cli/scenario_input.h"
#include "harness/cli/status_observer.h"
#include "harness/cli/terminal.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/run/case_evidence.h"
#include "harness/run/own_causes.h"
#include "reports/case_diagnosis.h"
#include "reports/run_json.h"

namespace bootproof {
namespace {

constexpr const char* kJenkins = "jenkins-xunit";

/// Where the further JUnit copy goes. Reports are written by renaming, which would replace a
/// device, the scenario itself or an image: only a regular file or none may stand there, and links
/// are followed.
std::filesystem::path junit_target(const std::string& name,
                                   std::span<const std::filesystem::path> inputs) {
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(name, code);
  if (!std::filesystem::exists(status)) {
    return name;
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw Error(ErrorKind::kUsage, fmt::format("--junit {} is no regular file", name),
                "name a file that does not exist yet, or an earlier report");
  }
  for (const std::filesystem::path& input : inputs) {
    if (std::filesystem::equivalent(name, input, code)) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("--junit {} is {}, which the run reads", name, input.string()),
                  "name another file for the report");
    }
  }
  return std::filesystem::canonical(name);
}

/// A path of a file that is read as it is, not built and no package's.
void add_path(const FileSource& source, std::vector<std::filesystem::path>& paths) {
  if (const auto* path = std::get_if<std::filesystem::path>(&source.source)) {
    paths.push_back(*path);
  }
}

}  // namespace

void add_run_options(CLI::App& app, RunFlags& flags) {
  add_accelerator_option(app, flags.accelerator);
  app.add_option("-j,--jobs", flags.jobs,
                 "machines at once (default: one per CPU, less where memory is short)")
      ->type_name("N")
      ->check(CLI::Range(1, 1024));
  app.add_option("--out", flags.out, "the run folder (default: out/NAME-OF-THE-FILE)")
      ->type_name("DIR");
  app.add_option("--junit", flags.junit, "a further copy of the JUnit report")->type_name("FILE");
  app.add_option("--junit-dialect", flags.junit_dialect,
                 "common (Jenkins's junit step, GitLab, GitHub reporters), or jenkins-xunit for "
                 "Jenkins's xUnit plugin, which refuses properties of a test case")
      ->check(CLI::IsMember({"common", kJenkins}))
      ->type_name("NAME");
  add_causes_option(app, flags.causes);
  app.add_option("--retries", flags.retries,
                 "further tries for a case that fails; a pass on retry is marked flaky")
      ->type_name("N")
      ->check(CLI::Range(0, 100));
  auto* fast = app.add_flag("--fail-fast", flags.fail_fast, "end the run at the first failure");
  app.add_flag("--keep-going", flags.keep_going, "run all cases whatever fails (the default)")
      ->excludes(fast);
  app.add_flag("--strict", flags.strict,
               "a cell whose firmware, emulator or TPM this host lacks is an error; by default it "
               "is skipped, and the package named");
  app.add_flag("--prove-impossible", flags.proves_impossible,
               "boot also what the inspection says can't boot, and demand that it fails so");
  app.add_flag("--no-prod", flags.no_prod,
               "ask no kernel that hangs what it does (SysRq by serial break, NMI)");
  app.add_flag("--diagnose", flags.diagnose,
               "below the table, tell of each failure all that is known: what was foretold beside "
               "what was seen, the evidence, what to do, and what its folder holds");
  app.add_flag("--json", flags.json, "print the result as JSON instead of a table");
  app.add_flag("-q,--quiet", flags.quiet, "no progress on stderr");
}

RunOptions run_options_of(const RunFlags& flags, const std::filesystem::path& out,
                          std::span<const std::filesystem::path> inputs) {
  RunOptions options;
  options.out = flags.out.empty() ? out : std::filesystem::path(flags.out);
  if (!flags.junit.empty()) {
    options.junit = junit_target(flags.junit, inputs);
  }
  options.dialect =
      flags.junit_dialect == kJenkins ? JunitDialect::kJenkinsXunit : JunitDialect::kCommon;
  options.jobs = flags.jobs;
  options.retries = flags.retries;
  options.fail_fast = flags.fail_fast;
  options.proves_impossible = flags.proves_impossible;
  options.prods = !flags.no_prod;
  options.version = BOOTPROOF_VERSION;
  options.strict = flags.strict;
  options.accelerator = choose_accelerator(parse_accelerator(flags.accelerator), cache_folder());
  return options;
}

std::vector<std::filesystem::path> inputs_of(const ScenarioFile& file) {
  std::vector<std::filesystem::path> paths{file.file};
  for (const Medium& medium : file.media) {
    for (const FileSource* const source : sources_of(medium)) {
      add_path(*source, paths);
    }
  }
  for (const FirmwareBuild& build : file.firmware) {
    for (const std::optional<FileSource>& part : {build.code, build.vars}) {
      if (part) {
        add_path(*part, paths);
      }
    }
  }
  return paths;
}

std::string diagnosis_of(const RunFlags& flags, const RunResult& run,
                         const std::filesystem::path& folder) {
  std::string text;
  if (!flags.diagnose || flags.json) {
    return text;
  }
  for (const CaseResult& result : run.cases) {
    const Outcome outcome = result.verdict().outcome;
    if (outcome == Outcome::kFailed || outcome == Outcome::kError) {
      text += "\n" + diagnosis_text(recorded_case(folder, result), stdout_style());
    }
  }
  return text;
}

void print_run(const RunResult& run, bool as_json, std::string_view text,
               const std::filesystem::path& folder) {
  const std::string printed =
      as_json ? run_json(run)
              : fmt::format("{}report: {}\n", text, (folder / "junit.xml").string());
  std::fputs(printed.c_str(), stdout);
}

RunOutcome run_with_status(const ScenarioFile& file, const std::vector<Cell>& cells,
                           const RunOptions& options, bool is_quiet) {
  for (const std::string& warning : expired_ignores(file.causes, today())) {
    fmt::print(stderr, "warning: {}\n", escape_for_terminal(warning));
  }
  build_supervised(file, cells);
  StatusObserver status(stderr_is_terminal());
  RunObserver silent;
  return run_cells(file, cells, options, is_quiet ? silent : static_cast<RunObserver&>(status));
}

}  // namespace bootproof
