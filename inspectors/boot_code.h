#pragma once

#include <cstdint>
#include <string_view>

#include "inspectors/image_view.h"

namespace bootproof::inspectors {

/// What the boot code in the first sector of a disk belongs to.
enum class BootCode : std::uint8_t {
  kNone,         ///< Zeros.
  kGrub,         ///< GRUB 2, boot.img.
  kGrubHybrid,   ///< GRUB 2, boot_hybrid.img: on an ISO, finds its core in the volume.
  kSyslinuxMbr,  ///< syslinux mbr.bin or altmbr.bin: starts the active (or a chosen) partition.
  kSyslinuxGpt,  ///< syslinux gptmbr.bin: starts the GPT partition with the legacy boot attribute.
  kIsohybrid,    ///< isolinux isohdpfx.bin and its kin.
  kMemtest,      ///< memtest86+ from version 6: on its ISO, starts the program behind it.
  kDos,          ///< The code of DOS and Windows, which starts the active partition.
  kUnknown,
};

/// "none", "GRUB", "GRUB (hybrid)", "syslinux mbr", ...
std::string_view name_of(BootCode code);

/// Recognises the code in the first 440 bytes of a sector.
BootCode recognise_boot_code(ByteSpan sector);

/// Where GRUB's boot.img says that core.img begins (GRUB_BOOT_MACHINE_KERNEL_SECTOR in
/// include/grub/i386/pc/boot.h).
struct GrubCorePointer {
  std::uint64_t offset = 0;  ///< Of the field, in the image.
  std::uint64_t sector = 0;  ///< Of 512 bytes, from the begin of the medium.
  bool is_inside = false;
  bool is_blank = false;  ///< There is nothing but zeros in that sector.

  /// Whether anything stands there.
  [[nodiscard]] bool leads_somewhere() const { return is_inside && !is_blank; }
};

/// Reads the pointer of the boot.img in `boot_sector`, an MBR or a partition's first sector.
GrubCorePointer read_grub_core_pointer(const ImageView& medium, const ImageView& boot_sector);

/// What stands where a boot entry of El Torito points.
enum class BootImage : std::uint8_t {
  kUnreadable,  ///< Outside the image, or not a whole sector.
  kBlank,
  kFat,
  kIsolinux,
  kGrubCdboot,
  kBootSector,  ///< Anything else with 55 aa at offset 510.
  kUnknown,
};

/// "nothing", "zeros", "FAT volume", "isolinux", "GRUB", "boot sector", "unknown".
std::string_view name_of(BootImage image);

/// Whether it is a loader that reads the CD as such: an emulated drive is of no use to it.
bool is_cd_loader(BootImage image);

/// Recognises what begins with the view.
BootImage recognise_boot_image(const ImageView& view);

}  // namespace bootproof::inspectors
