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
    case Firmware::kAavmfSecureOwn:
      return "ovmf-secure-own";
    case Firmware::kOvmfSecure:
      return "aavmf-secure";
    case Firmware::kOvmfSecureOwn:
      return "aavmf-secure-own";
    case Firmware::kSeabios:
    case Firmware::kOvmf:
    case Firmware::kOvmfIa32:
    case Firmware::kKernel:
      break;
  }
  return "aavmf";
}

/// Why a device can't hang on this controller, or the firmware can't reach it there. What has a
/// driver was found by booting each (tests/boot/axes_test.cc boots those that have).
std::string controller_problem(Firmware firmware, Device device, Controller controller) {
  const bool is_bios = firmware == Firmware::kSeabios;
  if (device == Device::kSdCard && !is_bios) {
    return fmt::format("firmware {} has no driver for SD cards: choose usb-storage",
                       name_of(firmware));
  }
  if (device == Device::kUsbUas && !is_bios) {
    return fmt::format("firmware {} has no driver for USB attached SCSI: choose usb-storage",
                       name_of(firmware));
  }
  if (controller == Controller::kDefault) {
    return {};
  }
  const std::string_view name = name_of(controller);
  if (!is_usb(device) && !is_scsi(device)) {
    return fmt::format("controller {} is for {} devices, which {} is not: leave it out", name,
                       is_usb(controller) ? "USB" : "SCSI", name_of(device));
  }
  if (is_usb(device) != is_usb(controller)) {
    return fmt::format(
        "controller {} is for {} devices, {} hangs on {}: choose {}", name,
        is_usb(controller) ? "USB" : "SCSI", name_of(device), is_usb(device) ? "USB" : "SCSI",
        is_usb(device) ? "uhci, ehci, xhci or nec-xhci" : "virtio-scsi, lsi53c895a or megasas");
  }
  if (device == Device::kUsbUas && controller != Controller::kEhci) {
    return fmt::format(
        "SeaBIOS speaks USB attached SCSI at high speed only, not by {}: choose "
        "controller ehci, or usb-storage",
        name);
  }
  if (controller == Controller::kUhci && is_bios) {
    // Boot sectors come, longer reads end with "USB transmission failed" on its debug port.
    return "SeaBIOS's longer transfers by UHCI fail in QEMU: choose controller ehci or xhci";
  }
  const bool is_raid = controller == Controller::kLsi53c895a || controller == Controller::kMegasas;
  if (is_raid && !is_bios) {
    return fmt::format("firmware {} has no driver for {}: choose controller virtio-scsi",
                       name_of(firmware), name);
  }
  return {};
}

}  // namespace

MachineType default_machine(Firmware firmware, Device device, Architecture architecture) {
  if (architecture_of(firmware).value_or(architecture) == Architecture::kAarch64) {
    return MachineType::kVirt;
  }
  return is_ide(device) ? MachineType::kPc : MachineType::kQ35;
}

std::string combination_problem(Firmware firmware, Device device, MachineType machine,
                                Controller controller) {
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
  if (needs_smm(firmware) && machine == MachineType::kPc) {
    return fmt::format(
        "firmware {} needs SMM, which machine pc does not have: choose machine q35{}",
        firmware_name,
        is_ide(device) ? fmt::format(" with {}", instead_of_ide(device, architecture))
                       : std::string());
  }
  if (is_ide(device) && machine != MachineType::kPc) {
    return fmt::format(
        "{} needs the IDE controller of machine pc, machine {} has none: choose {}{}", device_name,
        machine_name, instead_of_ide(device, architecture),
        machine == MachineType::kQ35 && !needs_smm(firmware) ? ", or machine pc" : "");
  }
  return controller_problem(firmware, device, controller);
}

std::string presentation_problem(const CellOptions& options, Device device) {
  const std::string_view name = name_of(device);
  if (device == Device::kNone) {
    const CellOptions plain{.tpm = options.tpm};
    return options == plain ? ""
                            : "a kernel has no device: leave out controller, hide, removable, "
                              "larger and read_only";
  }
  if (!options.removable && device != Device::kUsbStorage) {
    return fmt::format(
        "{} does not say whether it is removable: choose usb-storage for `removable: false`", name);
  }
  if (options.larger_mib > 0 && is_optical(device)) {
    return fmt::format("a disc in {} is as large as its image: choose a disk for `larger`", name);
  }
  if (options.read_only && is_optical(device)) {
    return fmt::format("{} is read-only anyway: leave out `read_only`", name);
  }
  if (options.read_only && (is_ahci(device) || is_ide(device) || device == Device::kSdCard)) {
    return fmt::format(
        "QEMU's {} can't be read-only: choose usb-storage, virtio-blk, scsi-hd or nvme", name);
  }
  return {};
}

}  // namespace bootproof
