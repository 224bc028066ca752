#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/words.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr std::string_view kNamePattern = "^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$";
constexpr std::string_view kDurationPattern = "^[0-9]{1,9}([.][0-9]{1,3})?(ms|s|m|h)$";
constexpr std::string_view kMemoryPattern = "^[0-9]{1,9}([.][0-9]{1,3})?[MG]$";

constexpr std::string_view kGlobPattern = "^[a-z0-9.*?-]{1,64}$";
constexpr std::string_view kDatePattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}$";
constexpr std::string_view kLinkPattern = "^https?://[^ ]+$";

constexpr std::array<Section, 13> kSections{Section::kFile,
                                            Section::kScenario,
                                            Section::kDisk,
                                            Section::kFilter,
                                            Section::kStep,
                                            Section::kExpect,
                                            Section::kExpectedFailure,
                                            Section::kCause,
                                            Section::kCausesFile,
                                            Section::kMedium,
                                            Section::kChange,
                                            Section::kFirmwareBuild,
                                            Section::kSource};

template <typename Enum>
std::vector<std::string_view> names_but(std::string_view left_out = {}) {
  std::vector<std::string_view> names;
  for (const Word<Enum>& word : words<Enum>()) {
    if (word.name != left_out) {
      names.push_back(word.name);
    }
  }
  return names;
}

json::object text() { return {{"type", "string"}, {"minLength", 1}}; }

json::object text_like(std::string_view pattern) {
  return {{"type", "string"}, {"pattern", pattern}};
}

template <typename Words>
json::object one_word(const Words& words) {
  json::array values;
  for (const std::string_view word : words) {
    values.emplace_back(word);
  }
  return {{"enum", std::move(values)}};
}

json::object list_of(json::object element) {
  return {{"type", "array"}, {"minItems", 1}, {"items", std::move(element)}};
}

/// An element, or a list of several different ones.
json::object one_or_list(const json::object& element) {
  json::object list = list_of(element);
  list["uniqueItems"] = true;
  return {{"anyOf", json::array{element, std::move(list)}}};
}

std::string_view definition_of(Section section) {
  switch (section) {
    case Section::kMedium:
      return "medium";
    case Section::kChange:
      return "change";
    case Section::kFirmwareBuild:
      return "firmware";
    case Section::kDisk:
      return "disk";
    case Section::kSource:
      return "file";
    case Section::kScenario:
      return "scenario";
    case Section::kFilter:
      return "filter";
    case Section::kStep:
      return "step";
    case Section::kExpect:
      return "expect";
    case Section::kExpectedFailure:
      return "expect_failure";
    case Section::kCause:
      return "cause";
    case Section::kCausesFile:
      return "causes_file";
    case Section::kFile:
      break;
  }
  return "scenario_file";
}

json::object reference_to(Section section) {
  return {{"$ref", fmt::format("#/$defs/{}", definition_of(section))}};
}

json::object text_or(Section section) {
  return {{"anyOf", json::array{text(), reference_to(section)}}};
}

/// What an editor is told, and what the reference page says, about a value of this shape.
struct ShapeText {
  json::object schema;
  std::string words;
};

ShapeText describe_words(const std::vector<std::string_view>& words, bool list) {
  std::string sentence = fmt::format("`{}`", fmt::join(words, "`, `"));
  return {list ? one_or_list(one_word(words)) : one_word(words),
          list ? fmt::format("one or a list of {}", sentence) : std::move(sentence)};
}

/// An id of a cause of a user's own: its first word is none of those that `causes` begin with.
json::object own_cause_id(const Vocabulary& vocabulary) {
  return text_like(fmt::format("^(?!({})[.])[a-z0-9-]+([.][a-z0-9-]+)+$",
                               fmt::join(taken_first_words(vocabulary), "|")));
}

/// A cause of the table, or one of the user's own.
json::object known_cause(const Vocabulary& vocabulary) {
  return {{"anyOf", json::array{one_word(vocabulary.causes), own_cause_id(vocabulary)}}};
}

