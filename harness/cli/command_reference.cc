#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <memory>
#include <string>

#include "harness/cli/command.h"
#include "harness/cli/scenario_input.h"
#include "harness/diagnosis/signature.h"
#include "inspectors/report/text_report.h"

namespace bootproof {

std::function<int()> set_up_reference(CLI::App& app) {
  auto topic = std::make_shared<std::string>();
  app.add_option("topic", *topic,
                 "scenario (keys of a scenario file), causes, rules (of inspect), or schema (JSON)")
      ->required()
      ->check(CLI::IsMember({"scenario", "causes", "rules", "schema"}))
      ->type_name("TOPIC");
  return [topic] {
    std::string text;
    if (*topic == "scenario") {
      text = scenario_reference();
    } else if (*topic == "causes") {
      text = causes_reference();
    } else if (*topic == "rules") {
      text = inspectors::rules_reference();
    } else {
      text = scenario_json_schema(vocabulary());
    }
    fmt::print("{}", text);
    return 0;
  };
}

}  // namespace bootproof
