#include "scenarios/schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/scenarios/support.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;
using ::testing::ElementsAre;

std::string indented(std::string_view text, std::size_t width) {
  std::string out;
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    out += std::string(width, ' ') + std::string(text.substr(begin, end - begin)) + "\n";
    begin = end + 1;
  }
  return out;
}

/// A whole file round `lines` of one scenario, which replace those of the same key.
std::string file_with(std::string_view key, std::string_view lines) {
  std::vector<std::pair<std::string, std::string>> parts{
      {"name", "name: s"},
      {"media", "media: [rescue, stick]"},
      {"firmware", "firmware: [seabios, ovmf]"},
      {"device", "device: [ide-cd, usb-storage]"},
      {"steps", "steps:\n  - expect: 'login:'"}};
  std::string scenario(lines);
  for (const auto& [name, text] : parts) {
    if (name != key) {
      scenario += "\n" + text;
    }
  }
  std::string out =
      "version: 1\nrecipes: r.yaml\nmedia:\n  rescue: a\n  stick: b\nscenarios:\n  -\n";
  return out + indented(scenario, 4);
}

std::string medium_with(std::string_view lines) {
  return "version: 1\nrecipes: r.yaml\nmedia:\n  rescue: a\n  m:\n" + indented(lines, 4) +
         "scenarios:\n"
         "  - {name: s, media: rescue, firmware: ovmf, device: nvme, steps: [expect: x]}\n";
}

/// A whole scenario file that holds the example of `key`.
std::string file_for(const SchemaKey& key) {
  const std::string example(key.example);
  switch (key.section) {
    case Section::kFile: {
      std::string text;
      for (const SchemaKey& other : schema_keys()) {
        if (other.section == Section::kFile) {
          text += std::string(other.example) + "\n";
        }
      }
      return text;
    }
    case Section::kMedium:
      return medium_with(example);
    case Section::kChange:
      return medium_with("alter: rescue\nchanges:\n  -\n" + indented(example, 4));
    case Section::kFirmwareBuild:
      return file_with("", "") + "firmware:\n  mine:\n" + indented(example, 4);
    case Section::kDisk:
      return file_with("", "disks:\n  -\n" + indented(example, 4));
    case Section::kSource:
      return medium_with("kernel:\n" + indented(example, 2));
    case Section::kScenario:
      if (key.name == "extends") {
        return file_with("name", "name: reaches-a-shell") + "  -\n" + indented(example, 4);
      }
      return file_with(key.name, example);
    case Section::kFilter:
      return file_with("exclude",
                       "machine: [pc, q35]\ncontroller: [xhci, nec-xhci]\n"
                       "hide: [nothing, el-torito]\nremovable: [true, false]\n"
                       "larger: [0M, 64M]\nread_only: [true, false]\ntpm: [true, false]\n"
                       "exclude:\n  -\n" +
                           indented(example, 4) + "device: [ide-cd, scsi-cd, usb-storage]");
    case Section::kStep:
      if (key.name == "unplug") {
        return file_with("steps", "steps:\n  - plug: stick\n  -\n" + indented(example, 4));
      }
      return file_with("steps", "steps:\n  -\n" + indented(example, 4));
    case Section::kExpect:
      return file_with("steps", "steps:\n  - expect:\n" + indented(example, 6));
    case Section::kCause: {
      std::string cause;
      for (const SchemaKey& other : schema_keys()) {
        const bool is_given = example.find(std::string(other.name) + ":") != std::string::npos;
        if (other.section == Section::kCause && other.required && !is_given) {
          cause += std::string(other.example) + "\n";
        }
      }
      return file_with("", "") + "causes:\n  -\n" + indented(cause + example, 4);
    }
    case Section::kCausesFile:  // Its keys are those of a scenario file.
      return key.name == "version" ? file_with("", "") : file_with("", "") + example;
    case Section::kExpectedFailure:
      break;
  }
  return file_with("steps", "expect_failure:\n" + indented(example, 2));
}

class SchemaExample : public ::testing::TestWithParam<SchemaKey> {};

TEST_P(SchemaExample, OfAKeyIsAcceptedByTheLoader) {
  std::string text = file_for(GetParam());
  if (GetParam().section == Section::kFilter) {
    text.replace(text.find("    device: [ide-cd, usb-storage]\n"), 34, "");
  }
  if (GetParam().name == "sector_size") {  // Not with every device.
    text.replace(text.find("[ide-cd, usb-storage]"), 21, "[scsi-hd]");
  }
  EXPECT_EQ(error_of(text), "no error") << text;
  EXPECT_NE(text.find(std::string(GetParam().name) + ":"), std::string::npos);
}

std::string example_name(const ::testing::TestParamInfo<SchemaKey>& info) {
  return fmt::format("{}_{}", static_cast<int>(info.param.section), info.param.name);
}

std::vector<SchemaKey> all_keys() { return {schema_keys().begin(), schema_keys().end()}; }

INSTANTIATE_TEST_SUITE_P(Scenarios, SchemaExample, ::testing::ValuesIn(all_keys()), example_name);

