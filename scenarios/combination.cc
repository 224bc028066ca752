#include <fmt/format.h>

#include "scenarios/scenario.h"

namespace bootproof {
namespace {

bool is_ide(Device device) { return device == Device::kIdeCd || device == Device::kIdeHd; }
bool is_ahci(Device device) { return device == Device::kAhciCd || device == Device::kAhciHd; }

/// The device nearest to an IDE one that a machine of this architecture has.
std::string_view instead_of_ide(Device device, Architecture architecture) {
  if (architecture == Architecture::kAarch64) {
    return device == Device::kIdeCd ? "scsi-cd" : "scsi-hd";
  }
  return device == Device::kIdeCd ? "ahci-cd" : "ahci-hd";
}

/// The firmware of the other architecture that comes nearest.
std::string_view counterpart(Firmware firmware) {
  switch (firmware) {
    case Firmware::kAavmf:
      return "ovmf";
    case Firmware::kAavmfSecure:
      return "ovmf-secure";
    case Firmware::kOvmfSecure:
      return "aavmf-secure";
    case Firmware::kSeabios:
    case Firmware::kOvmf:
    case Firmware::kKernel:
      break;
  }
  return "aavmf";
}

}  // namespace

MachineType default_machine(Firmware firmware, Device device, Architecture architecture) {
  if (architecture_of(firmware).value_or(architecture) == Architecture::kAarch64) {
    return MachineType::kVirt;
  }
  return is_ide(device) ? MachineType::kPc : MachineType::kQ35;
}

std::string combination_problem(Firmware firmware, Device device, MachineType machine) {
  const std::string_view firmware_name = name_of(firmware);
  const std::string_view device_name = name_of(device);
  const std::string_view machine_name = name_of(machine);
  if (firmware == Firmware::kKernel) {
    return device == Device::kNone
               ? std::string()
               : fmt::format(
                     "firmware kernel has no device: leave out {}, or choose a firmware "
                     "that boots from it",
                     device_name);
  }
  if (device == Device::kNone) {
    return fmt::format("firmware {} boots from a device: choose one, or firmware kernel",
                       firmware_name);
  }
  const Architecture architecture = *architecture_of(firmware);
  if (architecture != architecture_of(machine)) {
    const std::string_view machines =
        architecture == Architecture::kAarch64 ? "machine virt" : "machine pc or q35";
    return fmt::format("firmware {} is for {}, machine {} is {}: choose {}, or firmware {}",
                       firmware_name, name_of(architecture), machine_name,
                       name_of(architecture_of(machine)), machines, counterpart(firmware));
  }
  if (is_ahci(device) && architecture == Architecture::kAarch64) {
    // AAVMF 2022.11 has no SATA driver: a medium on an added ich9-ahci does not appear in its map.
    return fmt::format("firmware {} has no driver for AHCI: choose {}", firmware_name,
                       device == Device::kAhciCd ? "scsi-cd" : "scsi-hd");
  }
  if (firmware == Firmware::kOvmfSecure && machine == MachineType::kPc) {
    return fmt::format(
        "firmware ovmf-secure needs SMM, which machine pc does not have: choose machine q35{}",
        is_ide(device) ? fmt::format(" with {}", instead_of_ide(device, architecture))
                       : std::string());
  }
  if (is_ide(device) && machine != MachineType::kPc) {
    return fmt::format(
        "{} needs the IDE controller of machine pc, machine {} has none: choose {}{}", device_name,
        machine_name, instead_of_ide(device, architecture),
        machine == MachineType::kQ35 && firmware != Firmware::kOvmfSecure ? ", or machine pc" : "");
  }
  return {};
}

}  // namespace bootproof
