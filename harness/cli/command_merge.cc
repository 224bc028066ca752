#include <fmt/format.h>

#include <CLI/App.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/run_flags.h"
#include "harness/cli/run_reading.h"
#include "harness/cli/terminal.h"
#include "harness/core/files.h"
#include "harness/core/text.h"
#include "harness/run/run_folder.h"
#include "harness/run/runner.h"
#include "reports/junit.h"
#include "reports/merge.h"
#include "reports/run_json.h"
#include "reports/table.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct MergeFlags {
  std::vector<std::string> runs;
  std::string out = "out/merged";
  bool json = false;
};

int merge(const MergeFlags& flags) {
  // Absolute, so that the way from one to the other is found though the report's is not there yet.
  const fs::path out = fs::absolute(flags.out);
  std::vector<RunPart> parts;
  for (const std::string& name : flags.runs) {
    std::error_code code;
    const fs::path run = fs::absolute(name);
    const fs::path folder = fs::is_directory(run, code) ? run : run.parent_path();
    if (fs::equivalent(folder, out, code)) {
      throw Error(ErrorKind::kUsage, fmt::format("--out {} is one of the runs", flags.out),
                  "name another folder for the joined report");
    }
    parts.push_back({read_run(name), fs::proximate(folder, out).string()});
  }
  const MergedRun merged = merge_runs(std::move(parts));
  RunFolder folder(flags.out);
  write_file_atomically(out / "run.json", run_json(merged.run));
  write_file_atomically(out / "junit.xml", junit_xml(merged.run));
  folder.note_end();
  print_run(merged.run, flags.json, closing_text(merged.run, flags.out, stdout_style()), flags.out);
  for (const std::string& problem : merged.problems) {
    fmt::print(stderr, "bootproof: {}\n", escape_for_terminal(problem));
  }
  if (!merged.problems.empty()) {
    fmt::print(stderr, "  the report is not whole: run what is missing, then merge all parts\n");
  }
  const int exit_code = exit_code_of(RunOutcome{merged.run, 0});
  return merged.problems.empty() ? exit_code : exit_code_of(ErrorKind::kHost);
}

}  // namespace

std::function<int()> set_up_merge(CLI::App& app) {
  auto flags = std::make_shared<MergeFlags>();
  app.add_option("runs", flags->runs, "the run folders of all parts, or their run.json")
      ->required()
      ->type_name("RUN");
  app.add_option("--out", flags->out, "the folder for the joined report (default: out/merged)")
      ->type_name("DIR");
  app.add_flag("--json", flags->json, "print the result as JSON instead of a table");
  return [flags] { return merge(*flags); };
}

}  // namespace bootproof
