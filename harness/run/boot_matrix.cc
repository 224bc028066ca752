#include "harness/run/boot_matrix.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <span>
#include <system_error>
#include <tuple>
#include <utility>

#include "harness/core/error.h"
#include "harness/core/text.h"
#include "harness/run/media.h"
#include "inspectors/paths/boot_path.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using inspectors::BootPath;
using inspectors::Forecast;
using inspectors::Inspection;
using inspectors::MediumKind;

/// The devices by which a medium is tried, the one that is booted first in a quick run first.
constexpr std::array kIsoDevices{Device::kAhciCd, Device::kIdeCd, Device::kScsiCd,
                                 Device::kUsbStorage};
constexpr std::array kDiskDevices{Device::kVirtioBlk, Device::kScsiHd, Device::kNvme,
                                  Device::kAhciHd,    Device::kIdeHd,  Device::kUsbStorage};
/// QEMU's IDE, AHCI and USB disks have sectors of 512 bytes.
constexpr std::array kLargeSectorDevices{Device::kVirtioBlk, Device::kScsiHd, Device::kNvme};
constexpr std::array kX86Firmware{Firmware::kSeabios, Firmware::kOvmf, Firmware::kOvmfSecure};
constexpr std::array kAarch64Firmware{Firmware::kAavmf};

/// One cell of the matrix, and what is foretold of it.
struct Planned {
  Firmware firmware;
  Device device;
  const BootPath* path = nullptr;
};

/// How a cell is to end: the goal of its own, or the causes for which it is to fail.
struct Ending {
  Goal goal = Goal::kPrompt;
  std::vector<std::string> causes;
  bool is_told = false;  ///< The pattern that was asked for has to come.

  bool operator<(const Ending& other) const {
    return std::tie(goal, causes, is_told) < std::tie(other.goal, other.causes, other.is_told);
  }
};

/// A YAML scalar in single quotes.
std::string yaml_text(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    out += c == '\'' ? "''" : std::string(1, c);
  }
  return out + "'";
}

/// An image as the file names it, a link by its own name: what a YAML scalar can't hold is refused.
std::string path_text(const fs::path& image, const fs::path& folder) {
  const fs::path absolute =
      fs::weakly_canonical(fs::absolute(image).parent_path()) / image.filename();
  const std::string text =
      (folder.empty() ? absolute : absolute.lexically_proximate(fs::weakly_canonical(folder)))
          .string();
  if (!is_printable_line(text)) {
    throw Error(ErrorKind::kUsage,
                fmt::format("the path {} can't stand in a scenario file",
                            escape_for_terminal(image.string())),
                "give the image a name of printable UTF-8 characters, or a link with such a name");
  }
  return text;
}

