#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "harness/core/yaml_reader.h"
#include "scenarios/scenario.h"
#include "scenarios/schema.h"

namespace bootproof {

// What the parts of the loader share.

/// Checks a map against the table: no unknown key, none without a value, all required ones there.
/// Throws Error (kScenario).
void check_section(const YamlNode& node, Section section);

/// A name that may become the name of a folder: a letter or digit, then letters, digits, `_` and
/// `-`, at most 64 characters in all. `what` is "a scenario" or "a medium". Throws Error
/// (kScenario).
std::string read_name(const YamlNode& node, std::string_view what);

/// One of `known`, in a sentence such as "unknown cause 'x'". Throws Error (kScenario).
std::string read_known(const YamlNode& node, const std::vector<std::string_view>& known,
                       std::string_view what);

/// Text without control characters, for command lines. Throws Error (kScenario).
std::string read_plain_text(const YamlNode& node);

/// An entry of `media`. Throws Error (kScenario).
Medium read_medium(const std::string& name, const YamlNode& node, bool has_recipes);

/// The entries of `steps`. `cell_limit` is what no step may exceed. Throws Error (kScenario).
std::vector<Step> read_steps(const YamlNode& node, const Vocabulary& vocabulary,
                             std::chrono::milliseconds cell_limit);

/// The media of a file by name, for the references to them.
class MediaNames {
 public:
  explicit MediaNames(const std::vector<Medium>& media);

  /// The medium that `node` names. Throws Error (kScenario) for an unknown one.
  [[nodiscard]] const Medium& find(const YamlNode& node) const;

 private:
  const std::vector<Medium>& media_;
  std::vector<std::string_view> names_;
  std::unordered_map<std::string_view, std::size_t> index_;
};

/// Reads `media`, `firmware`, `device`, `machine`, `exclude` and `include` into `scenario` and
/// checks them against each other. Throws Error (kScenario).
void read_axes(const YamlNode& node, const MediaNames& media, Scenario& scenario);

}  // namespace bootproof
