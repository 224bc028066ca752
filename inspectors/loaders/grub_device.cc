#include "inspectors/loaders/grub_device.h"

#include <fmt/format.h>

#include <algorithm>

namespace bootproof::inspectors {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view disk_of(std::string_view device) { return device.substr(0, device.find(',')); }

std::string_view partition_of(std::string_view device) {
  const std::size_t comma = device.find(',');
  return comma == std::string_view::npos ? std::string_view() : device.substr(comma + 1);
}

/// "cd" is how GRUB calls the only CD of a BIOS.
bool is_same_disk(std::string_view a, std::string_view b) {
  const auto full = [](std::string_view disk) { return disk == "cd" ? "cd0" : disk; };
  return full(a) == full(b);
}

/// Whether `asked`, perhaps without its scheme ("2" for "gpt2"), names `partition`.
bool is_same_partition(std::string_view partition, std::string_view asked) {
  if (partition.empty() || asked.empty()) {
    return partition.empty() && asked.empty();
  }
  if (is_digit(asked.front())) {
    const std::size_t digits = partition.find_first_of("0123456789");
    partition.remove_prefix(std::min(digits, partition.size()));
  }
  return partition == asked;
}

}  // namespace

GrubDevice find_grub_device(const LoaderWorld& world, std::string_view name) {
  GrubDevice device;
  for (std::size_t i = 0; i < world.volumes.size(); ++i) {
    const std::string_view known = world.volumes[i].grub_name;
    if (!is_same_disk(disk_of(known), disk_of(name))) {
      continue;
    }
    if (is_same_partition(partition_of(known), partition_of(name))) {
      return {GrubDeviceState::kKnown, i};
    }
    // The whole disk is there even where the world lists its partitions alone.
    device.state = partition_of(name).empty() ? device.state : GrubDeviceState::kMissing;
  }
  return device;
}

GrubFileName split_grub_file_name(std::string_view text) {
  GrubFileName name;
  if (text.starts_with('(')) {
    const std::size_t end = text.find(')');
    if (end != std::string_view::npos) {
      name.device = std::string(text.substr(1, end - 1));
      text.remove_prefix(end + 1);
    }
  }
  name.path = std::string(text);
  name.is_block_list = text.find('+') != std::string_view::npos &&
                       std::all_of(text.begin(), text.end(),
                                   [](char c) { return is_digit(c) || c == '+' || c == ','; });
  return name;
}

std::string whole_grub_prefix(const LoaderWorld& world, std::string_view prefix) {
  const std::string own =
      world.own < world.volumes.size() ? world.volumes[world.own].grub_name : std::string();
  if (prefix.starts_with("(,")) {
    return fmt::format("({}{}", disk_of(own), prefix.substr(1));
  }
  if (prefix.starts_with('(')) {
    return std::string(prefix);
  }
  return fmt::format("({}){}{}", own, prefix.starts_with('/') || prefix.empty() ? "" : "/", prefix);
}

}  // namespace bootproof::inspectors
