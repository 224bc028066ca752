#include "harness/core/words.h"

#include <array>

namespace bootproof {
namespace {

constexpr std::array<Word<Architecture>, 2> kArchitectures{{
    {Architecture::kX86_64, "x86_64"},
    {Architecture::kAarch64, "aarch64"},
}};

constexpr std::array<Word<Firmware>, 6> kFirmwares{{
    {Firmware::kSeabios, "seabios"},
    {Firmware::kOvmf, "ovmf"},
    {Firmware::kOvmfSecure, "ovmf-secure"},
    {Firmware::kAavmf, "aavmf"},
    {Firmware::kAavmfSecure, "aavmf-secure"},
    {Firmware::kKernel, "kernel"},
}};

constexpr std::array<Word<Device>, 11> kDevices{{
    {Device::kNone, "none"},
    {Device::kIdeCd, "ide-cd"},
    {Device::kAhciCd, "ahci-cd"},
    {Device::kScsiCd, "scsi-cd"},
    {Device::kUsbCd, "usb-cd"},
    {Device::kUsbStorage, "usb-storage"},
    {Device::kVirtioBlk, "virtio-blk"},
    {Device::kScsiHd, "scsi-hd"},
    {Device::kNvme, "nvme"},
    {Device::kAhciHd, "ahci-hd"},
    {Device::kIdeHd, "ide-hd"},
}};

constexpr std::array<Word<MachineType>, 3> kMachineTypes{{
    {MachineType::kPc, "pc"},
    {MachineType::kQ35, "q35"},
    {MachineType::kVirt, "virt"},
}};

constexpr std::array<Word<Accelerator>, 3> kAccelerators{{
    {Accelerator::kAuto, "auto"},
    {Accelerator::kKvm, "kvm"},
    {Accelerator::kTcg, "tcg"},
}};

}  // namespace

template <>
std::span<const Word<Architecture>> words<Architecture>() {
  return kArchitectures;
}
template <>
std::span<const Word<Firmware>> words<Firmware>() {
  return kFirmwares;
}
template <>
std::span<const Word<Device>> words<Device>() {
  return kDevices;
}
template <>
std::span<const Word<MachineType>> words<MachineType>() {
  return kMachineTypes;
}
template <>
std::span<const Word<Accelerator>> words<Accelerator>() {
  return kAccelerators;
}

std::optional<Architecture> architecture_of(Firmware firmware) {
  switch (firmware) {
    case Firmware::kSeabios:
    case Firmware::kOvmf:
    case Firmware::kOvmfSecure:
      return Architecture::kX86_64;
    case Firmware::kAavmf:
    case Firmware::kAavmfSecure:
      return Architecture::kAarch64;
    case Firmware::kKernel:
      break;
  }
  return std::nullopt;
}

Architecture architecture_of(MachineType machine) {
  return machine == MachineType::kVirt ? Architecture::kAarch64 : Architecture::kX86_64;
}

bool is_optical(Device device) {
  return device == Device::kIdeCd || device == Device::kAhciCd || device == Device::kScsiCd ||
         device == Device::kUsbCd;
}

}  // namespace bootproof
