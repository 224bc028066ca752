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

using CellKey =
    std::tuple<const Medium*, Firmware, const FirmwareBuild*, Device, MachineType, CellOptions>;

/// What cells are made of: the media and firmware builds of the file by name.
struct Names {
  std::unordered_map<std::string_view, const Medium*> media;
  std::unordered_map<std::string_view, const FirmwareBuild*> firmware;
};

CellKey key_of(const Cell& cell) {
  return {cell.medium, cell.firmware, cell.firmware_build, cell.device, cell.machine, cell.options};
}

template <typename Value>
bool is_among(const std::vector<Value>& wanted, const Value& value) {
  return wanted.empty() || std::find(wanted.begin(), wanted.end(), value) != wanted.end();
}

FirmwareChoice choice_of(const Cell& cell) {
  return {cell.firmware, cell.firmware_build == nullptr ? "" : cell.firmware_build->name};
}

bool matches(const AxisFilter& filter, const Cell& cell) {
  return is_among(filter.firmware, choice_of(cell)) && is_among(filter.device, cell.device) &&
         is_among(filter.machine, cell.machine) && is_among(filter.media, cell.medium->name) &&
         allows(filter.options, cell.options);
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

template <typename Action>
bool has_step(const Scenario& scenario) {
  return std::any_of(scenario.steps.begin(), scenario.steps.end(),
                     [](const Step& step) { return std::holds_alternative<Action>(step.action); });
}

/// What the steps and further disks want of the machine that it does not have.
std::string drive_problem(const Cell& cell) {
  const Scenario& scenario = *cell.scenario;
  if (!is_optical(cell.device) &&
      (has_step<EjectStep>(scenario) || has_step<InsertStep>(scenario))) {
    return fmt::format(
        "{} has no drive for `eject` and `insert`: choose ide-cd, ahci-cd, scsi-cd "
        "or usb-cd",
        name_of(cell.device));
  }
  for (const DiskEntry& disk : scenario.disks) {
    const bool is_ide = disk.device == Device::kIdeCd || disk.device == Device::kIdeHd;
    if (is_ide && cell.machine != MachineType::kPc) {
      return fmt::format("the disk {} needs machine pc, this one is {}", name_of(disk.device),
                         name_of(cell.machine));
    }
  }
  return {};
}

/// combination_problem, and what else of the medium and the steps rules the cell out.
std::string problem_of(const Cell& cell) {
  std::string problem =
      combination_problem(cell.firmware, cell.device, cell.machine, cell.options.controller);
  if (problem.empty()) {
    problem = presentation_problem(cell.options, cell.device);
  }
  if (problem.empty()) {
    problem = drive_problem(cell);
  }
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

/// The media that `disks` and steps name.
void add_further_media(const Names& names, Cell& cell) {
  for (const DiskEntry& disk : cell.scenario->disks) {
    cell.disk_media.push_back(disk.medium.empty() ? nullptr : names.media.at(disk.medium));
  }
  for (const Step& step : cell.scenario->steps) {
    const auto* insert = std::get_if<InsertStep>(&step.action);
    const auto* plug = std::get_if<PlugStep>(&step.action);
    if (insert == nullptr && plug == nullptr) {
      continue;
    }
    const Medium* medium = names.media.at(insert != nullptr ? insert->medium : plug->medium);
    if (std::find(cell.shelf.begin(), cell.shelf.end(), medium) == cell.shelf.end()) {
      cell.shelf.push_back(medium);
    }
  }
}

/// What one cell is made of besides its scenario.
struct Coordinates {
  const Medium* medium = nullptr;
  FirmwareChoice firmware;
  Device device = Device::kNone;
  const MachineType* machine = nullptr;  ///< Null: the default.
  CellOptions options;
};

/// The cell there. A machine that is the default stands not in its id.
Cell make_cell(const Scenario& scenario, const Names& names, const Coordinates& at) {
  Cell cell;
  cell.scenario = &scenario;
  cell.medium = at.medium;
  cell.firmware = at.firmware;
  cell.firmware_build = at.firmware.build.empty() ? nullptr : names.firmware.at(at.firmware.build);
  cell.device = at.device;
  cell.machine = at.machine != nullptr
                     ? *at.machine
                     : default_machine(at.firmware, at.device, architecture_of_medium(*at.medium));
  cell.options = at.options;
  cell.id = fmt::format("{}.{}", at.medium->name, name_of(at.firmware));
  if (at.device != Device::kNone) {
    cell.id += fmt::format(".{}", name_of(at.device));
  }
  if (at.machine != nullptr) {
    cell.id += fmt::format(".{}", name_of(*at.machine));
  }
  cell.id += id_suffix(at.options);
  add_further_media(names, cell);
  cell.impossible = problem_of(cell);
  return cell;
}

/// The number of cells of the product and of `include`, but at most kMaximumCells + 1.
std::size_t count_cells(const Scenario& scenario) {
  const auto capped = [](std::size_t count) { return std::min(count, kMaximumCells + 1); };
  std::size_t count = capped(scenario.media.size());
  for (const std::size_t factor :
       {scenario.firmware.size(), std::max<std::size_t>(1, scenario.device.size()),
        std::max<std::size_t>(1, scenario.machine.size()),
        count_products(scenario.options, kMaximumCells + 1)}) {
    count = capped(count * capped(factor));
  }
  return capped(count + capped(scenario.include.size()));
}

void append_product(const Scenario& scenario, const Names& names, std::vector<Cell>& cells) {
  const std::vector<Device> devices =
      scenario.device.empty() ? std::vector<Device>{Device::kNone} : scenario.device;
  std::vector<const MachineType*> machines;
  for (const MachineType& machine : scenario.machine) {
    machines.push_back(&machine);
  }
  if (machines.empty()) {
    machines.push_back(nullptr);
  }
  const std::vector<CellOptions> options = products(scenario.options);
  for (const std::string& name : scenario.media) {
    for (const FirmwareChoice& firmware : scenario.firmware) {
      for (const Device device : devices) {
        for (const MachineType* machine : machines) {
          for (const CellOptions& one : options) {
            const Coordinates at{names.media.at(name), firmware, device, machine, one};
            cells.push_back(make_cell(scenario, names, at));
          }
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

void append_included(const Scenario& scenario, const Names& names, std::vector<Cell>& cells) {
  std::set<CellKey> present;
  for (const Cell& cell : cells) {
    present.insert(key_of(cell));
  }
  for (const AxisFilter& entry : scenario.include) {
    const Coordinates at{names.media.at(entry.media.at(0)), entry.firmware.at(0),
                         entry.device.empty() ? Device::kNone : entry.device[0],
                         entry.machine.empty() ? nullptr : entry.machine.data(),
                         products(entry.options).at(0)};
    Cell cell = make_cell(scenario, names, at);
    if (!present.insert(key_of(cell)).second) {
      throw error_at(entry.mark,
                     fmt::format("cell '{}' is in scenario '{}' already", cell.id, scenario.name),
                     "remove this entry of 'include'");
    }
    cells.push_back(std::move(cell));
  }
}

std::vector<Cell> expand_one(const Scenario& scenario, const Names& names, AllImpossible allowed) {
  std::vector<Cell> cells;
  append_product(scenario, names, cells);
  remove_excluded(scenario, cells);
  append_included(scenario, names, cells);
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
  Names names;
  for (const Medium& medium : file.media) {
    names.media.emplace(medium.name, &medium);
  }
  for (const FirmwareBuild& build : file.firmware) {
    names.firmware.emplace(build.name, &build);
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
    for (Cell& cell : expand_one(scenario, names, all_impossible)) {
      cells.push_back(std::move(cell));
    }
  }
  return cells;
}

}  // namespace bootproof
