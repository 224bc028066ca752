#include "harness/vm/machine_devices.h"

#include <fmt/format.h>

#include <array>

namespace bootproof {
namespace {

namespace json = boost::json;

/// A controller as QEMU names it, and the identifier that it gets here.
struct ControllerRow {
  Controller controller;
  std::string_view qemu;
  std::string_view id;
};

constexpr std::array<ControllerRow, 7> kControllers{{
    {Controller::kUhci, "piix3-usb-uhci", "uhci"},
    {Controller::kEhci, "usb-ehci", "ehci"},
    {Controller::kXhci, "qemu-xhci", "usb"},
    {Controller::kNecXhci, "nec-usb-xhci", "nec"},
    {Controller::kVirtioScsi, "virtio-scsi-pci", "scsi"},
    {Controller::kLsi53c895a, "lsi53c895a", "lsi"},
    {Controller::kMegasas, "megasas", "megasas"},
}};

const ControllerRow& row_of(Controller controller) {
  for (const ControllerRow& row : kControllers) {
    if (row.controller == controller) {
      return row;
    }
  }
  return kControllers[2];
}

}  // namespace

std::string MachineDevices::usb_bus(Controller controller) {
  return bus(controller == Controller::kDefault ? Controller::kXhci : controller);
}

std::string MachineDevices::scsi_bus(Controller controller) {
  return bus(controller == Controller::kDefault ? Controller::kVirtioScsi : controller);
}

std::string MachineDevices::bus(Controller controller) {
  const ControllerRow& row = row_of(controller);
  if (is_first(std::string(row.id))) {
    words_.option("-device", fmt::format("{},id={}", row.qemu, row.id));
  }
  return fmt::format("{}.0", row.id);
}

/// Two devices on each of the two channels of a PIIX3.
std::string MachineDevices::ide_bus() { return fmt::format("ide.{}", ide_devices_++ / 2); }

/// One device on each of six ports: built into q35, added elsewhere.
std::string MachineDevices::ahci_bus() {
  if (machine_ == MachineType::kQ35) {
    return fmt::format("ide.{}", ahci_devices_++);
  }
  if (is_first("ahci")) {
    words_.option("-device", "ich9-ahci,id=ahci");
  }
  return fmt::format("ahci.{}", ahci_devices_++);
}

void MachineDevices::attach(const Attachment& attachment) {
  const auto device = [&](std::string_view front) {
    const std::string sectors = attachment.sector_size == 0
                                    ? std::string()
                                    : fmt::format(",logical_block_size={0},physical_block_size={0}",
                                                  attachment.sector_size);
    words_.option("-device", fmt::format("{},id={},drive={},bootindex={}{}", front, attachment.id,
                                         attachment.node, attachment.boot_index, sectors));
  };
  switch (attachment.device) {
    case Device::kNone:
      break;
    case Device::kIdeCd:
      device(fmt::format("ide-cd,bus={}", ide_bus()));
      break;
    case Device::kIdeHd:
      device(fmt::format("ide-hd,bus={}", ide_bus()));
      break;
    case Device::kAhciCd:
      device(fmt::format("ide-cd,bus={}", ahci_bus()));
      break;
    case Device::kAhciHd:
      device(fmt::format("ide-hd,bus={}", ahci_bus()));
      break;
    case Device::kScsiCd:
      device(fmt::format("scsi-cd,bus={}", scsi_bus(attachment.controller)));
      break;
    case Device::kScsiHd:
      device(fmt::format("scsi-hd,bus={}", scsi_bus(attachment.controller)));
      break;
    case Device::kUsbCd: {
      const std::string bot = attachment.id + "-bot";
      words_.option("-device",
                    fmt::format("usb-bot,id={},bus={}", bot, usb_bus(attachment.controller)));
      device(fmt::format("scsi-cd,bus={}.0", bot));
      break;
    }
    case Device::kUsbStorage:
      device(fmt::format("usb-storage,bus={},removable={}", usb_bus(attachment.controller),
                         attachment.removable ? "on" : "off"));
      break;
    case Device::kUsbUas: {
      const std::string uas = attachment.id + "-uas";
      // SeaBIOS speaks UAS at high speed only, which EHCI has; QEMU's xHCI runs it at super speed.
      const Controller controller =
          attachment.controller == Controller::kDefault ? Controller::kEhci : attachment.controller;
      words_.option("-device", fmt::format("usb-uas,id={},bus={}", uas, usb_bus(controller)));
      device(fmt::format("scsi-hd,bus={}.0", uas));
      break;
    }
    case Device::kVirtioBlk:
      device("virtio-blk-pci");
      break;
    case Device::kNvme:
      device(
          fmt::format("nvme,serial={}", attachment.boot_index == 0 ? "bootproof" : attachment.id));
      break;
    case Device::kSdCard:
      // A card has no place in QEMU's boot order: firmware finds it where nothing comes before it.
      // Each host has one slot; QEMU names no bus of it, and takes the first that is free.
      words_.option("-device", fmt::format("sdhci-pci,id={}-host", attachment.id));
      words_.option("-device",
                    fmt::format("sd-card,id={},drive={}", attachment.id, attachment.node));
      break;
  }
}

json::object block_node(std::string_view name, const std::filesystem::path& image,
                        const std::filesystem::path& overlay, bool read_only) {
  const json::object file{{"driver", "file"}, {"filename", image.string()}};
  if (overlay.empty()) {
    json::object node{{"driver", "raw"}, {"node-name", name}, {"read-only", true}, {"file", file}};
    return node;
  }
  json::object node{{"driver", "qcow2"}, {"node-name", name}};
  if (read_only) {
    node["read-only"] = true;
  }
  node["file"] = json::object{{"driver", "file"}, {"filename", overlay.string()}};
  if (!image.empty()) {
    node["backing"] = json::object{{"driver", "raw"}, {"read-only", true}, {"file", file}};
  }
  return node;
}

}  // namespace bootproof
