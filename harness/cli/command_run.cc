#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/cli/command.h"
#include "harness/cli/run_flags.h"
#include "harness/cli/scenario_input.h"
#include "harness/cli/shard_option.h"
#include "harness/cli/terminal.h"
#include "harness/run/runner.h"
#include "reports/run_json.h"
#include "reports/table.h"

namespace bootproof {
namespace {

struct Flags {
  ScenarioInput input;
  RunFlags run;
  ShardFlags shard;
  bool keep_countdowns = false;
};

int run(const Flags& flags) {
  ChosenCells chosen = choose_cells(flags.input, load_cause_files(flags.run.causes));
  std::string name = chosen.file->file.stem().string();
  const std::optional<ChosenShard> part = choose_shard(flags.shard, chosen.cells);
  if (part) {
    name += fmt::format(".shard-{}-of-{}", part->shard.index, part->shard.count);
    chosen.cells = part->cells;
  }
  std::vector<std::filesystem::path> inputs = inputs_of(*chosen.file);
  inputs.insert(inputs.end(), flags.run.causes.begin(), flags.run.causes.end());
  RunOptions options = run_options_of(flags.run, std::filesystem::path("out") / name, inputs);
  if (part) {
    options.properties = {{"shard", part->shard.text()},
                          {"shard-source", part->shard.source},
                          {"shard-plan", part->plan_digest}};
  }
  options.skip_countdowns = !flags.keep_countdowns;
  const RunOutcome outcome = run_with_status(*chosen.file, chosen.cells, options, flags.run.quiet);
  const std::string closing = closing_text(outcome.result, options.out.string(), stdout_style());
  print_run(outcome.result, flags.run.json,
            closing + diagnosis_of(flags.run, outcome.result, options.out), options.out);
  return exit_code_of(outcome);
}

}  // namespace

std::function<int()> set_up_run(CLI::App& app) {
  auto flags = std::make_shared<Flags>();
  add_scenario_options(app, flags->input);
  add_run_options(app, flags->run);
  add_shard_options(app, flags->shard);
  app.add_flag("--keep-countdowns", flags->keep_countdowns,
               "wait for the countdowns of firmware and loaders instead of skipping them");
  return [flags] { return run(*flags); };
}

}  // namespace bootproof