ShapeText describe(Shape shape, const Vocabulary& vocabulary) {
  switch (shape) {
    case Shape::kVersion:
      return {{{"const", 1}}, "`1`"};
    case Shape::kPath:
      return {text(), "a path"};
    case Shape::kPaths:
      return {one_or_list(text()), "a path or a list of paths"};
    case Shape::kText:
      return {{{"type", "string"}}, "text"};
    case Shape::kName:
      return {text(), "a name"};
    case Shape::kMedia:
      return {{{"type", "object"},
               {"minProperties", 1},
               {"propertyNames", text_like(kNamePattern)},
               {"additionalProperties", text_or(Section::kMedium)}},
              "a map of names to paths or media"};
    case Shape::kScenarios:
      return {list_of(reference_to(Section::kScenario)), "a list of scenarios"};
    case Shape::kMediumNames:
      return {one_or_list(text_like(kNamePattern)), "a name of a medium or a list of them"};
    case Shape::kMediumName:
      return {text_like(kNamePattern), "a name of a medium"};
    case Shape::kFirmwares: {
      const std::string known = fmt::format("`{}`", fmt::join(names_but<Firmware>(), "`, `"));
      const json::object one{
          {"anyOf", json::array{one_word(names_but<Firmware>()), text_like(kNamePattern)}}};
      return {one_or_list(one),
              fmt::format("one or a list of {}, and of names under the file's `firmware`", known)};
    }
    case Shape::kFirmwareBuilds:
      return {{{"type", "object"},
               {"minProperties", 1},
               {"propertyNames", text_like(kNamePattern)},
               {"additionalProperties", reference_to(Section::kFirmwareBuild)}},
              "a map of names to builds"};
    case Shape::kLike:
      return describe_words(names_but<Firmware>(name_of(Firmware::kKernel)), false);
    case Shape::kDevice:
      return describe_words(names_but<Device>(name_of(Device::kNone)), false);
    case Shape::kController:
      return describe_words(names_but<Controller>(name_of(Controller::kDefault)), false);
    case Shape::kControllers:
      return describe_words(names_but<Controller>(name_of(Controller::kDefault)), true);
    case Shape::kHidden:
      return describe_words(names_but<Hide>(), true);
    case Shape::kBooleans:
      return {one_or_list({{"type", "boolean"}}), "`true`, `false` or a list of both"};
    case Shape::kSizes:
      return {one_or_list(text_like(kMemoryPattern)), "one or a list of sizes such as `64M`, `8G`"};
    case Shape::kDisks:
      return {one_or_list(reference_to(Section::kDisk)), "a list of disks"};
    case Shape::kChanges:
      return {one_or_list(reference_to(Section::kChange)), "a list of changes"};
    case Shape::kOffset:
      return {{{"type", "integer"}, {"minimum", 0}}, "a number"};
    case Shape::kBits:
      return {{{"type", "integer"}, {"minimum", 1}, {"maximum", 255}}, "a number from 1 to 255"};
    case Shape::kTrue:
      return {{{"const", true}}, "`true`"};
    case Shape::kPowerDown:
      return describe_words({kPowerDownWords.begin(), kPowerDownWords.end()}, false);
    case Shape::kDevices:
      return describe_words(names_but<Device>(name_of(Device::kNone)), true);
    case Shape::kMachines:
      return describe_words(names_but<MachineType>(), true);
    case Shape::kFilters:
      return {{{"anyOf", json::array{reference_to(Section::kFilter),
                                     json::object{{"type", "array"},
                                                  {"items", reference_to(Section::kFilter)}}}}},
              "a list of filters"};
    case Shape::kMemory:
      return {text_like(kMemoryPattern), fmt::format("a size from `{}M` to `{}G`",
                                                     kMinimumMemoryMib, kMaximumMemoryMib / 1024)};
    case Shape::kCpus:
      return {{{"type", "integer"}, {"minimum", 1}, {"maximum", kMaximumCpus}},
              fmt::format("a number from 1 to {}", kMaximumCpus)};
    case Shape::kSectorSize: {
      return {{{"enum", json::array{512, 4096}}}, "`512` or `4096`"};
    }
    case Shape::kBoolean:
      return {{{"type", "boolean"}}, "`true` or `false`"};
    case Shape::kCountdowns:
      return describe_words({kCountdownWords.begin(), kCountdownWords.end()}, false);
    case Shape::kDuration:
      return {text_like(kDurationPattern), "a time such as `500ms`, `20s`, `1.5m`"};
    case Shape::kSteps:
      return {{{"type", "array"},
               {"items", json::object{{"anyOf", json::array{reference_to(Section::kStep),
                                                            one_word(kBareSteps)}}}}},
              "a list of steps"};
    case Shape::kPatterns:
      return {text_or(Section::kExpect), "a pattern, or a map with `any` or `all`"};
    case Shape::kPatternList:
      return {{{"anyOf", json::array{text(), list_of(text())}}}, "a list of patterns"};
    case Shape::kKeyName:
      return {vocabulary.keys.empty() ? text() : one_word(vocabulary.keys), "a name of a key"};
    case Shape::kMatchOn:
      return describe_words({kMatchOnWords.begin(), kMatchOnWords.end()}, false);
    case Shape::kVia:
      return describe_words({kViaWords.begin(), kViaWords.end()}, false);
    case Shape::kExpectedFailure:
      return {reference_to(Section::kExpectedFailure), "a map with `cause`"};
    case Shape::kGoal:
      return describe_words({kGoalWords.begin(), kGoalWords.end()}, false);
    case Shape::kExpectedCauses:
      return {one_or_list(vocabulary.causes.empty()
                              ? text()
                              : json::object{{"anyOf", json::array{known_cause(vocabulary),
                                                                   text_like("[*]")}}}),
              "a cause, a pattern with `*`, or a list of them"};
    case Shape::kCauses:
      return {one_or_list(vocabulary.causes.empty() ? text() : known_cause(vocabulary)),
              "a cause or a list of causes"};
    case Shape::kOwnCauses:
      return {{{"type", "array"}, {"items", reference_to(Section::kCause)}}, "a list of causes"};
    case Shape::kCauseId:
      return {own_cause_id(vocabulary), "such as `site.nic-firmware`"};
    case Shape::kStage:
      return describe_words({kStageWords.begin(), kStageWords.end()}, false);
    case Shape::kProof:
      return describe_words({kProofWords.begin(), kProofWords.end()}, false);
    case Shape::kCauseGlobs:
      return {one_or_list(text_like(kGlobPattern)),
              "a cause, a pattern with `*`, or a list of them"};
    case Shape::kLink:
      return {text_like(kLinkPattern), "an address that begins with `https://` or `http://`"};
    case Shape::kDate:
      return {text_like(kDatePattern), "a day such as `2027-01-31`"};
    case Shape::kSource:
      return {text_or(Section::kSource), "a path, or a map as below"};
    case Shape::kMediumArchitecture:
      return describe_words({"x86_64", "aarch64", "amd64", "arm64"}, false);
    case Shape::kDebianArchitecture:
      return describe_words({"amd64", "arm64"}, false);
  }
  return {};
}