TEST(Schema, GivesTheDefaultsThatTheLoaderTakes) {
  std::string spelled_out;
  for (const SchemaKey& key : schema_keys()) {
    if (key.section == Section::kScenario && !key.fallback.empty() && key.name != "steps") {
      spelled_out += fmt::format("{}: {}\n", key.name, key.fallback);
    }
  }
  const ScenarioFile with = parsed(file_with("", spelled_out));
  const ScenarioFile without = parsed(file_with("", ""));
  const auto values = [](const Scenario& scenario) {
    return fmt::format("{} {} {} {} {} {} {} {} {} {} {}", scenario.memory_mib, scenario.cpus,
                       scenario.cpu_model, scenario.network, scenario.skip_countdowns,
                       scenario.limits.step.count(), scenario.limits.cell.count(),
                       scenario.limits.silence.count(), scenario.exclude.size(),
                       scenario.include.size(), scenario.tolerate.size());
  };
  EXPECT_EQ(values(with.scenarios.at(0)), values(without.scenarios.at(0)));
  EXPECT_EQ(values(with.scenarios.at(0)), "512 1  false true 60000 300000 30000 0 0 0");
}

TEST(Schema, HasEveryKeyInItsSection) {
  const json::value schema = json::parse(scenario_json_schema(vocabulary()));
  for (const SchemaKey& key : schema_keys()) {
    if (key.section == Section::kCausesFile) {  // Of another file.
      continue;
    }
    const std::string_view definition = key.section == Section::kFile            ? ""
                                        : key.section == Section::kMedium        ? "medium"
                                        : key.section == Section::kChange        ? "change"
                                        : key.section == Section::kDisk          ? "disk"
                                        : key.section == Section::kFirmwareBuild ? "firmware"
                                        : key.section == Section::kSource        ? "file"
                                        : key.section == Section::kScenario      ? "scenario"
                                        : key.section == Section::kFilter        ? "filter"
                                        : key.section == Section::kStep          ? "step"
                                        : key.section == Section::kExpect        ? "expect"
                                        : key.section == Section::kCause         ? "cause"
                                                                                 : "expect_failure";
    const json::value& section = definition.empty() ? schema : schema.at("$defs").at(definition);
    EXPECT_EQ(section.at("properties").at(key.name).at("description").as_string(), key.sentence);
    EXPECT_FALSE(section.at("additionalProperties").as_bool());
  }
}

/// Collects the target of each `$ref`.
void collect_references(const json::value& value, std::set<std::string>& found) {
  if (const auto* object = value.if_object()) {
    for (const auto& [key, member] : *object) {
      if (key == "$ref") {
        found.insert(json::value_to<std::string>(member));
      }
      collect_references(member, found);
    }
  } else if (const auto* array = value.if_array()) {
    for (const json::value& element : *array) {
      collect_references(element, found);
    }
  }
}

TEST(Schema, RefersToItsOwnDefinitionsAlone) {
  const json::value schema = json::parse(scenario_json_schema({}));
  std::set<std::string> references;
  collect_references(schema, references);
  std::set<std::string> definitions;
  for (const auto& [name, definition] : schema.at("$defs").as_object()) {
    definitions.insert("#/$defs/" + std::string(name));
  }
  EXPECT_EQ(references, definitions);
}

TEST(Schema, OffersTheWordsThatTheLoaderKnows) {
  const json::value schema = json::parse(scenario_json_schema(vocabulary()));
  const json::value& definitions = schema.at("$defs");
  const auto words = [](const json::value& value) {
    return json::value_to<std::vector<std::string>>(value.at("enum"));
  };
  const json::value& firmware =
      definitions.at("scenario").at("properties").at("firmware").at("anyOf").at(0);
  EXPECT_THAT(words(firmware.at("anyOf").at(0)),
              ElementsAre("seabios", "ovmf", "ovmf-ia32", "ovmf-secure", "ovmf-secure-own", "aavmf",
                          "aavmf-secure", "aavmf-secure-own", "kernel"));
  EXPECT_THAT(words(definitions.at("step").at("properties").at("key")),
              ElementsAre("enter", "esc", "down", "f12", "ctrl-c"));
  EXPECT_THAT(words(definitions.at("expect_failure")
                        .at("properties")
                        .at("cause")
                        .at("anyOf")
                        .at(0)
                        .at("anyOf")
                        .at(0)
                        .at("anyOf")
                        .at(0)),
              ElementsAre("firmware.no-bootable-device", "firmware.secure-boot-denied",
                          "kernel.panic", "loader.waits-for-input"));
  EXPECT_EQ(definitions.at("cause").at("properties").at("id").at("pattern").as_string(),
            "^(?!(firmware|kernel|loader)[.])[a-z0-9-]+([.][a-z0-9-]+)+$");
  EXPECT_EQ(json::serialize(definitions.at("scenario").at("required")), "[\"name\"]");
  EXPECT_EQ(json::serialize(schema.at("required")), "[\"version\",\"media\",\"scenarios\"]");
}

TEST(Schema, TheReferenceExplainsEveryKey) {
  const std::string page = scenario_reference();
  for (const SchemaKey& key : schema_keys()) {
    const std::string entry = fmt::format("### `{}`\n\n{}\n\nValue: ", key.name, key.sentence);
    EXPECT_NE(page.find(entry), std::string::npos) << entry;
    EXPECT_NE(page.find(fmt::format("```yaml\n{}\n```\n", key.example)), std::string::npos);
    EXPECT_TRUE(key.sentence.ends_with('.')) << key.sentence;
  }
  EXPECT_NE(page.find("Value: a size from `16M` to `64G`; default `512M`."), std::string::npos);
}

}  // namespace
}  // namespace bootproof::testing
