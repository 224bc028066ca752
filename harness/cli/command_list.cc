#include <fmt/format.h>

#include <CLI/App.hpp>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/scenario_input.h"

namespace bootproof {
namespace {

namespace json = boost::json;

struct ListFlags {
  ScenarioInput input;
  bool json = false;
};

int list(const ListFlags& flags) {
  const ChosenCells chosen = choose_cells(flags.input);
  json::array all;
  for (const Cell& cell : chosen.cells) {
    if (flags.json) {
      all.push_back(json::object{{"scenario", cell.scenario->name},
                                 {"id", cell.id},
                                 {"medium", cell.medium->name},
                                 {"firmware", cell.firmware_name()},
                                 {"device", name_of(cell.device)},
                                 {"machine", name_of(cell.machine)},
                                 {"impossible", cell.impossible}});
    } else {
      fmt::print("{}\n", cell.full_id());
    }
  }
  if (flags.json) {
    fmt::print("{}\n", json::serialize(all));
  }
  return 0;
}

}  // namespace

std::function<int()> set_up_list(CLI::App& app) {
  auto flags = std::make_shared<ListFlags>();
  add_scenario_options(app, flags->input);
  app.add_flag("--json", flags->json, "a JSON array of objects instead of lines");
  return [flags] { return list(*flags); };
}

}  // namespace bootproof
