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

/// Whether text may be a name: see read_name().
bool is_name(std::string_view text);

/// The rule of names, as hints give it.
inline constexpr std::size_t kLongestName = 64;
inline constexpr std::string_view kNameRule =
    "letters, digits, _ and - only, a letter or digit first, at most 64 characters";

/// A name that may become the name of a folder: a letter or digit, then letters, digits, `_` and
/// `-`, at most 64 characters in all. `what` is "a scenario" or "a medium". Throws Error
/// (kScenario).
std::string read_name(const YamlNode& node, std::string_view what);

/// One of `known`, in a sentence such as "unknown cause 'x'". Throws Error (kScenario).
std::string read_known(const YamlNode& node, const std::vector<std::string_view>& known,
                       std::string_view what);

/// Text without control characters, for command lines. Throws Error (kScenario).
std::string read_plain_text(const YamlNode& node);

/// An entry of `media`; `before` are those above it, which it may alter. Throws Error (kScenario).
Medium read_medium(const std::string& name, const YamlNode& node, bool has_recipes,
                   const std::vector<Medium>& before);

/// The entries of `firmware`, in the file's order; none where it is absent. Throws Error
/// (kScenario).
std::vector<FirmwareBuild> read_firmware_builds(const YamlNode& node, bool has_recipes);

/// The most entries of `disks`.
inline constexpr std::size_t kMostDisks = 4;

/// One word of a table. Throws Error (kScenario) with the nearest one.
Firmware read_firmware_word(const YamlNode& node);
Device read_device_word(const YamlNode& node);
Controller read_controller_word(const YamlNode& node);

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

/// The words of the axis `firmware`: those of the table and the builds that the file names.
class FirmwareNames {
 public:
  explicit FirmwareNames(const std::vector<FirmwareBuild>& builds);

  /// What `node` names. Throws Error (kScenario) for an unknown one.
  [[nodiscard]] FirmwareChoice find(const YamlNode& node) const;

 private:
  const std::vector<FirmwareBuild>& builds_;
  std::vector<std::string_view> names_;
};

/// What scenarios can name.
struct Known {
  MediaNames media;
  FirmwareNames firmware;
};

/// The entries of `disks`; none where it is absent. Throws Error (kScenario).
std::vector<DiskEntry> read_disks(const YamlNode& node, const MediaNames& media);

/// The entries of `steps`. `cell_limit` is what no step may exceed. Throws Error (kScenario).
std::vector<Step> read_steps(const YamlNode& node, const Vocabulary& vocabulary,
                             const MediaNames& media, std::chrono::milliseconds cell_limit);

/// The entries of `causes`. Throws Error (kScenario).
std::vector<OwnCause> read_own_causes(const YamlNode& node, const Vocabulary& vocabulary);

/// Reads `media`, `firmware`, `device`, `machine`, the further axes, `exclude` and `include` into
/// `scenario` and checks them against each other. Throws Error (kScenario).
void read_axes(const YamlNode& node, const Known& known, Scenario& scenario);

}  // namespace bootproof
