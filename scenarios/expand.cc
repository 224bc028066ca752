#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <variant>

#include "harness/core/text.h"
#include "scenarios/scenario.h"

namespace bootproof {
namespace {

using MediumIndex = std::unordered_map<std::string_view, const Medium*>;
using CellKey = std::tuple<const Medium*, Firmware, Device, MachineType>;

CellKey key_of(const Cell& cell) { return {cell.medium, cell.firmware, cell.device, cell.machine}; }

template <typename Value>
bool allows(const std::vector<Value>& wanted, const Value& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

bool matches(const AxisFilter& filter, const Cell& cell) {
  return allows(filter.firmware, cell.firmware) && allows(filter.device, cell.device) &&
         allows(filter.machine, cell.machine) && allows(filter.media, cell.medium->name);
}

bool looks_at_vga(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(), [](const Step& step) {
    const auto* expect = std::get_if<ExpectStep>(&step.action);
    return expect != nullptr && expect->on == MatchOn::kVga;
  });
}

/// The architecture of the cell's machine if nothing but the medium tells it.
Architecture architecture_of_medium(const Medium& medium) {
  const auto* kernel = std::get_if<DirectKernel>(&medium.source);
  return kernel == nullptr ? Architecture::kX86_64 : kernel->architecture;
}

/// QEMU's IDE and USB disks have sectors of 512 bytes, its optical drives of 2048.
bool can_have_large_sectors(Device device) {
  return device == Device::kVirtioBlk || device == Device::kScsiHd || device == Device::kNvme;
}

/// combination_problem, and what else of the medium and the steps rules the cell out.
std::string problem_of(const Cell& cell) {
  std::string problem = combination_problem(cell.firmware, cell.device, cell.machine);
  if (!problem.empty()) {
    return problem;
  }
  const Architecture machine = architecture_of(cell.machine);
  if (cell.firmware == Firmware::kKernel && architecture_of_medium(*cell.medium) != machine) {
    return fmt::format("the kernel of {} is for {}, machine {} is {}: choose {}", cell.medium->name,
                       name_of(architecture_of_medium(*cell.medium)), name_of(cell.machine),
                       name_of(machine),
                       machine == Architecture::kX86_64 ? "machine virt" : "machine pc or q35");
  }
  if (cell.scenario->sector_size > 512 && !can_have_large_sectors(cell.device)) {
    return fmt::format("device {} has no sectors of {} bytes: choose virtio-blk, scsi-hd or nvme",
                       name_of(cell.device), cell.scenario->sector_size);
  }
  if (cell.machine == MachineType::kVirt && looks_at_vga(*cell.scenario)) {
    return "a step looks at the vga screen, which machine virt does not have: choose `on: serial` "
           "or `on: screen`";
  }
  return {};
}

/// A cell; `machine` is null where the default is to be taken, and then stands not in the id.
Cell make_cell(const Scenario& scenario, const Medium& medium, Firmware firmware, Device device,
               const MachineType* machine) {
  Cell cell;
  cell.scenario = &scenario;
  cell.medium = &medium;
  cell.firmware = firmware;
  cell.device = device;
  cell.machine = machine != nullptr
                     ? *machine
                     : default_machine(firmware, device, architecture_of_medium(medium));
  cell.id = fmt::format("{}.{}", medium.name, name_of(firmware));
  if (device != Device::kNone) {
    cell.id += fmt::format(".{}", name_of(device));
  }
  if (machine != nullptr) {
    cell.id += fmt::format(".{}", name_of(*machine));
  }
  cell.impossible = problem_of(cell);
  return cell;
}

/// The number of cells of the product and of `include`, but at most kMaximumCells + 1.
std::size_t count_cells(const Scenario& scenario) {
  const auto capped = [](std::size_t count) { return std::min(count, kMaximumCells + 1); };
  std::size_t count = capped(scenario.media.size());
  for (const std::size_t factor :
       {scenario.firmware.size(), std::max<std::size_t>(1, scenario.device.size()),
        std::max<std::size_t>(1, scenario.machine.size())}) {
    count = capped(count * capped(factor));
  }
  return capped(count + capped(scenario.include.size()));
}

void append_product(const Scenario& scenario, const MediumIndex& media, std::vector<Cell>& cells) {
  const std::vector<Device> devices =
      scenario.device.empty() ? std::vector<Device>{Device::kNone} : scenario.device;
  std::vector<const MachineType*> machines;
  for (const MachineType& machine : scenario.machine) {
    machines.push_back(&machine);
  }
  if (machines.empty()) {
    machines.push_back(nullptr);
  }
  for (const std::string& name : scenario.media) {
    for (const Firmware firmware : scenario.firmware) {
      for (const Device device : devices) {
        for (const MachineType* machine : machines) {
          cells.push_back(make_cell(scenario, *media.at(name), firmware, device, machine));
        }
      }
    }
  }
}

void remove_excluded(const Scenario& scenario, std::vector<Cell>& cells) {
  std::vector<bool> used(scenario.exclude.size());
  const auto is_excluded = [&](const Cell& cell) {
    bool excluded = false;
    for (std::size_t i = 0; i < scenario.exclude.size(); ++i) {
      if (matches(scenario.exclude[i], cell)) {
        used[i] = true;
        excluded = true;
      }
    }
    return excluded;
  };
  cells.erase(std::remove_if(cells.begin(), cells.end(), is_excluded), cells.end());
  for (std::size_t i = 0; i < used.size(); ++i) {
    if (!used[i]) {
      throw error_at(scenario.exclude[i].mark,
                     fmt::format("this filter excludes no cell of scenario '{}'", scenario.name),
                     "correct it or remove it; `bootproof list` shows the cells");
    }
  }
}

void append_included(const Scenario& scenario, const MediumIndex& media, std::vector<Cell>& cells) {
  std::set<CellKey> present;
  for (const Cell& cell : cells) {
    present.insert(key_of(cell));
  }
  for (const AxisFilter& entry : scenario.include) {
    Cell cell = make_cell(scenario, *media.at(entry.media.at(0)), entry.firmware.at(0),
                          entry.device.empty() ? Device::kNone : entry.device[0],
                          entry.machine.empty() ? nullptr : entry.machine.data());
    if (!present.insert(key_of(cell)).second) {
      throw error_at(entry.mark,
                     fmt::format("cell '{}' is in scenario '{}' already", cell.id, scenario.name),
                     "remove this entry of 'include'");
    }
    cells.push_back(std::move(cell));
  }
}

std::vector<Cell> expand_one(const Scenario& scenario, const MediumIndex& media,
                             AllImpossible allowed) {
  std::vector<Cell> cells;
  append_product(scenario, media, cells);
  remove_excluded(scenario, cells);
  append_included(scenario, media, cells);
  if (cells.empty()) {
    throw error_at(scenario.mark, fmt::format("scenario '{}' has no cells", scenario.name),
                   "its 'exclude' removes all of them");
  }
  const bool all_impossible = std::all_of(
      cells.begin(), cells.end(), [](const Cell& cell) { return !cell.impossible.empty(); });
  if (all_impossible && allowed == AllImpossible::kRefused) {
    throw error_at(scenario.mark, fmt::format("no cell of scenario '{}' can work", scenario.name),
                   fmt::format("{}: {}", cells[0].id, cells[0].impossible));
  }
  return cells;
}

}  // namespace

std::vector<Cell> expand(const ScenarioFile& file, AllImpossible all_impossible) {
  MediumIndex media;
  for (const Medium& medium : file.media) {
    media.emplace(medium.name, &medium);
  }
  std::size_t total = 0;
  for (const Scenario& scenario : file.scenarios) {
    total += count_cells(scenario);
    if (total > kMaximumCells) {
      throw error_at(
          scenario.mark,
          fmt::format("more than {} cells, with scenario '{}'", kMaximumCells, scenario.name),
          "split the file, or make an axis shorter");
    }
  }
  std::vector<Cell> cells;
  for (const Scenario& scenario : file.scenarios) {
    for (Cell& cell : expand_one(scenario, media, all_impossible)) {
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

}  // namespace bootproof
