#include "harness/run/plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <iterator>
#include <set>

#include "harness/core/files.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kLargestDurationsFile = 8U << 20U;

/// What a boot takes on the reference machine, roughly; only the order matters.
std::int64_t estimated_milliseconds(Firmware firmware) {
  switch (firmware) {
    case Firmware::kSeabios:
      return 6'000;
    case Firmware::kKernel:
      return 5'000;
    case Firmware::kOvmf:
    case Firmware::kOvmfIa32:
      return 10'000;
    case Firmware::kOvmfSecure:
    case Firmware::kOvmfSecureOwn:
    case Firmware::kAavmf:
    case Firmware::kAavmfSecure:
    case Firmware::kAavmfSecureOwn:
      break;
  }
  return 14'000;
}

bool matches_filter(std::string_view pattern, const std::string& id) {
  const bool has_wildcard = pattern.find_first_of("*?") != std::string_view::npos;
  return has_wildcard ? matches_glob(pattern, id) : id.find(pattern) != std::string::npos;
}

}  // namespace

Durations::Durations(std::filesystem::path file) : file_(std::move(file)) {
  const Result<std::string> text = read_file(file_, kLargestDurationsFile);
  boost::system::error_code code;
  const json::value parsed = text ? json::parse(*text, code) : json::value();
  if (const json::object* object = parsed.if_object(); !code && object != nullptr) {
    for (const auto& [id, value] : *object) {
      if (const std::int64_t* number = value.if_int64(); number != nullptr && *number > 0) {
        milliseconds_.emplace(id, *number);
      }
    }
  }
}

std::chrono::milliseconds Durations::expected(const Cell& cell) const {
  const auto known = milliseconds_.find(cell.full_id());
  return std::chrono::milliseconds(
      known == milliseconds_.end() ? estimated_milliseconds(cell.firmware) : known->second);
}

std::chrono::milliseconds estimated_duration(const Cell& cell) {
  return std::chrono::milliseconds(estimated_milliseconds(cell.firmware));
}

void Durations::record(const Cell& cell, std::chrono::milliseconds duration) {
  milliseconds_[cell.full_id()] = duration.count();
}

void Durations::save() const {
  json::object object;
  for (const auto& [id, milliseconds] : milliseconds_) {
    object[id] = milliseconds;
  }
  create_folders(file_.parent_path(), kCacheRemedy);
  write_file_atomically(file_, json::serialize(object));
}

std::vector<Cell> filter_cells(std::span<const Cell> cells, std::span<const std::string> patterns) {
  const bool any_positive = std::any_of(patterns.begin(), patterns.end(), [](const auto& pattern) {
    return !pattern.starts_with('!');
  });
  std::set<std::string_view> whole_ids;
  for (const std::string& pattern : patterns) {
    const std::string_view id = std::string_view(pattern).substr(pattern.starts_with('!') ? 1 : 0);
    if (std::any_of(cells.begin(), cells.end(),
                    [&](const Cell& cell) { return cell.full_id() == id; })) {
      whole_ids.insert(id);
    }
  }
  const auto matches = [&whole_ids](std::string_view pattern, const std::string& id) {
    return whole_ids.count(pattern) != 0 ? pattern == id : matches_filter(pattern, id);
  };
  std::vector<Cell> chosen;
  std::copy_if(cells.begin(), cells.end(), std::back_inserter(chosen), [&](const Cell& cell) {
    const std::string id = cell.full_id();
    bool wanted = !any_positive;
    for (const std::string& pattern : patterns) {
      if (pattern.starts_with('!')) {
        if (matches(std::string_view(pattern).substr(1), id)) {
          return false;
        }
      } else if (matches(pattern, id)) {
        wanted = true;
      }
    }
    return wanted;
  });
  if (chosen.empty()) {
    throw Error(ErrorKind::kUsage,
                fmt::format("no case matches the filter {} ({} in the file)",
                            escape_for_terminal(fmt::format("{}", fmt::join(patterns, " "))),
                            counted(cells.size(), "case")),
                "`bootproof list` prints the ids; quote patterns with * for the shell");
  }
  return chosen;
}

Accelerator accelerator_for(MachineType machine, Accelerator chosen) {
  const bool is_native = architecture_of(machine) == Architecture::kX86_64;
  return is_native ? chosen : Accelerator::kTcg;
}

MachineSpec machine_spec_of(const Cell& cell, const ReadyMedium& medium, Accelerator accelerator,
                            bool skip_countdowns) {
  const Scenario& scenario = *cell.scenario;
  MachineSpec spec;
  spec.machine = cell.machine;
  spec.firmware = cell.firmware;
  spec.device = cell.device;
  spec.image = medium.image.path;
  spec.kernel = medium.kernel.path;
  spec.initrd = medium.initrd.path;
  if (const auto* direct = std::get_if<DirectKernel>(&medium.medium->source)) {
    spec.append = direct->append;
  }
  spec.memory_mib = scenario.memory_mib;
  spec.cpus = scenario.cpus;
  spec.cpu_model = scenario.cpu_model;
  spec.sector_size = scenario.sector_size;
  spec.controller = cell.options.controller;
  spec.hide = cell.options.hide;
  spec.removable = cell.options.removable;
  spec.read_only = cell.options.read_only;
  spec.larger_mib = cell.options.larger_mib;
  spec.tpm = cell.options.tpm;
  spec.network = scenario.network;
  spec.skip_countdowns = skip_countdowns && scenario.skip_countdowns;
  spec.accelerator = accelerator_for(cell.machine, accelerator);
  return spec;
}

MachineSpec machine_spec_of(const Cell& cell, const ReadyFiles& files, Accelerator accelerator,
                            bool skip_countdowns) {
  MachineSpec spec =
      machine_spec_of(cell, files.medium(*cell.medium), accelerator, skip_countdowns);
  if (const ReadyFirmware* build = files.firmware(cell)) {
    spec.firmware_code = build->code.path;
    spec.varstore_template = build->vars.path;
  }
  const std::vector<DiskEntry>& disks = cell.scenario->disks;
  for (std::size_t i = 0; i < disks.size(); ++i) {
    ExtraDisk disk;
    if (const Medium* medium = cell.disk_media.at(i)) {
      disk.image = files.medium(*medium).image.path;
    }
    disk.size_mib = disks[i].size_mib;
    disk.device = disks[i].device;
    disk.controller = disks[i].controller;
    spec.disks.push_back(std::move(disk));
  }
  for (const Medium* medium : cell.shelf) {
    spec.shelf.push_back({medium->name, files.medium(*medium).image.path});
  }
  return spec;
}

}  // namespace bootproof
