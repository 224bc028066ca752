#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::inspectors {

/// A kind of firmware, by what it starts.
enum class FirmwareClass : std::uint8_t {
  kBios,
  kUefiX64,
  kUefiIa32,
  kUefiAarch64,
  kUefiRiscv64,
};

/// "BIOS", "UEFI x64", "UEFI ia32", "UEFI aarch64", "UEFI riscv64".
std::string_view name_of(FirmwareClass firmware);

/// How a machine sees the medium.
enum class Attachment : std::uint8_t {
  kOptical,   ///< A CD, DVD or BD drive: sectors of 2048 bytes.
  kDisk,      ///< A disk or USB stick with sectors of 512 bytes.
  kDisk4096,  ///< A disk with sectors of 4096 bytes.
};

/// "optical", "disk", "disk, 4096-byte sectors".
std::string_view name_of(Attachment attachment);

/// What is foretold of a path, or of one link of it.
enum class Forecast : std::uint8_t {
  kBoots,
  kDoubtful,  ///< It depends on what can't be read from the medium, or waits for a person.
  kCannotBoot,
};

/// "boots", "doubtful", "cannot boot".
std::string_view name_of(Forecast forecast);

/// Which part of a boot a link belongs to, in their order.
enum class BootPart : std::uint8_t {
  kEntry,      ///< What the firmware itself reads: catalog, partition table, volume, boot sector.
  kLoader,     ///< The program that it starts, what that loads of itself, and its configuration.
  kKernel,     ///< The kernel that the loader names.
  kInitramfs,  ///< The initramfs, and the first program in it.
};

/// "entry", "loader", "kernel", "initramfs".
std::string_view name_of(BootPart part);

/// One step on the way from the firmware to the first program of the system. Texts are printable.
struct BootLink {
  std::string text;          ///< "El Torito section 1 (platform 0xEF, sector 45)".
  std::uint64_t offset = 0;  ///< Where it stands in the image.
  Forecast state = Forecast::kBoots;
  std::string problem;  ///< Why it is doubtful or breaks; empty for a good one.
  BootPart part = BootPart::kEntry;

  bool operator==(const BootLink&) const = default;
};

/// The way on which one kind of firmware would start the medium, attached in one way.
struct BootPath {
  FirmwareClass firmware = FirmwareClass::kBios;
  bool is_secure = false;  ///< With Secure Boot.
  Attachment attachment = Attachment::kOptical;
  Forecast forecast = Forecast::kCannotBoot;
  std::vector<BootLink> links;  ///< In order; the last one is where it ends or breaks.

  /// The first link that is as bad as the whole path; null for a path that boots.
  [[nodiscard]] const BootLink* weakest() const;
};

/// "El Torito section 1 (...) -> FAT12 -> /EFI/BOOT/BOOTX64.EFI (x86-64)". Where the path does not
/// boot, the weakest link is followed by its problem.
std::string chain_text(const BootPath& path);

/// "UEFI x64 with Secure Boot, optical".
std::string title_of(const BootPath& path);

}  // namespace bootproof::inspectors
