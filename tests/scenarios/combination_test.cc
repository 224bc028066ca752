#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "scenarios/scenario.h"

namespace bootproof {
namespace {

/// All combinations of the tables of words that can work.
std::set<std::string> possible() {
  std::set<std::string> names;
  for (const auto& firmware : words<Firmware>()) {
    for (const auto& device : words<Device>()) {
      for (const auto& machine : words<MachineType>()) {
        if (combination_problem(firmware.value, device.value, machine.value).empty()) {
          names.insert(fmt::format("{} {} {}", firmware.name, machine.name, device.name));
        }
      }
    }
  }
  return names;
}

TEST(Combination, JustTheseCanWork) {
  std::set<std::string> expected{"kernel pc none", "kernel q35 none", "kernel virt none"};
  const auto add = [&](const std::string& where, const std::set<std::string>& devices) {
    for (const std::string& device : devices) {
      expected.insert(fmt::format("{} {}", where, device));
    }
  };
  const std::set<std::string> everywhere{"scsi-cd",    "usb-cd",  "usb-storage",
                                         "virtio-blk", "scsi-hd", "nvme"};
  for (const std::string where : {"seabios pc", "seabios q35", "ovmf pc", "ovmf q35",
                                  "ovmf-ia32 q35", "ovmf-secure q35", "ovmf-secure-own q35"}) {
    add(where, everywhere);
    add(where, {"ahci-cd", "ahci-hd"});
  }
  add("seabios pc", {"usb-uas", "sd-card"});
  add("seabios q35", {"usb-uas", "sd-card"});
  add("seabios pc", {"ide-cd", "ide-hd"});
  add("ovmf pc", {"ide-cd", "ide-hd"});
  add("aavmf virt", everywhere);
  add("aavmf-secure virt", everywhere);
  add("aavmf-secure-own virt", everywhere);
  EXPECT_EQ(possible(), expected);
}

TEST(Combination, EachReasonSaysWhatToChooseInstead) {
  EXPECT_EQ(combination_problem(Firmware::kKernel, Device::kIdeCd, MachineType::kPc),
            "firmware kernel has no device: leave out ide-cd, or choose a firmware that boots from "
            "it");
  EXPECT_EQ(combination_problem(Firmware::kOvmf, Device::kNone, MachineType::kQ35),
            "firmware ovmf boots from a device: choose one, or firmware kernel");
  EXPECT_EQ(combination_problem(Firmware::kSeabios, Device::kScsiCd, MachineType::kVirt),
            "firmware seabios is for x86_64, machine virt is aarch64: choose machine pc or q35, or "
            "firmware aavmf");
  EXPECT_EQ(combination_problem(Firmware::kOvmfSecure, Device::kScsiCd, MachineType::kVirt),
            "firmware ovmf-secure is for x86_64, machine virt is aarch64: choose machine pc or "
            "q35, or firmware aavmf-secure");
  EXPECT_EQ(combination_problem(Firmware::kAavmfSecure, Device::kScsiCd, MachineType::kQ35),
            "firmware aavmf-secure is for aarch64, machine q35 is x86_64: choose machine virt, or "
            "firmware ovmf-secure");
  EXPECT_EQ(combination_problem(Firmware::kOvmfSecure, Device::kScsiCd, MachineType::kPc),
            "firmware ovmf-secure needs SMM, which machine pc does not have: choose machine q35");
  EXPECT_EQ(combination_problem(Firmware::kOvmfSecure, Device::kIdeCd, MachineType::kPc),
            "firmware ovmf-secure needs SMM, which machine pc does not have: choose machine q35 "
            "with ahci-cd");
  EXPECT_EQ(combination_problem(Firmware::kSeabios, Device::kIdeHd, MachineType::kQ35),
            "ide-hd needs the IDE controller of machine pc, machine q35 has none: choose ahci-hd, "
            "or machine pc");
  EXPECT_EQ(combination_problem(Firmware::kAavmf, Device::kIdeCd, MachineType::kVirt),
            "ide-cd needs the IDE controller of machine pc, machine virt has none: choose scsi-cd");
  EXPECT_EQ(combination_problem(Firmware::kAavmf, Device::kAhciHd, MachineType::kVirt),
            "firmware aavmf has no driver for AHCI: choose scsi-hd");
}

/// The controllers on which a firmware reaches a device.
std::set<std::string> controllers_of(Firmware firmware, Device device, MachineType machine) {
  std::set<std::string> names;
  for (const auto& controller : words<Controller>()) {
    if (combination_problem(firmware, device, machine, controller.value).empty()) {
      names.insert(std::string(controller.name));
    }
  }
  return names;
}

TEST(Combination, ControllersGoWithDevicesAndWithWhatTheFirmwareHasADriverFor) {
  using Names = std::set<std::string>;
  const Names of_bios{"default", "ehci", "xhci", "nec-xhci"};
  const Names of_uefi{"default", "uhci", "ehci", "xhci", "nec-xhci"};
  const auto q35 = MachineType::kQ35;
  EXPECT_EQ(controllers_of(Firmware::kSeabios, Device::kUsbStorage, q35), of_bios);
  EXPECT_EQ(controllers_of(Firmware::kSeabios, Device::kUsbUas, q35), (Names{"default", "ehci"}));
  EXPECT_EQ(controllers_of(Firmware::kSeabios, Device::kScsiHd, q35),
            (Names{"default", "virtio-scsi", "lsi53c895a", "megasas"}));
  EXPECT_EQ(controllers_of(Firmware::kSeabios, Device::kNvme, q35), Names{"default"});
  EXPECT_EQ(controllers_of(Firmware::kOvmf, Device::kUsbCd, q35), of_uefi);
  EXPECT_EQ(controllers_of(Firmware::kOvmf, Device::kUsbUas, q35), Names{});
  EXPECT_EQ(controllers_of(Firmware::kOvmf, Device::kScsiCd, q35),
            (Names{"default", "virtio-scsi"}));
  EXPECT_EQ(controllers_of(Firmware::kAavmf, Device::kUsbStorage, MachineType::kVirt), of_uefi);
  EXPECT_EQ(controllers_of(Firmware::kAavmf, Device::kSdCard, MachineType::kVirt), Names{});
}

TEST(Combination, EachReasonOfAControllerSaysWhatToChooseInstead) {
  const auto why = [](Firmware firmware, Device device, Controller controller) {
    return combination_problem(firmware, device, MachineType::kQ35, controller);
  };
  EXPECT_EQ(why(Firmware::kOvmf, Device::kSdCard, Controller::kDefault),
            "firmware ovmf has no driver for SD cards: choose usb-storage");
  EXPECT_EQ(why(Firmware::kOvmf, Device::kUsbUas, Controller::kDefault),
            "firmware ovmf has no driver for USB attached SCSI: choose usb-storage");
  EXPECT_EQ(why(Firmware::kSeabios, Device::kNvme, Controller::kEhci),
            "controller ehci is for USB devices, which nvme is not: leave it out");
  EXPECT_EQ(why(Firmware::kSeabios, Device::kScsiHd, Controller::kEhci),
            "controller ehci is for USB devices, scsi-hd hangs on SCSI: choose virtio-scsi, "
            "lsi53c895a or megasas");
  EXPECT_EQ(why(Firmware::kSeabios, Device::kUsbCd, Controller::kMegasas),
            "controller megasas is for SCSI devices, usb-cd hangs on USB: choose uhci, ehci, xhci "
            "or nec-xhci");
  EXPECT_EQ(why(Firmware::kSeabios, Device::kUsbUas, Controller::kXhci),
            "SeaBIOS speaks USB attached SCSI at high speed only, not by xhci: choose controller "
            "ehci, or usb-storage");
  EXPECT_EQ(why(Firmware::kSeabios, Device::kUsbStorage, Controller::kUhci),
            "SeaBIOS's longer transfers by UHCI fail in QEMU: choose controller ehci or xhci");
  EXPECT_EQ(why(Firmware::kOvmf, Device::kScsiHd, Controller::kLsi53c895a),
            "firmware ovmf has no driver for lsi53c895a: choose controller virtio-scsi");
}

TEST(Combination, APresentationHasToSuitTheDevice) {
  EXPECT_EQ(presentation_problem({}, Device::kIdeCd), "");
  EXPECT_EQ(presentation_problem({.hide = Hide::kElTorito}, Device::kIdeCd), "");
  EXPECT_EQ(presentation_problem({.removable = false}, Device::kUsbStorage), "");
  EXPECT_EQ(presentation_problem({.removable = false}, Device::kScsiHd),
            "scsi-hd does not say whether it is removable: choose usb-storage for `removable: "
            "false`");
  EXPECT_EQ(presentation_problem({.larger_mib = 1}, Device::kUsbCd),
            "a disc in usb-cd is as large as its image: choose a disk for `larger`");
  EXPECT_EQ(presentation_problem({.read_only = true}, Device::kUsbCd),
            "usb-cd is read-only anyway: leave out `read_only`");
  EXPECT_EQ(presentation_problem({.read_only = true}, Device::kAhciHd),
            "QEMU's ahci-hd can't be read-only: choose usb-storage, virtio-blk, scsi-hd or nvme");
  EXPECT_EQ(presentation_problem({.tpm = true}, Device::kNone), "");
  EXPECT_EQ(presentation_problem({.hide = Hide::kElTorito}, Device::kNone),
            "a kernel has no device: leave out controller, hide, removable, larger and read_only");
}

TEST(Combination, TheDefaultMachineFollowsFirmwareThenDeviceThenMedium) {
  EXPECT_EQ(default_machine(Firmware::kAavmf, Device::kIdeCd, Architecture::kX86_64),
            MachineType::kVirt);
  EXPECT_EQ(default_machine(Firmware::kSeabios, Device::kIdeCd, Architecture::kAarch64),
            MachineType::kPc);
  EXPECT_EQ(default_machine(Firmware::kOvmf, Device::kIdeHd, Architecture::kX86_64),
            MachineType::kPc);
  EXPECT_EQ(default_machine(Firmware::kSeabios, Device::kAhciCd, Architecture::kX86_64),
            MachineType::kQ35);
  EXPECT_EQ(default_machine(Firmware::kKernel, Device::kNone, Architecture::kX86_64),
            MachineType::kQ35);
  EXPECT_EQ(default_machine(Firmware::kKernel, Device::kNone, Architecture::kAarch64),
            MachineType::kVirt);
}

}  // namespace
}  // namespace bootproof
