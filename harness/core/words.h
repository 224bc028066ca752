#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace bootproof {

// The words that scenarios, the machine driver and the reports share (DESIGN, section 4). Each
// enumeration has one table of names; parsing, printing and "did you mean" all read that table.

/// Instruction set of the emulated machine.
enum class Architecture { kX86_64, kAarch64 };

/// What starts the medium. `*-secure` has Microsoft's keys enrolled, `*-secure-own` a key of one's
/// own. kKernel is QEMU's direct `-kernel`/`-initrd`, with no medium at all.
enum class Firmware {
  kSeabios,
  kOvmf,
  kOvmfIa32,
  kOvmfSecure,
  kOvmfSecureOwn,
  kAavmf,
  kAavmfSecure,
  kAavmfSecureOwn,
  kKernel,
};

/// How the machine sees the medium. kNone belongs to Firmware::kKernel alone.
enum class Device {
  kNone,
  kIdeCd,
  kAhciCd,
  kScsiCd,
  kUsbCd,
  kUsbStorage,
  kUsbUas,
  kVirtioBlk,
  kScsiHd,
  kNvme,
  kAhciHd,
  kIdeHd,
  kSdCard,
};

/// What a USB or SCSI device hangs on. kDefault: xHCI for USB, virtio-scsi for SCSI.
enum class Controller {
  kDefault,
  kUhci,
  kEhci,
  kXhci,
  kNecXhci,
  kVirtioScsi,
  kLsi53c895a,
  kMegasas,
};

/// What of the medium the machine is not to see.
enum class Hide { kNothing, kElTorito };

/// QEMU's machine type.
enum class MachineType { kPc, kQ35, kVirt };

/// What executes guest code. kAuto is resolved by a probe before any machine starts.
enum class Accelerator { kAuto, kKvm, kTcg };

/// One row of a table of names.
template <typename Enum>
struct Word {
  Enum value;
  std::string_view name;
};

/// The table of names of `Enum`, in the order of declaration.
template <typename Enum>
std::span<const Word<Enum>> words();

template <>
std::span<const Word<Architecture>> words<Architecture>();
template <>
std::span<const Word<Firmware>> words<Firmware>();
template <>
std::span<const Word<Device>> words<Device>();
template <>
std::span<const Word<Controller>> words<Controller>();
template <>
std::span<const Word<Hide>> words<Hide>();
template <>
std::span<const Word<MachineType>> words<MachineType>();
template <>
std::span<const Word<Accelerator>> words<Accelerator>();

/// The name of `value`, as scenario files and reports write it.
template <typename Enum>
std::string_view name_of(Enum value) {
  for (const auto& word : words<Enum>()) {
    if (word.value == value) {
      return word.name;
    }
  }
  return "?";
}

/// The value with this exact name, or nothing.
template <typename Enum>
std::optional<Enum> parse_word(std::string_view name) {
  for (const auto& word : words<Enum>()) {
    if (word.name == name) {
      return word.value;
    }
  }
  return std::nullopt;
}

/// The architecture that a firmware runs on; nothing for kKernel, which runs on any.
std::optional<Architecture> architecture_of(Firmware firmware);
/// The architecture of a machine type.
Architecture architecture_of(MachineType machine);
/// True for firmware that starts only what a key in its varstore vouches for.
bool is_secure(Firmware firmware);
/// True for firmware in flash with a varstore: all but SeaBIOS and kKernel.
bool has_varstore(Firmware firmware);
/// True for firmware that keeps its varstore by system management mode: OVMF's builds with Secure
/// Boot.
bool needs_smm(Firmware firmware);
/// True for devices that hang on a USB controller.
bool is_usb(Device device);
/// True for devices that hang on a SCSI controller.
bool is_scsi(Device device);
/// True for USB controllers; false for those of SCSI and kDefault.
bool is_usb(Controller controller);
/// True for devices whose sectors may have 4096 bytes: QEMU's IDE and USB disks have 512, its
/// optical drives 2048.
bool can_have_large_sectors(Device device);
/// True for devices that present the medium as an optical drive with 2048-byte sectors.
bool is_optical(Device device);

}  // namespace bootproof
