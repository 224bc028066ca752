#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// What goes into a core image of GRUB's for i386-pc.
struct GrubCoreParts {
  std::string prefix = "(,gpt2)/boot/grub";
  std::string config = "insmod part_msdos\n";
  std::string memdisk;
  std::uint32_t area_bytes_off = 0;  ///< Added to the size that the module area says.
};

/// Places in grub_core_disk().
struct GrubCorePlaces {
  static constexpr std::uint64_t kDiskboot = 512;
  static constexpr std::uint64_t kBlock = kDiskboot + 500;  ///< The first of its list.
  static constexpr std::uint64_t kCore = 1024;
  static constexpr std::uint64_t kCompressedBytes = kCore + 8;
  static constexpr std::uint64_t kUnpackedBytes = kCore + 12;
  static constexpr std::uint64_t kRedundancyBytes = kCore + 16;
  static constexpr std::uint64_t kPacked = kCore + 0x200;
  static constexpr std::uint64_t kSectors = 16;
};

/// 8 KiB: boot.img's pointer, diskboot.img and a core image with a decompressor of 512 bytes, a
/// kernel of 4 KiB in which "mimg" stands as well, the modules biosdisk and ext2 (which needs
/// fshelp), a configuration and a prefix. Written byte by byte; packed by liblzma as grub-mkimage
/// packs.
Bytes grub_core_disk(const GrubCoreParts& parts = {});

}  // namespace bootproof::testing
