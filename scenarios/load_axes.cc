#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <unordered_set>
#include <variant>

#include "scenarios/reader.h"

namespace bootproof {
namespace {

/// A bound on the work of a matrix: each filter is compared with each cell.
constexpr std::size_t kMaximumFilters = 1'000;

bool is_kernel(const Medium& medium) { return std::holds_alternative<DirectKernel>(medium.source); }

/// The words of an axis that a scenario may name.
template <typename Enum>
std::vector<std::string_view> axis_words() {
  std::vector<std::string_view> names;
  for (const Word<Enum>& word : words<Enum>()) {
    if constexpr (std::is_same_v<Enum, Device>) {
      if (word.value == Device::kNone) {
        continue;
      }
    }
    if constexpr (std::is_same_v<Enum, Controller>) {
      if (word.value == Controller::kDefault) {
        continue;
      }
    }
    names.push_back(word.name);
  }
  return names;
}

/// The elements of an axis: at least one, none twice.
std::vector<YamlNode> axis_entries(const YamlNode& parent, std::string_view key) {
  const YamlNode node = parent.find(key);
  if (node.is_absent()) {
    return {};
  }
  std::vector<YamlNode> entries = node.list_or_single();
  if (entries.empty()) {
    throw node.error(fmt::format("'{}' is an empty list", key), "name a value, or remove the key");
  }
  std::unordered_set<std::string> seen;
  for (const YamlNode& entry : entries) {
    if (!seen.insert(entry.text()).second) {
      throw entry.error(fmt::format("'{}' stands twice in '{}'", entry.text(), key),
                        "remove one of the two");
    }
  }
  return entries;
}

template <typename Enum>
Enum read_word(const YamlNode& node, std::string_view what) {
  const std::vector<std::string_view> names = axis_words<Enum>();
  return *parse_word<Enum>(names[node.one_of(names, what)]);
}

template <typename Enum>
std::vector<Enum> read_words(const YamlNode& parent, std::string_view key) {
  const std::vector<std::string_view> names = axis_words<Enum>();
  std::vector<Enum> values;
  for (const YamlNode& entry : axis_entries(parent, key)) {
    values.push_back(*parse_word<Enum>(names[entry.one_of(names, key)]));
  }
  return values;
}

std::vector<FirmwareChoice> read_firmware(const YamlNode& parent, const FirmwareNames& names) {
  std::vector<FirmwareChoice> choices;
  for (const YamlNode& entry : axis_entries(parent, "firmware")) {
    choices.push_back(names.find(entry));
  }
  return choices;
}

std::vector<bool> read_booleans(const YamlNode& parent, std::string_view key) {
  std::vector<bool> values;
  for (const YamlNode& entry : axis_entries(parent, key)) {
    values.push_back(entry.boolean());
  }
  return values;
}

std::vector<std::uint32_t> read_sizes(const YamlNode& parent, std::string_view key) {
  std::vector<std::uint32_t> values;
  for (const YamlNode& entry : axis_entries(parent, key)) {
    values.push_back(entry.text() == "0M" ? 0 : entry.memory_mib());
    if (std::count(values.begin(), values.end(), values.back()) > 1) {
      throw entry.error(fmt::format("'{}' stands twice in '{}'", entry.text(), key),
                        "remove one of the two");
    }
  }
  return values;
}

OptionAxes read_options(const YamlNode& parent) {
  OptionAxes axes;
  axes.controller = read_words<Controller>(parent, "controller");
  axes.hide = read_words<Hide>(parent, "hide");
  axes.removable = read_booleans(parent, "removable");
  axes.larger_mib = read_sizes(parent, "larger");
  axes.read_only = read_booleans(parent, "read_only");
  axes.tpm = read_booleans(parent, "tpm");
  return axes;
}

std::vector<std::string> read_media(const YamlNode& parent, const MediaNames& media) {
  std::vector<std::string> names;
  for (const YamlNode& entry : axis_entries(parent, "media")) {
    names.push_back(media.find(entry).name);
  }
  return names;
}

AxisFilter read_filter(const YamlNode& node, const Known& known) {
  check_section(node, Section::kFilter);
  AxisFilter filter;
  filter.mark = node.mark();
  filter.media = read_media(node, known.media);
  filter.firmware = read_firmware(node, known.firmware);
  filter.device = read_words<Device>(node, "device");
  filter.machine = read_words<MachineType>(node, "machine");
  filter.options = read_options(node);
  return filter;
}

/// Refuses a value of a filter that the scenario's axis does not have: such a filter could match
/// nothing.
template <typename Value>
void check_within_axis(const YamlNode& filter, std::string_view key,
                       const std::vector<Value>& wanted, const std::vector<Value>& axis) {
  const std::vector<YamlNode> entries = axis_entries(filter, key);
  const std::set<Value> present(axis.begin(), axis.end());
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (present.count(wanted[i]) == 0) {
      throw entries[i].error(
          fmt::format("'{}' is not in '{}' of this scenario", entries[i].text(), key),
          "a filter can exclude only what the scenario has: correct it or remove it");
    }
  }
}

/// The same for an axis that has its default alone where the scenario does not name it.
template <typename Value>
void check_within_options(const YamlNode& filter, std::string_view key,
                          const std::vector<Value>& wanted, const std::vector<Value>& axis,
                          Value fallback) {
  check_within_axis(filter, key, wanted, axis.empty() ? std::vector<Value>{fallback} : axis);
}

void check_options(const YamlNode& node, const OptionAxes& wanted, const OptionAxes& axes) {
  const CellOptions plain;
  check_within_options(node, "controller", wanted.controller, axes.controller, plain.controller);
  check_within_options(node, "hide", wanted.hide, axes.hide, plain.hide);
  check_within_options(node, "removable", wanted.removable, axes.removable, plain.removable);
  check_within_options(node, "larger", wanted.larger_mib, axes.larger_mib, plain.larger_mib);
  check_within_options(node, "read_only", wanted.read_only, axes.read_only, plain.read_only);
  check_within_options(node, "tpm", wanted.tpm, axes.tpm, plain.tpm);
}

AxisFilter read_exclude(const YamlNode& node, const Known& known, const Scenario& scenario) {
  AxisFilter filter = read_filter(node, known);
  if (node.entries().empty()) {
    throw node.error("this filter excludes every cell", "name an axis, such as `firmware: ovmf`");
  }
  check_within_axis(node, "media", filter.media, scenario.media);
  check_within_axis(node, "firmware", filter.firmware, scenario.firmware);
  check_within_axis(node, "device", filter.device, scenario.device);
  if (!scenario.machine.empty()) {
    check_within_axis(node, "machine", filter.machine, scenario.machine);
  }
  check_options(node, filter.options, scenario.options);
  return filter;
}

void check_single(const YamlNode& node, std::string_view key, std::size_t count) {
  if (count > 1) {
    throw node.find(key).error(
        fmt::format("'{}' must be one value in 'include', found {}", key, count),
        "write an entry of 'include' for each cell");
  }
}

AxisFilter read_include(const YamlNode& node, const Known& known, const Scenario& scenario) {
  const MediaNames& media = known.media;
  AxisFilter cell = read_filter(node, known);
  check_single(node, "media", cell.media.size());
  check_single(node, "firmware", cell.firmware.size());
  check_single(node, "device", cell.device.size());
  check_single(node, "machine", cell.machine.size());
  check_single(node, "controller", cell.options.controller.size());
  check_single(node, "hide", cell.options.hide.size());
  check_single(node, "removable", cell.options.removable.size());
  check_single(node, "larger", cell.options.larger_mib.size());
  check_single(node, "read_only", cell.options.read_only.size());
  check_single(node, "tpm", cell.options.tpm.size());
  const Medium& medium = media.find(
      axis_entries(node, "media").empty() ? node.require("media") : axis_entries(node, "media")[0]);
  if (is_kernel(medium)) {
    if (cell.firmware.empty()) {
      cell.firmware = {Firmware::kKernel};
    }
    if (!cell.device.empty()) {
      throw node.error_at_key("device",
                              fmt::format("'{}' is a kernel and has no device", medium.name),
                              "remove 'device'");
    }
    if (cell.firmware[0] != Firmware::kKernel) {
      throw node.error_at_key("firmware",
                              fmt::format("'{}' is a kernel, which firmware {} can't start",
                                          medium.name, name_of(cell.firmware[0])),
                              "write `firmware: kernel`");
    }
  } else {
    (void)node.require("firmware");
    if (cell.firmware[0] == Firmware::kKernel) {
      throw node.error_at_key(
          "firmware",
          fmt::format("'{}' is an image, which firmware kernel can't start", medium.name),
          "choose a firmware such as seabios or ovmf");
    }
    (void)node.require("device");
  }
  if (!scenario.machine.empty()) {
    (void)node.require("machine");
  }
  return cell;
}

/// Firmware `kernel` and direct kernels belong together, and neither has a device.
void check_kinds(const YamlNode& node, const MediaNames& media, Scenario& scenario) {
  const std::vector<YamlNode> entries = axis_entries(node, "media");
  const bool kernels = is_kernel(media.find(entries[0]));
  for (const YamlNode& entry : entries) {
    if (is_kernel(media.find(entry)) != kernels) {
      throw entry.error(
          fmt::format("'{}' is {}, '{}' is {}", entry.text(), kernels ? "an image" : "a kernel",
                      entries[0].text(), kernels ? "a kernel" : "an image"),
          "a scenario takes images or kernels: make two scenarios");
    }
  }
  if (kernels && scenario.firmware.empty()) {
    scenario.firmware = {Firmware::kKernel};
  }
  if (scenario.firmware.empty()) {
    (void)node.require("firmware");
  }
  const std::vector<YamlNode> firmware = axis_entries(node, "firmware");
  for (std::size_t i = 0; i < firmware.size(); ++i) {
    if (kernels && scenario.firmware[i] != Firmware::kKernel) {
      throw firmware[i].error(fmt::format("firmware {} can't start '{}', which is a kernel",
                                          name_of(scenario.firmware[i]), scenario.media[0]),
                              "write `firmware: kernel`, or name a medium that is an image");
    }
    if (!kernels && scenario.firmware[i] == Firmware::kKernel) {
      throw firmware[i].error(
          fmt::format("firmware kernel can't start '{}', which is an image", scenario.media[0]),
          "choose a firmware such as seabios or ovmf, or name a medium with "
          "`kernel:`");
    }
  }
  if (kernels && !scenario.device.empty()) {
    throw node.error_at_key("device",
                            fmt::format("'{}' is a kernel and has no device", scenario.media[0]),
                            "remove 'device'");
  }
  if (!kernels) {
    (void)node.require("device");
  }
}

std::vector<YamlNode> read_filters(const YamlNode& node, std::string_view key) {
  const YamlNode value = node.find(key);
  if (value.is_absent()) {
    return {};
  }
  std::vector<YamlNode> filters = value.list_or_single();
  if (filters.size() > kMaximumFilters) {
    throw value.error(fmt::format("'{}' has {} entries, at most {} are read", key, filters.size(),
                                  kMaximumFilters),
                      "use lists within a filter, or split the scenario");
  }
  return filters;
}

}  // namespace

