#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "harness/core/text.h"
#include "scenarios/reader.h"

namespace bootproof {
namespace {

std::vector<std::filesystem::path> read_recipes(const YamlNode& node) {
  std::vector<std::filesystem::path> recipes;
  if (node.is_absent()) {
    return recipes;
  }
  for (const YamlNode& entry : node.list_or_single()) {
    const FileSource source = read_file_source(entry);
    const auto* path = std::get_if<std::filesystem::path>(&source.source);
    if (path == nullptr || entry.is_map()) {
      throw entry.error("'recipes' must be paths of files", "write `recipes: [recipes.yaml]`");
    }
    if (std::find(recipes.begin(), recipes.end(), *path) != recipes.end()) {
      throw entry.error(fmt::format("'{}' stands twice in 'recipes'", entry.text()),
                        "remove one of the two");
    }
    recipes.push_back(*path);
  }
  return recipes;
}

void read_limits(const YamlNode& node, Limits& limits) {
  struct Row {
    std::string_view key;
    std::chrono::milliseconds& limit;
  };
  for (const Row& row : {Row{"step_limit", limits.step}, Row{"cell_limit", limits.cell},
                         Row{"silence_limit", limits.silence}}) {
    const YamlNode value = node.find(row.key);
    if (!value.is_absent()) {
      row.limit = value.duration();
    }
  }
}

/// QEMU's `-cpu`: a model, then features with commas.
std::string read_cpu_model(const YamlNode& node) {
  constexpr std::string_view kOthers = "_-.,+=";
  std::string model = read_plain_text(node);
  const bool plain =
      model[0] != '-' && std::all_of(model.begin(), model.end(), [&](char c) {
        return is_name(std::string_view(&c, 1)) || kOthers.find(c) != std::string_view::npos;
      });
  if (!plain) {
    throw node.error(fmt::format("'{}' is no CPU model", model),
                     "`qemu-system-x86_64 -cpu help` lists them");
  }
  return model;
}

void read_machine_options(const YamlNode& node, Scenario& scenario) {
  const YamlNode memory = node.find("memory");
  if (!memory.is_absent()) {
    scenario.memory_mib = memory.memory_mib();
    if (scenario.memory_mib < kMinimumMemoryMib || scenario.memory_mib > kMaximumMemoryMib) {
      throw memory.error(fmt::format("'memory' must be from {}M to {}G, found '{}'",
                                     kMinimumMemoryMib, kMaximumMemoryMib / 1024, memory.text()));
    }
  }
  const YamlNode cpus = node.find("cpus");
  if (!cpus.is_absent()) {
    scenario.cpus = static_cast<std::uint32_t>(cpus.integer(1, kMaximumCpus));
  }
  const YamlNode cpu_model = node.find("cpu_model");
  if (!cpu_model.is_absent()) {
    scenario.cpu_model = read_cpu_model(cpu_model);
  }
  const YamlNode sector_size = node.find("sector_size");
  if (!sector_size.is_absent()) {
    scenario.sector_size = static_cast<std::uint32_t>(sector_size.integer(512, 4096));
    if (scenario.sector_size != 512 && scenario.sector_size != 4096) {
      throw sector_size.error(
          fmt::format("'sector_size' must be 512 or 4096, found {}", scenario.sector_size));
    }
  }
  const YamlNode network = node.find("network");
  if (!network.is_absent()) {
    scenario.network = network.boolean();
  }
  const YamlNode countdowns = node.find("countdowns");
  if (!countdowns.is_absent()) {
    scenario.skip_countdowns = countdowns.one_of(kCountdownWords, "word for 'countdowns'") == 0;
  }
  read_limits(node, scenario.limits);
}

std::vector<std::string> read_tolerated(const YamlNode& node, const Vocabulary& vocabulary) {
  std::vector<std::string> causes;
  if (node.is_absent()) {
    return causes;
  }
  for (const YamlNode& entry : node.list_or_single()) {
    std::string cause = read_known(entry, vocabulary.causes, "cause");
    if (std::find(causes.begin(), causes.end(), cause) != causes.end()) {
      throw entry.error(fmt::format("'{}' stands twice in 'tolerate'", cause),
                        "remove one of the two");
    }
    causes.push_back(std::move(cause));
  }
  return causes;
}

/// A cause, or a pattern with `*` that stands for at least one.
std::string read_expected_cause(const YamlNode& node, const Vocabulary& vocabulary) {
  const std::string text = node.text();
  if (text.find('*') == std::string::npos) {
    return read_known(node, vocabulary.causes, "cause");
  }
  const bool stands_for_one =
      std::any_of(vocabulary.causes.begin(), vocabulary.causes.end(),
                  [&](std::string_view cause) { return matches_glob(text, cause); });
  if (!stands_for_one) {
    throw node.error(fmt::format("no cause matches '{}'", text),
                     "`bootproof reference causes` prints all");
  }
  return text;
}

ExpectedFailure read_expected_failure(const YamlNode& node, const Vocabulary& vocabulary) {
  check_section(node, Section::kExpectedFailure);
  ExpectedFailure failure;
  failure.mark = node.mark();
  const YamlNode causes = node.require("cause");
  for (const YamlNode& entry : causes.list_or_single()) {
    failure.causes.push_back(read_expected_cause(entry, vocabulary));
  }
  if (failure.causes.empty()) {
    throw causes.error("'cause' is an empty list", "name the cause for which it is to fail");
  }
  return failure;
}

Scenario read_scenario(const YamlNode& node, const Known& known, const Vocabulary& vocabulary) {
  Scenario scenario;
  scenario.mark = node.mark();
  scenario.name = read_name(node.require("name"), "a scenario");
  read_axes(node, known, scenario);
  read_machine_options(node, scenario);
  scenario.disks = read_disks(node.find("disks"), known.media);
  const YamlNode steps = node.find("steps");
  if (!steps.is_absent()) {
    scenario.steps = read_steps(steps, vocabulary, known.media, scenario.limits.cell);
  }
  scenario.tolerate = read_tolerated(node.find("tolerate"), vocabulary);
  const YamlNode failure = node.find("expect_failure");
  if (!failure.is_absent()) {
    scenario.expect_failure = read_expected_failure(failure, vocabulary);
    for (const std::string& cause : scenario.tolerate) {
      if (scenario.expect_failure->covers(cause)) {
        throw failure.error(fmt::format("'{}' is both expected and tolerated", cause),
                            "a tolerated cause ends no case: remove it from 'tolerate'");
      }
    }
  }
  if (scenario.steps.empty() && !scenario.expect_failure) {
    throw node.error(fmt::format("scenario '{}' has nothing to prove", scenario.name),
                     "give it 'steps', such as `- expect: 'login:'`, or 'expect_failure'");
  }
  return scenario;
}

/// A scenario with what it takes over from the one that it extends.
YamlNode with_inherited(const YamlNode& node,
                        const std::unordered_map<std::string, YamlNode>& before) {
  check_section(node, Section::kScenario);
  const YamlNode base = node.find("extends");
  if (base.is_absent()) {
    return node;
  }
  const auto found = before.find(base.text());
  if (found == before.end()) {
    throw base.error(fmt::format("no scenario '{}' stands before this one", base.text()),
                     "name one that stands above in this file");
  }
  return node.with_base(found->second);
}

}  // namespace

bool ExpectedFailure::covers(std::string_view cause) const {
  return std::any_of(causes.begin(), causes.end(),
                     [&](const std::string& one) { return matches_glob(one, cause); });
}

std::string ExpectedFailure::text() const { return fmt::format("{}", fmt::join(causes, " or ")); }

std::string_view name_of(Goal goal) { return kGoalWords.at(static_cast<std::size_t>(goal)); }

void check_section(const YamlNode& node, Section section) {
  node.check_keys(key_names(section), name_of(section));
  for (const auto& [key, value] : node.entries()) {
    if (value.is_absent()) {
      throw value.error(fmt::format("'{}' has no value", key), "give it one, or remove the key");
    }
  }
  for (const SchemaKey& key : schema_keys()) {
    if (key.section == section && key.required) {
      (void)node.require(key.name);
    }
  }
}

bool is_name(std::string_view text) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && text.size() <= kLongestName && is_letter_or_digit(text[0]) &&
         std::all_of(text.begin(), text.end(),
                     [&](char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; });
}

