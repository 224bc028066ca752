#include "inspectors/volumes/squashfs.h"

#include <fmt/format.h>

#include <array>
#include <bit>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

/// The superblock of version 4.0.
struct SuperblockRecord {
  std::array<std::uint8_t, 4> magic;
  Le32 inode_count;
  Le32 modification_time;
  Le32 block_bytes;
  Le32 fragments;
  Le16 compression;
  Le16 block_log;
  Le16 flags;
  Le16 ids;
  Le16 version_major;
  Le16 version_minor;
  Le64 root_inode;
  Le64 bytes_used;
  Le64 id_table;
  Le64 xattr_table;
  Le64 inode_table;
  Le64 directory_table;
  Le64 fragment_table;
  Le64 lookup_table;
};
static_assert(sizeof(SuperblockRecord) == 96);

constexpr std::array<std::uint8_t, 4> kMagic{'h', 's', 'q', 's'};
constexpr std::array<std::uint8_t, 4> kBigEndianMagic{'s', 'q', 's', 'h'};
constexpr std::uint64_t kBlockField = 12;
constexpr std::uint64_t kCompressionField = 20;
constexpr std::uint64_t kVersionField = 28;
constexpr std::uint64_t kBytesUsedField = 40;
constexpr std::uint64_t kIdTableField = 48;
constexpr std::uint64_t kNoTable = ~std::uint64_t{0};
constexpr std::array<std::string_view, 6> kCompressions{"gzip", "lzma", "lzo", "xz", "lz4", "zstd"};

constexpr std::uint16_t swapped(std::uint16_t value) {
  return static_cast<std::uint16_t>((value >> 8U) | (value << 8U));
}

/// Nothing where the tables stand as Linux wants them: inodes, directories, fragments if there are
/// any, IDs, all behind the superblock and inside.
std::optional<std::string> table_defect(const Squashfs& squashfs) {
  const std::uint64_t after_directories =
      squashfs.fragment_table == kNoTable ? squashfs.id_table : squashfs.fragment_table;
  if (squashfs.inode_table < sizeof(SuperblockRecord) ||
      squashfs.inode_table >= squashfs.directory_table) {
    return fmt::format("inodes at {}, directories at {}", squashfs.inode_table,
                       squashfs.directory_table);
  }
  if (squashfs.directory_table > after_directories || after_directories > squashfs.id_table) {
    return fmt::format("directories at {}, fragments at {}, IDs at {}", squashfs.directory_table,
                       squashfs.fragment_table, squashfs.id_table);
  }
  if (squashfs.id_table >= squashfs.bytes_used) {
    return fmt::format("IDs at {} of {} bytes", squashfs.id_table, squashfs.bytes_used);
  }
  return std::nullopt;
}

}  // namespace

std::string_view squashfs_compression_name(std::uint16_t compression) {
  return compression >= 1 && compression <= kCompressions.size()
             ? kCompressions.at(compression - 1U)
             : std::string_view{};
}

std::optional<Squashfs> read_squashfs(const ImageView& view) {
  const auto record = read_struct<SuperblockRecord>(view, 0);
  if (!record || (record->magic != kMagic && record->magic != kBigEndianMagic)) {
    return std::nullopt;
  }
  Squashfs squashfs;
  squashfs.version_major = record->version_major.value();
  squashfs.version_minor = record->version_minor.value();
  if (record->magic == kBigEndianMagic) {
    squashfs.is_big_endian = true;
    squashfs.version_major = swapped(squashfs.version_major);
    squashfs.version_minor = swapped(squashfs.version_minor);
  }
  if (!squashfs.is_version_4()) {
    return squashfs;
  }
  squashfs.compression = record->compression.value();
  squashfs.block_bytes = record->block_bytes.value();
  squashfs.block_log = record->block_log.value();
  squashfs.flags = record->flags.value();
  squashfs.inode_count = record->inode_count.value();
  squashfs.modification_time = record->modification_time.value();
  squashfs.bytes_used = record->bytes_used.value();
  squashfs.root_inode = record->root_inode.value();
  squashfs.inode_table = record->inode_table.value();
  squashfs.directory_table = record->directory_table.value();
  squashfs.fragment_table = record->fragment_table.value();
  squashfs.id_table = record->id_table.value();
  return squashfs;
}

void judge_squashfs(const Squashfs& squashfs, const ImageView& view, std::string_view place,
                    Findings& findings) {
  const std::string path =
      place.empty() ? "squashfs superblock" : fmt::format("{}, squashfs superblock", place);
  if (!squashfs.is_version_4()) {
    findings.add(rule("squashfs.version"), view.image_offset(kVersionField), path,
                 fmt::format("{}.{}{}", squashfs.version_major, squashfs.version_minor,
                             squashfs.is_big_endian ? ", big-endian" : ""),
                 "4.0");
    return;
  }
  if (squashfs_compression_name(squashfs.compression).empty()) {
    findings.add(rule("squashfs.compression"), view.image_offset(kCompressionField), path,
                 fmt::format("{}", squashfs.compression), "1 to 6");
  }
  constexpr std::uint32_t kLeastBlock = 4096;
  constexpr std::uint32_t kMostBlock = 1U << 20U;
  if (squashfs.block_bytes < kLeastBlock || squashfs.block_bytes > kMostBlock ||
      !std::has_single_bit(squashfs.block_bytes) ||
      std::countr_zero(squashfs.block_bytes) != squashfs.block_log) {
    findings.add(rule("squashfs.block-size"), view.image_offset(kBlockField), path,
                 fmt::format("{} bytes, logarithm {}", squashfs.block_bytes, squashfs.block_log),
                 "a power of two from 4096 to 1048576 and its logarithm");
  }
  if (const auto defect = table_defect(squashfs)) {
    findings.add(rule("squashfs.tables"), view.image_offset(kIdTableField), path, *defect,
                 "inodes, directories, fragments, IDs");
  } else if (squashfs.bytes_used > view.size()) {
    findings.add(rule("squashfs.truncated"), view.image_offset(kBytesUsedField), path,
                 fmt::format("{} bytes", view.size()),
                 fmt::format("at least {} bytes", squashfs.bytes_used));
  }
}

}  // namespace bootproof::inspectors
