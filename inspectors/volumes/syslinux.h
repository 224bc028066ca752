#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/volumes/volume.h"

namespace bootproof::inspectors {

/// The boot sector of SYSLINUX on FAT or EXTLINUX on ext, by its mark at offset 0x1F8 (syslinux
/// 4.0 and later).
struct SyslinuxBootSector {
  std::uint64_t pointer_offset = 0;  ///< Of the pointer's lower half, from the volume's begin.
  std::uint64_t first_sector = 0;    ///< Where ldlinux.sys begins, in 512 bytes from the same.
  /// What the code lacks, for people: its first bytes are no jump, or lead to no code of
  /// syslinux's, or the pointer is overwritten. Empty where it is whole as far as can be seen.
  std::string code_problem;
};

/// ldlinux.sys as the installer patched it.
struct Ldlinux {
  std::string directory;  ///< Where the installer put it, "/boot/syslinux". As it stands there.
  std::string version;    ///< "6.04"; printable.
  std::uint32_t instance = 0;      ///< The build, which the boot sector asks for.
  std::uint32_t data_sectors = 0;  ///< Of 512 bytes, with the first one.
  std::vector<Extent> extents;     ///< From the second sector on, in the volume's view.
  bool has_checksum = false;       ///< Whether its words add up.
};

/// Nothing where the view does not begin with it.
std::optional<SyslinuxBootSector> recognise_syslinux(const ImageView& volume);

/// Decodes the file; nothing where it is no ldlinux.sys.
std::optional<Ldlinux> read_ldlinux(const ImageView& file);

/// Judges whether the boot sector's way to ldlinux.sys and ldlinux.c32 holds, on FAT and ext alike.
/// Finds nothing on a volume without syslinux's boot sector.
void judge_syslinux(Volume& volume, Findings& findings);

}  // namespace bootproof::inspectors