std::string read_name(const YamlNode& node, std::string_view what) {
  std::string name = node.text();
  if (!is_name(name)) {
    throw node.error(fmt::format("'{}' can't be the name of {}", name, what),
                     std::string(kNameRule));
  }
  return name;
}

std::string read_known(const YamlNode& node, const std::vector<std::string_view>& known,
                       std::string_view what) {
  return std::string(known[node.one_of(known, what)]);
}

std::string read_plain_text(const YamlNode& node) {
  std::string text = node.text();
  const bool plain = std::none_of(text.begin(), text.end(),
                                  [](char c) { return (c >= '\0' && c < ' ') || c == '\x7f'; });
  if (!plain) {
    throw node.error("control characters can't stand here", "write it on one line");
  }
  return text;
}

ScenarioFile parse_scenarios(const YamlNode& root, const Vocabulary& vocabulary) {
  check_section(root, Section::kFile);
  const YamlNode version = root.require("version");
  if (version.text() != "1") {
    throw version.error(fmt::format("version {} is not known", version.text()),
                        "this program reads version 1");
  }
  ScenarioFile file;
  file.file = root.mark().file;
  file.recipes = read_recipes(root.find("recipes"));
  for (const auto& [name, node] : root.require("media").entries()) {
    if (!is_name(name)) {
      throw root.require("media").error_at_key(
          name, fmt::format("'{}' can't be the name of a medium", name), std::string(kNameRule));
    }
    file.media.push_back(read_medium(name, node, !file.recipes.empty(), file.media));
  }
  file.firmware = read_firmware_builds(root.find("firmware"), !file.recipes.empty());
  const YamlNode causes = root.find("causes");
  if (!causes.is_absent()) {
    file.causes = read_own_causes(causes, vocabulary);
  }
  Vocabulary words = vocabulary;
  words.causes.insert(words.causes.end(), vocabulary.own_causes.begin(),
                      vocabulary.own_causes.end());
  for (const OwnCause& cause : file.causes) {
    words.causes.push_back(cause.id);
  }
  const Known known{MediaNames(file.media), FirmwareNames(file.firmware)};
  std::unordered_map<std::string, YamlNode> nodes;
  for (const YamlNode& own : root.require("scenarios").list()) {
    const YamlNode node = with_inherited(own, nodes);
    file.scenarios.push_back(read_scenario(node, known, words));
    if (!nodes.emplace(file.scenarios.back().name, node).second) {
      throw node.find("name").error(
          fmt::format("two scenarios are named '{}'", file.scenarios.back().name),
          "names of scenarios are unique in a file: change one");
    }
  }
  if (file.scenarios.empty()) {
    throw root.error_at_key("scenarios", "no scenarios in the list", "add one");
  }
  return file;
}

ScenarioFile load_scenarios(const std::filesystem::path& file, const Vocabulary& vocabulary) {
  ScenarioFile scenarios = parse_scenarios(YamlNode::load_file(file), vocabulary);
  (void)expand(scenarios);
  return scenarios;
}

}  // namespace bootproof
