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

void add_causes_option(CLI::App& app, std::vector<std::string>& files) {
  app.add_option("--causes", files,
                 "a file of causes of your own (`version: 1` and `causes`); may be repeated")
      ->type_name("FILE");
}

std::vector<OwnCause> load_cause_files(const std::vector<std::string>& files) {
  std::vector<std::vector<OwnCause>> loaded;
  loaded.reserve(files.size());  // The vocabulary refers to them.
  Vocabulary words = vocabulary();
  std::vector<OwnCause> all;
  for (const std::string& file : files) {
    loaded.push_back(load_own_causes(file, words));
    for (const OwnCause& cause : loaded.back()) {
      words.own_causes.push_back(cause.id);
      all.push_back(cause);
    }
  }
  return all;
}

ChosenCells choose_cells(const ScenarioInput& input, const std::vector<OwnCause>& causes) {
  ChosenCells chosen;
  Vocabulary words = vocabulary();
  for (const OwnCause& cause : causes) {
    words.own_causes.push_back(cause.id);
  }
  chosen.file = std::make_unique<ScenarioFile>(load_scenarios(input.file, words));
  chosen.file->causes.insert(chosen.file->causes.begin(), causes.begin(), causes.end());
  chosen.cells = filter_cells(expand(*chosen.file), input.filters);
  return chosen;
}

}  // namespace bootproof
