#include "harness/core/words.h"

#include <array>

namespace bootproof {
namespace {

constexpr std::array<Word<Architecture>, 2> kArchitectures{{
    {Architecture::kX86_64, "x86_64"},
    {Architecture::kAarch64, "aarch64"},
}};

constexpr std::array<Word<Firmware>, 9> kFirmwares{{
    {Firmware::kSeabios, "seabios"},
    {Firmware::kOvmf, "ovmf"},
    {Firmware::kOvmfIa32, "ovmf-ia32"},
    {Firmware::kOvmfSecure, "ovmf-secure"},
    {Firmware::kOvmfSecureOwn, "ovmf-secure-own"},
    {Firmware::kAavmf, "aavmf"},
    {Firmware::kAavmfSecure, "aavmf-secure"},
    {Firmware::kAavmfSecureOwn, "aavmf-secure-own"},
    {Firmware::kKernel, "kernel"},
}};

constexpr std::array<Word<Device>, 13> kDevices{{
    {Device::kNone, "none"},
    {Device::kIdeCd, "ide-cd"},
    {Device::kAhciCd, "ahci-cd"},
    {Device::kScsiCd, "scsi-cd"},
    {Device::kUsbCd, "usb-cd"},
    {Device::kUsbStorage, "usb-storage"},
    {Device::kUsbUas, "usb-uas"},
    {Device::kVirtioBlk, "virtio-blk"},
    {Device::kScsiHd, "scsi-hd"},
    {Device::kNvme, "nvme"},
    {Device::kAhciHd, "ahci-hd"},
    {Device::kIdeHd, "ide-hd"},
    {Device::kSdCard, "sd-card"},
}};

constexpr std::array<Word<Controller>, 8> kControllers{{
    {Controller::kDefault, "default"},
    {Controller::kUhci, "uhci"},
    {Controller::kEhci, "ehci"},
    {Controller::kXhci, "xhci"},
    {Controller::kNecXhci, "nec-xhci"},
    {Controller::kVirtioScsi, "virtio-scsi"},
    {Controller::kLsi53c895a, "lsi53c895a"},
    {Controller::kMegasas, "megasas"},
}};

constexpr std::array<Word<Hide>, 2> kHidden{{
    {Hide::kNothing, "nothing"},
    {Hide::kElTorito, "el-torito"},
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
std::span<const Word<Controller>> words<Controller>() {
  return kControllers;
}
template <>
std::span<const Word<Hide>> words<Hide>() {
  return kHidden;
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
    case Firmware::kOvmfIa32:
    case Firmware::kOvmfSecure:
    case Firmware::kOvmfSecureOwn:
      return Architecture::kX86_64;
    case Firmware::kAavmf:
    case Firmware::kAavmfSecure:
    case Firmware::kAavmfSecureOwn:
      return Architecture::kAarch64;
    case Firmware::kKernel:
      break;
  }
  return std::nullopt;
}

Architecture architecture_of(MachineType machine) {
  return machine == MachineType::kVirt ? Architecture::kAarch64 : Architecture::kX86_64;
}

bool is_secure(Firmware firmware) {
  return firmware == Firmware::kOvmfSecure || firmware == Firmware::kOvmfSecureOwn ||
         firmware == Firmware::kAavmfSecure || firmware == Firmware::kAavmfSecureOwn;
}

bool needs_smm(Firmware firmware) {
  return firmware == Firmware::kOvmfSecure || firmware == Firmware::kOvmfSecureOwn ||
         firmware == Firmware::kOvmfIa32;
}

bool can_have_large_sectors(Device device) {
  return device == Device::kVirtioBlk || device == Device::kScsiHd || device == Device::kNvme;
}

bool has_varstore(Firmware firmware) {
  return firmware != Firmware::kSeabios && firmware != Firmware::kKernel;
}

bool is_usb(Device device) {
  return device == Device::kUsbCd || device == Device::kUsbStorage || device == Device::kUsbUas;
}

bool is_scsi(Device device) { return device == Device::kScsiCd || device == Device::kScsiHd; }

bool is_usb(Controller controller) {
  return controller == Controller::kUhci || controller == Controller::kEhci ||
         controller == Controller::kXhci || controller == Controller::kNecXhci;
}

bool is_optical(Device device) {
  return device == Device::kIdeCd || device == Device::kAhciCd || device == Device::kScsiCd ||
         device == Device::kUsbCd;
}

}  // namespace bootproof