Firmware read_firmware_word(const YamlNode& node) { return read_word<Firmware>(node, "firmware"); }
Device read_device_word(const YamlNode& node) { return read_word<Device>(node, "device"); }
Controller read_controller_word(const YamlNode& node) {
  return read_word<Controller>(node, "controller");
}

void read_axes(const YamlNode& node, const Known& known, Scenario& scenario) {
  const MediaNames& media = known.media;
  scenario.media = read_media(node, media);
  scenario.firmware = read_firmware(node, known.firmware);
  scenario.device = read_words<Device>(node, "device");
  scenario.machine = read_words<MachineType>(node, "machine");
  scenario.options = read_options(node);
  const std::vector<YamlNode> include = read_filters(node, "include");
  if (!scenario.media.empty()) {
    check_kinds(node, media, scenario);
  } else if (include.empty()) {
    (void)node.require("media");
  } else {
    for (const std::string_view key : {"firmware", "device", "machine", "controller", "hide",
                                       "removable", "larger", "read_only", "tpm", "exclude"}) {
      if (!node.find(key).is_absent()) {
        throw node.error_at_key(key, fmt::format("'{}' without 'media'", key),
                                "give all axes, or 'include' alone");
      }
    }
  }
  for (const YamlNode& entry : read_filters(node, "exclude")) {
    scenario.exclude.push_back(read_exclude(entry, known, scenario));
  }
  for (const YamlNode& entry : include) {
    scenario.include.push_back(read_include(entry, known, scenario));
  }
}

}  // namespace bootproof
