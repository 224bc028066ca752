#include "harness/cli/scenario_input.h"

#include <CLI/App.hpp>

#include "harness/console/keys.h"
#include "harness/diagnosis/signature.h"
#include "harness/run/plan.h"

namespace bootproof {

void add_scenario_options(CLI::App& app, ScenarioInput& input) {
  app.add_option("file", input.file, "the scenario file (YAML)")->required()->type_name("FILE");
  app.add_option("--filter", input.filters,
                 "only cases whose id (scenario/medium.firmware.device) matches: * and ? are "
                 "wildcards, a word without them matches anywhere, !PATTERN takes away; may be "
                 "repeated")
      ->type_name("PATTERN");
}

Vocabulary vocabulary() {
  Vocabulary words;
  for (const Key& key : keys()) {
    words.keys.push_back(key.name);
  }
  for (const Cause& cause : causes()) {
    words.causes.push_back(cause.id);
  }
  return words;
}

ChosenCells choose_cells(const ScenarioInput& input) {
  ChosenCells chosen;
  chosen.file = std::make_unique<ScenarioFile>(load_scenarios(input.file, vocabulary()));
  chosen.cells = filter_cells(expand(*chosen.file), input.filters);
  return chosen;
}

}  // namespace bootproof
