#include "tests/boot/broken_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <map>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/yaml_reader.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

constexpr std::array<std::string_view, 4> kFamilies{"entries", "loaders", "systems", "systemd"};

fs::path set_folder() { return fs::path(BOOTPROOF_SOURCE_DIR) / "tests/boot/broken"; }

std::string text_of(const json::object& verdict) {
  std::string text(verdict.at("message").as_string());
  for (const json::value& line : verdict.at("evidence").as_array()) {
    text += fmt::format("\n  | {}", std::string_view(line.as_string()));
  }
  return text + fmt::format("\n  {}", std::string_view(verdict.at("hint").as_string()));
}

NamedLoss read_case(std::string_view family, const json::object& one) {
  constexpr const char* kDelay = "verdict-delay-ms";
  const auto text = [&](std::string_view key) {
    const json::value* value = one.if_contains(key);
    return value == nullptr || !value->is_string() ? std::string()
                                                   : std::string(value->as_string());
  };
  NamedLoss named;
  named.family = family;
  named.id = fmt::format("{}/{}", text("suite"), text("id"));
  named.outcome = text("outcome");
  named.stage = text("stage");
  named.cause = text("cause");
  named.text = text_of(one);
  const json::object& properties = one.at("properties").as_object();
  if (properties.contains(kDelay)) {
    named.verdict_delay = std::stol(std::string(properties.at(kDelay).as_string()));
  }
  return named;
}

const NamedLoss* find_named(std::span<const NamedLoss> named, const ExpectedLoss& expected) {
  const auto found = std::find_if(named.begin(), named.end(), [&](const NamedLoss& one) {
    return one.family == expected.family && one.id == expected.id;
  });
  return found == named.end() ? nullptr : &*found;
}

}  // namespace

std::span<const std::string_view> broken_families() { return kFamilies; }

std::vector<ExpectedLoss> read_expected_losses() {
  std::vector<ExpectedLoss> losses;
  const YamlNode root = YamlNode::load_file(set_folder() / "expected.yaml");
  root.check_keys(kFamilies, "the table of expected causes");
  for (const auto& [family, cases] : root.entries()) {
    for (const auto& [id, one] : cases.entries()) {
      constexpr std::array<std::string_view, 3> kKeys{"change", "stage", "cause"};
      one.check_keys(kKeys, "an expected cause");
      losses.push_back({family, id, one.require("change").text(), one.require("stage").text(),
                        one.require("cause").text()});
    }
  }
  return losses;
}

std::vector<NamedLoss> run_broken_family(const fs::path& program, std::string_view family,
                                         const fs::path& folder,
                                         std::span<const std::string> only) {
  constexpr std::uint64_t kLargestReport = 1U << 26U;
  constexpr int kSomeFailed = 1;
  ProgramCall call;
  call.arguments = {
      program.string(), "run",           (set_folder() / fmt::format("{}.yaml", family)).string(),
      "--out",          folder.string(), "--quiet"};
  for (const std::string& id : only) {
    call.arguments.insert(call.arguments.end(), {"--filter", id});
  }
  call.limit = std::chrono::minutes(15);
  const ProgramResult result = value_or_throw(run_program(call));
  if (result.exit_code != kSomeFailed && (only.empty() || result.exit_code != 0)) {
    throw Error(ErrorKind::kBug,
                fmt::format("the run of {} ended with exit code {}, expected {}", family,
                            result.exit_code, kSomeFailed),
                result.output + result.error_output);
  }
  const json::value run =
      json::parse(value_or_throw(read_file(folder / "run.json", kLargestReport)));
  std::vector<NamedLoss> all;
  for (const json::value& one : run.at("cases").as_array()) {
    all.push_back(read_case(family, one.as_object()));
  }
  return all;
}

bool is_healthy(const NamedLoss& named) { return named.id.starts_with("healthy"); }

std::string confusion_page(std::span<const ExpectedLoss> expected,
                           std::span<const NamedLoss> named) {
  std::map<std::pair<std::string, std::string>, int> counts;
  std::string cases;
  int right = 0;
  int broken = 0;
  for (const ExpectedLoss& wanted : expected) {
    const NamedLoss* one = find_named(named, wanted);
    const std::string want = fmt::format("{}: `{}`", wanted.stage, wanted.cause);
    const std::string got = one == nullptr       ? "not booted"
                            : one->cause.empty() ? one->outcome
                                                 : fmt::format("{}: `{}`", one->stage, one->cause);
    ++counts[{want, got}];
    ++broken;
    right += want == got ? 1 : 0;
    cases += fmt::format("| {} | {} | {} | {} |\n", wanted.id.substr(wanted.id.find('/') + 1),
                         wanted.change, want, want == got ? "the same" : got);
  }
  std::string page = fmt::format(
      "# Confusion table\n\n"
      "What is broken against what is named, for the boots of `tests/boot/broken`: media made from "
      "healthy ones by one change each, booted in QEMU. Written by `cmake --build build --target "
      "confusion`; `boot_test` holds each verdict against the table and this page.\n\n"
      "{} of {} boots were given the stage and cause that they were expected to have.\n\n"
      "| expected | named | boots |\n|---|---|---|\n",
      right, broken);
  for (const auto& [pair, count] : counts) {
    page += fmt::format("| {} | {} | {} |\n", pair.first, pair.second, count);
  }
  page += "\n## The boots\n\n| boot | change | expected | named |\n|---|---|---|---|\n";
  return page + cases;
}

}  // namespace bootproof::testing
