#include <fmt/format.h>

#include <CLI/App.hpp>
#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cstdio>
#include <memory>

#include "harness/cli/command.h"
#include "harness/cli/doctor.h"

namespace bootproof {
namespace {

namespace json = boost::json;

void print_json(const std::vector<HostCheck>& checks) {
  json::array all;
  for (const HostCheck& check : checks) {
    all.push_back(json::object{{"what", check.what},
                               {"ok", check.ok},
                               {"found", check.found},
                               {"package", check.package},
                               {"needed_for", check.needed_for}});
  }
  fmt::print("{}\n", json::serialize(json::object{{"format", "bootproof-doctor"},
                                                  {"version", 1},
                                                  {"checks", std::move(all)},
                                                  {"remedy", remedy(checks)}}));
}

int doctor(bool as_json, bool launches) {
  std::vector<HostCheck> checks = examine_host();
  for (HostCheck& check : examine_guestfs(launches)) {
    checks.push_back(std::move(check));
  }
  const bool all_ok =
      std::all_of(checks.begin(), checks.end(), [](const HostCheck& check) { return check.ok; });
  if (as_json) {
    print_json(checks);
    return all_ok ? 0 : 3;
  }
  for (const HostCheck& check : checks) {
    fmt::print("{:<8} {:<24} {}\n", check.ok ? "ok" : "MISSING", check.what, check.found);
    if (!check.ok) {
      fmt::print("{:<8} {:<24} needed for {}{}\n", "", "", check.needed_for,
                 check.package.empty() ? "" : fmt::format("; package {}", check.package));
    }
  }
  const std::string line = remedy(checks);
  if (!line.empty()) {
    fmt::print("to bring what is missing: {}\n", line);
  } else if (all_ok) {
    fmt::print("nothing is missing\n");
  }
  return all_ok ? 0 : 3;
}

}  // namespace

std::function<int()> set_up_doctor(CLI::App& app) {
  auto as_json = std::make_shared<bool>(false);
  app.add_flag("--json", *as_json, "JSON instead of a table");
  auto launches = std::make_shared<bool>(false);
  app.add_flag("--launch", *launches,
               "also start libguestfs's appliance (seconds; the first time it is put together)");
  return [as_json, launches] { return doctor(*as_json, *launches); };
}

}  // namespace bootproof
