#include <ext2fs/ext2fs.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <string_view>

#include "inspectors/cursor.h"
#include "inspectors/text.h"
#include "inspectors/volumes/ext_features.h"
#include "inspectors/volumes/ext_volume.h"

namespace bootproof::inspectors {
namespace {

/// The begin of the superblock (Linux, fs/ext4/ext4.h, struct ext4_super_block).
struct SuperblockRecord {
  Le32 inode_count;
  Le32 block_count_low;
  Le32 reserved_blocks_low;
  Le32 free_blocks_low;
  Le32 free_inodes;
  Le32 first_data_block;
  Le32 log_block_size;
  Le32 log_cluster_size;
  Le32 blocks_per_group;
  Le32 clusters_per_group;
  Le32 inodes_per_group;
  Le32 mount_time;
  Le32 write_time;
  Le16 mount_count;
  Le16 most_mounts;
  Le16 magic;
  Le16 state;
  Le16 errors;
  Le16 minor_revision;
  Le32 last_check;
  Le32 check_interval;
  Le32 creator;
  Le32 revision;
  Le16 reserved_user;
  Le16 reserved_group;
  Le32 first_inode;
  Le16 inode_bytes;
  Le16 block_group;
  Le32 compatible;
  Le32 incompatible;
  Le32 read_only_compatible;
  std::array<std::uint8_t, 16> uuid;
  std::array<std::uint8_t, 16> label;
  std::array<std::uint8_t, 64> last_mounted;
  Le32 compression;
  std::array<std::uint8_t, 2> preallocated;
  Le16 reserved_descriptors;
  std::array<std::uint8_t, 16> journal_uuid;
  Le32 journal_inode;
  Le32 journal_device;
  Le32 last_orphan;
  std::array<Le32, 4> hash_seed;
  std::uint8_t hash_version;
  std::uint8_t journal_backup;
  Le16 descriptor_bytes;
  Le32 mount_options;
  Le32 first_meta_group;
  Le32 made_time;
  std::array<Le32, 17> journal_blocks;
  Le32 block_count_high;
};
static_assert(sizeof(SuperblockRecord) == 0x154);

constexpr std::uint64_t kSuperblock = 1024;
constexpr std::uint64_t kChecksumField = 1020;  ///< In the superblock.
constexpr std::uint16_t kMagic = 0xEF53;
constexpr std::uint32_t kMostLogBlockSize = 6;  ///< 64 KiB.
constexpr std::uint32_t kDynamicRevision = 1;

/// A feature and its name, as e2fsprogs has it.
struct FeatureName {
  std::uint32_t bit;
  std::string_view name;
};

constexpr std::array kCompatible{
    FeatureName{0x1, "dir_prealloc"},    FeatureName{0x2, "imagic_inodes"},
    FeatureName{0x4, "has_journal"},     FeatureName{0x8, "ext_attr"},
    FeatureName{0x10, "resize_inode"},   FeatureName{0x20, "dir_index"},
    FeatureName{0x40, "lazy_bg"},        FeatureName{0x100, "snapshot_bitmap"},
    FeatureName{0x200, "sparse_super2"}, FeatureName{0x400, "fast_commit"},
    FeatureName{0x800, "stable_inodes"}, FeatureName{0x1000, "orphan_file"},
};

constexpr std::array kIncompatible{
    FeatureName{0x1, "compression"},    FeatureName{0x2, "filetype"},
    FeatureName{0x4, "needs_recovery"}, FeatureName{0x8, "journal_dev"},
    FeatureName{0x10, "meta_bg"},       FeatureName{0x40, "extent"},
    FeatureName{0x80, "64bit"},         FeatureName{0x100, "mmp"},
    FeatureName{0x200, "flex_bg"},      FeatureName{0x400, "ea_inode"},
    FeatureName{0x1000, "dirdata"},     FeatureName{0x2000, "metadata_csum_seed"},
    FeatureName{0x4000, "large_dir"},   FeatureName{0x8000, "inline_data"},
    FeatureName{0x10000, "encrypt"},    FeatureName{0x20000, "casefold"},
};

constexpr std::array kReadOnlyCompatible{
    FeatureName{0x1, "sparse_super"}, FeatureName{0x2, "large_file"},
    FeatureName{0x8, "huge_file"},    FeatureName{0x10, "uninit_bg"},
    FeatureName{0x20, "dir_nlink"},   FeatureName{0x40, "extra_isize"},
    FeatureName{0x80, "snapshot"},    FeatureName{0x100, "quota"},
    FeatureName{0x200, "bigalloc"},   FeatureName{0x400, "metadata_csum"},
    FeatureName{0x800, "replica"},    FeatureName{0x1000, "read-only"},
    FeatureName{0x2000, "project"},   FeatureName{0x4000, "shared_blocks"},
    FeatureName{0x8000, "verity"},    FeatureName{0x10000, "orphan_present"},
};

/// Those that GRUB's driver reads, or ignores as they don't matter for reading: of 2.12, and
/// of 2.06 as distributions ship it.
constexpr std::uint32_t kKnownToGrub =
    ExtFeature::kFiletype | ExtFeature::kNeedsRecovery | ExtFeature::kJournalDevice |
    ExtFeature::kMetaBlockGroups | ExtFeature::kExtents | ExtFeature::k64Bit |
    ExtFeature::kMultiMountProtection | ExtFeature::kFlexibleGroups | ExtFeature::kEncrypted |
    ExtFeature::kChecksumSeed | ExtFeature::kLargeDirectories;

template <std::size_t kCount>
void append_names(std::uint32_t bits, const std::array<FeatureName, kCount>& table, char family,
                  std::vector<std::string>& names) {
  for (unsigned bit = 0; bit < 32; ++bit) {
    const std::uint32_t mask = std::uint32_t{1} << bit;
    if ((bits & mask) == 0) {
      continue;
    }
    const auto row = std::find_if(table.begin(), table.end(),
                                  [&](const FeatureName& feature) { return feature.bit == mask; });
    names.push_back(row == table.end() ? fmt::format("FEATURE_{}{}", family, bit)
                                       : std::string(row->name));
  }
}

std::string uuid_text(const std::array<std::uint8_t, 16>& uuid) {
  if (is_blank(ByteSpan(uuid))) {
    return {};
  }
  std::string text;
  for (std::size_t i = 0; i < uuid.size(); ++i) {
    text += fmt::format("{}{:02x}", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid.at(i));
  }
  return text;
}

/// What no driver can work with; the first that is found.
std::optional<ExtGeometryDefect> geometry_defect(const SuperblockRecord& record,
                                                 const ExtSuperblock& super) {
  if (super.block_bytes == 0) {
    return ExtGeometryDefect{
        kSuperblock + 0x18,
        fmt::format("blocks of 1024 << {} bytes", record.log_block_size.value()),
        "a shift of 0 to 6"};
  }
  const std::uint64_t most_in_bitmap = super.block_bytes * 8;
  // With bigalloc the bitmap counts clusters.
  const std::uint64_t in_group = record.clusters_per_group.value() != 0
                                     ? record.clusters_per_group.value()
                                     : super.blocks_per_group;
  if (super.blocks_per_group == 0 || in_group > most_in_bitmap) {
    return ExtGeometryDefect{kSuperblock + 0x20, fmt::format("{} blocks per group", in_group),
                             fmt::format("1 to {}", most_in_bitmap)};
  }
  if (super.inodes_per_group == 0 || super.inodes_per_group > most_in_bitmap) {
    return ExtGeometryDefect{kSuperblock + 0x28,
                             fmt::format("{} inodes per group", super.inodes_per_group),
                             fmt::format("1 to {}", most_in_bitmap)};
  }
  const bool is_power = (super.inode_bytes & (super.inode_bytes - 1)) == 0;
  if (super.inode_bytes < 128 || !is_power || super.inode_bytes > super.block_bytes) {
    return ExtGeometryDefect{kSuperblock + 0x58,
                             fmt::format("inodes of {} bytes", super.inode_bytes),
                             fmt::format("128, 256, ... to {}", super.block_bytes)};
  }
  if (super.block_count <= super.first_data_block) {
    return ExtGeometryDefect{kSuperblock + 0x4, fmt::format("{} blocks", super.block_count),
                             fmt::format("more than {}", super.first_data_block)};
  }
  if (super.first_data_block != 0 && (super.first_data_block != 1 || super.block_bytes != 1024)) {
    return ExtGeometryDefect{kSuperblock + 0x14,
                             fmt::format("first data block {}", super.first_data_block),
                             super.block_bytes == 1024 ? "1" : "0"};
  }
  return std::nullopt;
}

}  // namespace

std::uint64_t ExtSuperblock::total_bytes() const {
  const std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
  return block_bytes != 0 && block_count > most / block_bytes ? most : block_count * block_bytes;
}

bool ExtSuperblock::needs_recovery() const {
  return (incompatible & ExtFeature::kNeedsRecovery) != 0;
}

std::string_view ExtSuperblock::type_name() const {
  constexpr std::uint32_t kOld =
      ExtFeature::kSparseSuper | ExtFeature::kLargeFile | ExtFeature::kBtreeDirectories;
  constexpr std::uint32_t kOldIncompatible = ExtFeature::kFiletype | ExtFeature::kMetaBlockGroups;
  const bool has_journal = (compatible & ExtFeature::kHasJournal) != 0;
  const std::uint32_t allowed =
      kOldIncompatible | (has_journal ? ExtFeature::kNeedsRecovery : std::uint32_t{0});
  if ((incompatible & ~allowed) != 0 || (read_only_compatible & ~kOld) != 0) {
    return "ext4";
  }
  return has_journal ? "ext3" : "ext2";
}

std::optional<ExtSuperblock> read_ext_superblock(const ImageView& view) {
  const auto record = read_struct<SuperblockRecord>(view, kSuperblock);
  if (!record || record->magic.value() != kMagic) {
    return std::nullopt;
  }
  ExtSuperblock super;
  super.label = printable_text(record->label);
  super.uuid = uuid_text(record->uuid);
  super.last_mounted = printable_text(record->last_mounted);
  if (record->log_block_size.value() <= kMostLogBlockSize) {
    super.block_bytes = std::uint64_t{1024} << record->log_block_size.value();
  }
  super.incompatible = record->incompatible.value();
  super.compatible = record->compatible.value();
  super.read_only_compatible = record->read_only_compatible.value();
  super.block_count = record->block_count_low.value();
  super.descriptor_bytes = 32;
  if ((super.incompatible & ExtFeature::k64Bit) != 0) {
    super.block_count |= std::uint64_t{record->block_count_high.value()} << 32U;
    super.descriptor_bytes = record->descriptor_bytes.value();
  }
  super.inode_count = record->inode_count.value();
  super.blocks_per_group = record->blocks_per_group.value();
  super.inodes_per_group = record->inodes_per_group.value();
  super.revision = record->revision.value();
  super.inode_bytes = super.revision >= kDynamicRevision ? record->inode_bytes.value() : 128;
  super.first_data_block = record->first_data_block.value();
  super.state = record->state.value();
  append_names(super.compatible, kCompatible, 'C', super.features);
  append_names(super.incompatible, kIncompatible, 'I', super.features);
  append_names(super.read_only_compatible, kReadOnlyCompatible, 'R', super.features);
  super.geometry_defect = geometry_defect(*record, super);
  if ((super.read_only_compatible & ExtFeature::kMetadataChecksums) != 0) {
    const Bytes bytes = view.read(kSuperblock, kChecksumField);
    const auto checksum = read_struct<Le32>(view, kSuperblock + kChecksumField);
    if (checksum && bytes.size() == kChecksumField) {
      super.checksum = checksum->value();
      super.computed_checksum = ext2fs_crc32c_le(~std::uint32_t{0}, bytes.data(), bytes.size());
    }
  }
  return super;
}

std::vector<std::string> features_unknown_to_grub(const ExtSuperblock& superblock) {
  std::vector<std::string> names;
  append_names(superblock.incompatible & ~kKnownToGrub, kIncompatible, 'I', names);
  return names;
}

}  // namespace bootproof::inspectors
