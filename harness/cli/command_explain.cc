#include <fmt/format.h>

#include <CLI/App.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/run_reading.h"
#include "harness/cli/terminal.h"
#include "harness/core/error.h"
#include "harness/core/text.h"
#include "reports/explanation.h"
#include "reports/result.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

struct ExplainFlags {
  std::string name;
  std::string run;
};

int explain(const ExplainFlags& flags) {
  const fs::path folder = flags.run.empty() ? youngest_run() : fs::path(flags.run);
  const RunResult run = read_run(folder);
  const std::vector<const CaseResult*> cases = find_cases(run, flags.name);
  if (cases.empty()) {
    throw Error(
        ErrorKind::kUsage,
        fmt::format("no case of {} matches '{}'", folder.string(), escape_for_terminal(flags.name)),
        "name a case as the run's table does, or a part of its id; --run names another run");
  }
  bool is_first = true;
  for (const CaseResult* one : cases) {
    fmt::print("{}{}", is_first ? "" : "\n", explanation_of(*one, folder.string(), stdout_style()));
    is_first = false;
  }
  return 0;
}

}  // namespace

std::function<int()> set_up_explain(CLI::App& app) {
  auto flags = std::make_shared<ExplainFlags>();
  app.add_option("case", flags->name, "the case's id, or a part of it")
      ->required()
      ->type_name("CELL");
  app.add_option("--run", flags->run, "the run's folder (default: the youngest below out/)")
      ->type_name("DIR");
  return [flags] { return explain(*flags); };
}

}  // namespace bootproof