json::object schema_of(Section section, const Vocabulary& vocabulary) {
  json::object properties;
  json::array required;
  for (const SchemaKey& key : schema_keys()) {
    if (key.section != section) {
      continue;
    }
    json::object property = describe(key.shape, vocabulary).schema;
    property["description"] = key.sentence;
    properties[key.name] = std::move(property);
    if (key.required) {
      required.emplace_back(key.name);
    }
  }
  json::object schema{
      {"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) {
    schema["required"] = std::move(required);
  }
  return schema;
}

std::string title_of(Section section) {
  switch (section) {
    case Section::kFile:
      return "The file";
    case Section::kMedium:
      return "`media`: a medium";
    case Section::kChange:
      return "`changes`: a change";
    case Section::kFirmwareBuild:
      return "`firmware`: a build of one's own";
    case Section::kDisk:
      return "`disks`: a disk";
    case Section::kSource:
      return "`kernel`, `initrd`, `code`, `vars`: a file";
    case Section::kScenario:
      return "`scenarios`: a scenario";
    case Section::kFilter:
      return "`exclude`, `include`: a filter";
    case Section::kStep:
      return "`steps`: a step";
    case Section::kExpect:
      return "`expect`: several patterns";
    case Section::kExpectedFailure:
      return "`expect_failure`";
    case Section::kCause:
      return "`causes`: a cause of your own";
    case Section::kCausesFile:
      break;
  }
  return "A file of causes (`--causes FILE`)";
}

}  // namespace

std::string scenario_json_schema(const Vocabulary& vocabulary) {
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "bootproof scenario file"}};
  for (auto& [key, value] : schema_of(Section::kFile, vocabulary)) {
    schema[key] = value;
  }
  json::object definitions;
  for (const Section section : kSections) {
    if (section != Section::kFile && section != Section::kCausesFile) {
      definitions[definition_of(section)] = schema_of(section, vocabulary);
    }
  }
  schema["$defs"] = std::move(definitions);
  return json::serialize(schema) + "\n";
}

std::string scenario_reference() {
  std::string page =
      "# Keys of a scenario file\n\n"
      "Generated from the table that the loader checks keys with. Times and sizes need a unit. A "
      "value stands for a list of one wherever a list may stand.\n";
  for (const Section section : kSections) {
    page += fmt::format("\n## {}\n", title_of(section));
    for (const SchemaKey& key : schema_keys()) {
      if (key.section != section) {
        continue;
      }
      page += fmt::format(
          "\n### `{}`\n\n{}\n\nValue: {}{}{}.\n\n```yaml\n{}\n```\n", key.name, key.sentence,
          describe(key.shape, {}).words, key.required ? "; required" : "",
          key.fallback.empty() ? "" : fmt::format("; default `{}`", key.fallback), key.example);
    }
  }
  return page;
}

}  // namespace bootproof
