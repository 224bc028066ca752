#include "inspectors/volumes/iso_tree_checks.h"

#include <fmt/format.h>

#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

// Places of fields in a directory record (ECMA-119, 9.1).
constexpr std::uint64_t kBlockField = 2;
constexpr std::uint64_t kBytesField = 10;
constexpr std::uint64_t kFlagsField = 25;
constexpr std::uint64_t kUnitSizeField = 26;

}  // namespace

std::string IsoTreeChecks::path_of(const std::string& path) const {
  return prefix_ + printable_text(path);
}

bool IsoTreeChecks::judge_numbers(const IsoDirectoryRecord& record, const std::string& path) {
  const auto judge = [&](std::uint64_t little, std::uint64_t big, std::uint64_t field,
                         std::string_view name) {
    if (little != big) {
      findings_.add(rule("iso9660.both-endian"), image_.image_offset(record.position + field),
                    fmt::format("{}, {}", path_of(path), name),
                    fmt::format("{} little-endian, {} big-endian", little, big),
                    "the same number twice (ECMA-119, 7.2.3 and 7.3.3)");
    }
    return little == big;
  };
  const bool blocks_agree = judge(record.block, record.block_big_endian, kBlockField, "extent");
  const bool bytes_agree = judge(record.bytes, record.bytes_big_endian, kBytesField, "data length");
  return blocks_agree && bytes_agree;
}

/// Inside the volume and outside the image: iso9660.truncated has said so.
bool IsoTreeChecks::is_in_cut_part(std::uint64_t position, std::uint64_t bytes) const {
  const std::uint64_t volume_bytes = volume_.volume_blocks * volume_.block_size;
  return volume_bytes > image_.size() && position <= volume_bytes &&
         bytes <= volume_bytes - position;
}

bool IsoTreeChecks::judge_directory_extent(std::uint64_t block, std::uint64_t bytes,
                                           std::uint64_t record_offset, const std::string& path) {
  const std::uint64_t position = block * volume_.block_size;
  if (block > kFirstDescriptorSector && bytes > 0 && image_.contains(position, bytes)) {
    return true;
  }
  if (!is_in_cut_part(position, bytes)) {
    findings_.add(
        rule("iso9660.directory-extent"), record_offset + kBlockField, path_of(path),
        fmt::format("{} bytes at block {}", bytes, block),
        fmt::format("inside the image of {} bytes, behind the descriptors", image_.size()));
  }
  return false;
}

void IsoTreeChecks::judge_file_extent(const IsoDirectoryRecord& record, const std::string& path) {
  const std::uint64_t position = record.block * volume_.block_size;
  const std::uint64_t bytes = record.bytes + record.extended_attribute_blocks * volume_.block_size;
  const auto offset_of = [&](std::uint64_t field) {
    return image_.image_offset(record.position + field);
  };
  constexpr std::uint64_t kLongestOfOneExtent = 0xFFFFF800U;
  if (record.unit_size != 0 || record.gap_size != 0) {
    findings_.add(rule("iso9660.interleaved"), offset_of(kUnitSizeField), path_of(path),
                  fmt::format("units of {} blocks, gaps of {}", record.unit_size, record.gap_size),
                  "0 and 0");
  } else if (record.bytes > 0 && (record.block == 0 || !image_.contains(position, bytes))) {
    if (record.block == 0 || !is_in_cut_part(position, bytes)) {
      findings_.add(rule("iso9660.file-extent"), offset_of(kBlockField), path_of(path),
                    fmt::format("{} bytes at block {}", record.bytes, record.block),
                    fmt::format("inside the image of {} bytes", image_.size()));
    }
  } else if ((record.flags & kIsoMultiExtent) != 0 && record.bytes % volume_.block_size != 0) {
    findings_.add(
        rule("iso9660.multi-extent"), offset_of(kBytesField), path_of(path),
        fmt::format("{} bytes, and the file goes on", record.bytes),
        fmt::format("whole blocks of {} bytes in all records but the last", volume_.block_size));
  } else if ((record.flags & kIsoMultiExtent) == 0 && record.bytes > kLongestOfOneExtent) {
    findings_.add(rule("iso9660.size-limit"), offset_of(kBytesField), path_of(path),
                  fmt::format("{} bytes in one record", record.bytes),
                  "several records for a file of 4 GiB or more (ECMA-119, 6.5.1)");
  }
}

void IsoTreeChecks::judge_rock_ridge(const RockRidge& extras, const std::string& path) {
  const auto add = [&](const Rule& row, std::string expected) {
    findings_.add(row, extras.defect_offset, path_of(path), extras.defect_text,
                  std::move(expected));
  };
  switch (extras.defect) {
    case RockRidge::Defect::kNone:
      break;
    case RockRidge::Defect::kEntryLength:
      add(rule("rock-ridge.entry-length"),
          "all fields of the entry, within its area (SUSP 1.12, 4.1)");
      break;
    case RockRidge::Defect::kContinuationOutside:
      add(rule("rock-ridge.continuation-outside"),
          "a range within one block of the image (SUSP 1.12, 5.1)");
      break;
    case RockRidge::Defect::kContinuationLoop:
      add(rule("rock-ridge.continuation-loop"), "a last one without CE (SUSP 1.12, 5.1)");
      break;
    case RockRidge::Defect::kSymbolicLink:
      add(rule("rock-ridge.symbolic-link"), "components that fill it (Rock Ridge 1.12, 4.1.3)");
      break;
    case RockRidge::Defect::kName:
      add(rule("rock-ridge.name"),
          "a file name without \"/\" and zero bytes (Rock Ridge 1.12, 4.1.4)");
      break;
  }
}

void IsoTreeChecks::note_compressed(std::uint64_t record_offset, const std::string& path) {
  if (compressed_path_.empty()) {
    compressed_offset_ = record_offset;
    compressed_path_ = path;
  }
}

void IsoTreeChecks::judge_compressed(std::size_t count) {
  if (count != 0) {
    findings_.add(
        rule("rock-ridge.zisofs"), compressed_offset_, path_of(compressed_path_),
        count == 1 ? std::string("ZF") : fmt::format("ZF, here and in {} more", count - 1),
        "no ZF in files that firmware or a loader reads");
  }
}

}  // namespace bootproof::inspectors