/// A name for a medium: its file name's stem in the characters that names may have.
std::string medium_name(const fs::path& image, std::set<std::string>& taken) {
  constexpr std::size_t kLongest = 40;
  std::string name;
  for (const char c : image.stem().string()) {
    const bool is_plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (is_plain || (!name.empty() && (c == '-' || c == '_'))) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  name = name.substr(0, kLongest);
  while (name.ends_with('-')) {
    name.pop_back();
  }
  if (name.empty() || name == "null" || name == "Null" || name == "NULL") {
    name = "medium";  // YAML's words for nothing can't be keys.
  }
  std::string unique = name;
  for (int number = 2; !taken.insert(unique).second; ++number) {
    unique = fmt::format("{}-{}", name, number);
  }
  return unique;
}

bool is_iso(const Inspection& inspection) {
  return inspection.kind == MediumKind::kIso9660 || inspection.kind == MediumKind::kHybridIso;
}

std::uint32_t sector_size_of(const Inspection& inspection) {
  constexpr std::uint32_t kLarge = 4096;
  return !is_iso(inspection) && inspection.gpt && inspection.gpt->sector_bytes == kLarge ? kLarge
                                                                                         : 0;
}

std::span<const Device> devices_for(const Inspection& inspection) {
  if (is_iso(inspection)) {
    return kIsoDevices;
  }
  return sector_size_of(inspection) != 0 ? std::span<const Device>(kLargeSectorDevices)
                                         : std::span<const Device>(kDiskDevices);
}

/// The path of a firmware on a device. Without keys: Secure Boot's path is asked of another
/// inspection.
const BootPath* path_on(const Inspection& inspection, Firmware firmware, Device device) {
  return find_path(inspection, firmware, attachment_of(device, sector_size_of(inspection)));
}

/// Whether some path of this architecture's firmware is not broken.
bool is_meant_for(const Inspection& inspection, std::span<const Firmware> firmware) {
  return std::any_of(firmware.begin(), firmware.end(), [&](Firmware one) {
    const std::span<const Device> devices = devices_for(inspection);
    return std::any_of(devices.begin(), devices.end(), [&](Device device) {
      const BootPath* path = path_on(inspection, one, device);
      return path != nullptr && path->forecast != Forecast::kCannotBoot;
    });
  });
}

std::vector<Firmware> firmware_for(const BootRequest& request, const Inspection& inspection) {
  if (!request.firmware.empty()) {
    return request.firmware;
  }
  std::vector<Firmware> chosen;
  const bool for_x86 = is_meant_for(inspection, kX86Firmware);
  const bool for_aarch64 = is_meant_for(inspection, kAarch64Firmware);
  if (for_x86 || !for_aarch64) {
    chosen.insert(chosen.end(), kX86Firmware.begin(), kX86Firmware.end());
  }
  if (for_aarch64 || !for_x86) {
    chosen.insert(chosen.end(), kAarch64Firmware.begin(), kAarch64Firmware.end());
  }
  return chosen;
}

MachineType machine_for(Firmware firmware, Device device) {
  return default_machine(firmware, device, Architecture::kX86_64);
}

/// The cells of one image. `asked`: the devices that were asked for by name.
std::vector<Planned> plan_image(const BootRequest& request, const fs::path& image,
                                const Inspection& inspection, Predictions& predictions) {
  const std::span<const Device> usual = devices_for(inspection);
  const std::vector<Device> devices =
      request.device.empty() ? std::vector<Device>(usual.begin(), usual.end()) : request.device;
  std::vector<Planned> cells;
  for (const Firmware firmware : firmware_for(request, inspection)) {
    std::set<inspectors::Attachment> seen;
    for (const Device device : devices) {
      const MachineType machine = machine_for(firmware, device);
      const bool is_named = !request.device.empty() && !request.firmware.empty();
      const bool is_impossible = !combination_problem(firmware, device, machine).empty();
      if (is_impossible && !is_named) {
        continue;
      }
      if (request.is_quick && !is_impossible &&
          !seen.insert(attachment_of(device, sector_size_of(inspection))).second) {
        continue;
      }
      MachineSpec spec;
      spec.image = image;
      spec.firmware = firmware;
      spec.machine = machine;
      spec.device = device;
      spec.sector_size = sector_size_of(inspection);
      cells.push_back({firmware, device, predictions.path_of(spec)});
    }
  }
  return cells;
}

bool is_broken(const Planned& cell) {
  return cell.path != nullptr && cell.path->forecast == Forecast::kCannotBoot;
}

/// `elsewhere`: the goal of what is not booted, with which it stands in the file.
Ending ending_of(const BootRequest& request, const Planned& cell, Goal elsewhere) {
  Ending ending;
  ending.goal = elsewhere;
  if (is_broken(cell)) {
    if (request.proves_impossible) {
      ending.causes = foretold_causes(*cell.path);
    }
  } else if (!request.expect.empty()) {
    ending.is_told = true;  // Not by way of a loader: what prints the pattern may be none we know.
  } else if (cell.path != nullptr) {
    ending.goal = goal_of(*cell.path);
  }
  return ending;
}

std::string steps_text(const BootRequest& request, const Ending& ending) {
  if (!ending.causes.empty()) {
    std::vector<std::string> causes;
    for (const std::string& cause : ending.causes) {
      causes.push_back(yaml_text(cause));
    }
    return fmt::format("    silence_limit: {}ms\n    expect_failure: {{cause: [{}]}}\n",
                       kProofSilence.count(), fmt::join(causes, ", "));
  }
  if (ending.is_told) {
    return fmt::format("    step_limit: 5m\n    steps:\n      - expect: {}\n",
                       yaml_text(request.expect));
  }
  return fmt::format("    steps:\n      - reach: {}\n", name_of(ending.goal));
}

std::string scenario_text(const BootRequest& request, const std::string& medium,
                          const Inspection& inspection, const Ending& ending, int number,
                          const std::vector<Planned>& cells) {
  std::string name = ending.causes.empty()
                         ? fmt::format("{}-reaches-{}", medium, name_of(ending.goal))
                         : fmt::format("{}-cannot-boot-{}", medium, number);
  if (ending.is_told) {
    name = fmt::format("{}-says-what-it-should-{}", medium, number);
  }
  std::string out = fmt::format("  - name: {}\n    memory: {}M\n", name, request.memory_mib);
  if (const std::uint32_t sector_size = sector_size_of(inspection); sector_size != 0) {
    out += fmt::format("    sector_size: {}\n", sector_size);
  }
  if (!request.presses_keys) {
    out += "    countdowns: keep\n";
  }
  out += "    include:\n";
  for (const Planned& cell : cells) {
    out += fmt::format("      - {{media: {}, firmware: {}, device: {}}}", medium,
                       name_of(cell.firmware), name_of(cell.device));
    out += cell.path == nullptr || cell.path->forecast == Forecast::kBoots
               ? "\n"
               : fmt::format("  # {}\n", name_of(cell.path->forecast));
  }
  return out + steps_text(request, ending);
}

}  // namespace

std::string boot_scenario_text(const BootRequest& request, Predictions& predictions,
                               const fs::path& folder) {
  std::string media;
  std::string scenarios;
  std::set<std::string> taken;
  for (const fs::path& image : request.images) {
    if (const std::optional<Error> problem = image_problem(image)) {
      throw *problem;
    }
    MachineSpec plain;
    plain.image = image;
    const Inspection* inspection = predictions.inspection(plain);
    if (inspection == nullptr) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("{} can't be read", escape_for_terminal(image.string())),
                  "name an image file that this user may read");
    }
    const std::string name = medium_name(image, taken);
    std::vector<Planned> cells = plan_image(request, image, *inspection, predictions);
    if (cells.empty()) {
      throw Error(ErrorKind::kUsage,
                  fmt::format("no firmware and device that were asked for go together for {}",
                              image.string()),
                  "leave out --firmware or --device, or name both to see why");
    }
    const auto first = std::find_if_not(cells.begin(), cells.end(), is_broken);
    const Goal elsewhere =
        first == cells.end() || first->path == nullptr ? Goal::kPrompt : goal_of(*first->path);
    std::map<Ending, std::vector<Planned>> by_ending;
    for (const Planned& cell : cells) {
      by_ending[ending_of(request, cell, elsewhere)].push_back(cell);
    }
    media += fmt::format("  {}: {{path: {}}}\n", name, yaml_text(path_text(image, folder)));
    int number = 0;
    for (const auto& [ending, planned] : by_ending) {
      scenarios += scenario_text(request, name, *inspection, ending, ++number, planned);
    }
  }
  return fmt::format("version: 1\nmedia:\n{}scenarios:\n{}", media, scenarios);
}

}  // namespace bootproof
