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
  for (const std::string where :
       {"seabios pc", "seabios q35", "ovmf pc", "ovmf q35", "ovmf-secure q35"}) {
    add(where, everywhere);
    add(where, {"ahci-cd", "ahci-hd"});
  }
  add("seabios pc", {"ide-cd", "ide-hd"});
  add("ovmf pc", {"ide-cd", "ide-hd"});
  add("aavmf virt", everywhere);
  add("aavmf-secure virt", everywhere);
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
