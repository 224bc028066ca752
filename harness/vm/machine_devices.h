#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>
#include <string_view>

#include "harness/core/words.h"
#include "harness/vm/command_words.h"

namespace bootproof {

/// A medium as the machine sees it.
struct Attachment {
  Device device = Device::kNone;
  Controller controller = Controller::kDefault;
  std::string node;  ///< The block node that holds it.
  std::string id;    ///< Of the device, for the monitor.
  int boot_index = 0;
  std::uint32_t sector_size = 0;  ///< 0: as the device has it.
  bool removable = true;          ///< What `usb-storage` says of itself.
};

/// The devices of one machine and the controllers they hang on; each controller is added where it
/// is first needed and shared by what comes after.
class MachineDevices {
 public:
  MachineDevices(CommandWords& words, MachineType machine) : words_(words), machine_(machine) {}

  /// Adds a device with its medium.
  void attach(const Attachment& attachment);
  /// The bus of a USB controller, which is added if it is not there: for what is plugged in later.
  std::string usb_bus(Controller controller);

 private:
  std::string scsi_bus(Controller controller);
  std::string bus(Controller controller);
  std::string ide_bus();
  std::string ahci_bus();
  bool is_first(const std::string& controller) { return present_.insert(controller).second; }

  CommandWords& words_;
  MachineType machine_;
  std::set<std::string> present_;
  int ide_devices_ = 0;
  int ahci_devices_ = 0;
};

/// The block node of a medium, for `-blockdev` and `blockdev-add`: the file itself, only read, or a
/// qcow2 overlay on it. `overlay`: empty for none; `image`: empty where the overlay stands alone.
boost::json::object block_node(std::string_view name, const std::filesystem::path& image,
                               const std::filesystem::path& overlay, bool read_only);

}  // namespace bootproof
