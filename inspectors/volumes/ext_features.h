#pragma once

#include <cstdint>

namespace bootproof::inspectors {

/// Bits of the feature fields of an ext superblock that are looked at here (Linux,
/// Documentation/filesystems/ext4/super.rst).
struct ExtFeature {
  // Compatible.
  static constexpr std::uint32_t kHasJournal = 0x4;
  // Incompatible.
  static constexpr std::uint32_t kFiletype = 0x2;
  static constexpr std::uint32_t kNeedsRecovery = 0x4;
  static constexpr std::uint32_t kJournalDevice = 0x8;
  static constexpr std::uint32_t kMetaBlockGroups = 0x10;
  static constexpr std::uint32_t kExtents = 0x40;
  static constexpr std::uint32_t k64Bit = 0x80;
  static constexpr std::uint32_t kMultiMountProtection = 0x100;
  static constexpr std::uint32_t kFlexibleGroups = 0x200;
  static constexpr std::uint32_t kChecksumSeed = 0x2000;
  static constexpr std::uint32_t kLargeDirectories = 0x4000;
  static constexpr std::uint32_t kEncrypted = 0x10000;
  // Compatible with reading.
  static constexpr std::uint32_t kSparseSuper = 0x1;
  static constexpr std::uint32_t kLargeFile = 0x2;
  static constexpr std::uint32_t kBtreeDirectories = 0x4;
  static constexpr std::uint32_t kMetadataChecksums = 0x400;
};

}  // namespace bootproof::inspectors
