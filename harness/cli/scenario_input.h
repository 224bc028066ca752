#pragma once

#include <memory>
#include <string>
#include <vector>

#include "scenarios/scenario.h"

namespace CLI {
class App;
}

namespace bootproof {

/// The file and the cases that a command works on: what `run`, `list`, `plan` and `console` have in
/// common.
struct ScenarioInput {
  std::string file;
  std::vector<std::string> filters;
};

/// Declares the positional FILE and `--filter`.
void add_scenario_options(CLI::App& app, ScenarioInput& input);

/// A loaded scenario file and its chosen cells, which point into it.
struct ChosenCells {
  std::unique_ptr<ScenarioFile> file;
  std::vector<Cell> cells;
};

/// Loads, expands and filters. `causes`: the user's own of other files, which join those of this
/// one. Throws Error (kScenario, kUsage).
ChosenCells choose_cells(const ScenarioInput& input, const std::vector<OwnCause>& causes = {});

/// Declares `--causes`.
void add_causes_option(CLI::App& app, std::vector<std::string>& files);

/// The causes of these files, each id once. Throws Error (kScenario).
std::vector<OwnCause> load_cause_files(const std::vector<std::string>& files);

/// The words of consoles and diagnosis that scenario files may use.
Vocabulary vocabulary();

}  // namespace bootproof
