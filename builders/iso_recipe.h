#pragma once

#include <optional>
#include <string>
#include <vector>

#include "builders/file_set.h"
#include "builders/grub_platform.h"

namespace bootproof {

/// Where a builder puts what it makes itself on an ISO image.
inline constexpr std::string_view kIsoBootCatalog = "/boot/boot.cat";
inline constexpr std::string_view kIsoGrubCatalog = "/boot/grub/boot.cat";
inline constexpr std::string_view kIsoGrubImage = "/boot/grub/i386-pc/eltorito.img";
inline constexpr std::string_view kIsoUefiImage = "/boot/efi.img";

/// An El Torito entry for BIOS whose image is a file of the medium itself, such as isolinux.bin: no
/// emulation, load size 4, with the boot info table patched into the file.
struct IsoBiosBoot {
  std::string image;  ///< Absolute path on the medium.
  SourceMark mark;    ///< Of `image`.
};

/// An El Torito entry for UEFI (platform ID 0xEF): a FAT file system with these files.
struct IsoUefiBoot {
  FileSet files;
  std::string label = "ESP";  ///< Of the FAT file system.
  bool also_on_iso = true;    ///< The same files also stand on the ISO 9660 file system.
  SourceMark mark;
};

/// How an image boots that was written to a stick, where GRUB does not see to that.
struct IsoHybrid {
  /// Boot code for the MBR that finds the boot image of `bios`, such as isohdpfx.bin. Nothing: BIOS
  /// starts nothing from a stick.
  std::optional<FileSource> mbr;
  /// The FAT file system of `uefi` stands behind the ISO 9660 file system as an EFI system
  /// partition of a GPT, instead of as a file inside it.
  bool uefi_partition = false;
};

/// An ISO 9660 image.
struct IsoRecipe {
  std::string volume_id;   ///< At most 32 of `A-Z a-z 0-9 _ . + -` and blank.
  int iso_level = 3;       ///< Level of interchange (ECMA-119, clause 10), 1 to 3.
  bool rock_ridge = true;  ///< Long names, owners, permissions and links (RRIP 1.12).
  bool joliet = false;     ///< A second tree with names of up to 103 characters, for Windows.
  /// GRUB by core images that the builder makes; their medium boots as a CD and as a stick, as
  /// grub-mkrescue lays it out. A platform of BIOS excludes `bios`, one of UEFI `uefi`.
  std::vector<GrubPlatform> grub;
  std::optional<std::string> grub_cfg;  ///< /boot/grub/grub.cfg, as it is. Nothing: no such file.
  std::optional<IsoBiosBoot> bios;
  std::optional<IsoUefiBoot> uefi;
  std::optional<IsoHybrid> hybrid;
  FileSet files;
};

/// Reads the map below `iso:`. Throws Error (kScenario).
IsoRecipe read_iso_recipe(const YamlNode& node);

}  // namespace bootproof
