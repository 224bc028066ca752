#include "inspectors/apm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Block0 of a medium, up to what is used of it (Inside Macintosh: Devices, 3-24).
struct DriverDescriptor {
  std::array<std::uint8_t, 2> signature;
  Be16 block_bytes;
  Be32 block_count;
};
static_assert(sizeof(DriverDescriptor) == 8);

/// Partition, up to what is used of it (Inside Macintosh: Devices, 3-26).
struct PartitionRecord {
  std::array<std::uint8_t, 2> signature;
  Be16 reserved;
  Be32 map_entries;
  Be32 first_block;
  Be32 block_count;
  std::array<std::uint8_t, 32> name;
  std::array<std::uint8_t, 32> type;
};
static_assert(sizeof(PartitionRecord) == 80);

constexpr std::array<std::uint8_t, 2> kDriverSignature{'E', 'R'};
constexpr std::array<std::uint8_t, 2> kPartitionSignature{'P', 'M'};
constexpr std::array<std::uint64_t, 2> kBlockSizes{512, 2048};
/// Real maps have a handful.
constexpr std::uint32_t kMostEntries = 64;

constexpr std::uint64_t kBlockSizeField = 2;
constexpr std::uint64_t kMapEntriesField = 4;
constexpr std::uint64_t kFirstBlockField = 8;

std::optional<ApmPartition> read_entry(const ImageView& image, std::uint64_t block_bytes,
                                       std::uint32_t number) {
  const std::uint64_t position = number * block_bytes;
  const auto record = read_struct<PartitionRecord>(image, position);
  if (!record || record->signature != kPartitionSignature) {
    return std::nullopt;
  }
  ApmPartition partition;
  partition.number = number;
  partition.offset = image.image_offset(position);
  partition.name = printable_text(record->name);
  partition.type = printable_text(record->type);
  partition.map_entries = record->map_entries.value();
  partition.first_block = record->first_block.value();
  partition.block_count = record->block_count.value();
  return partition;
}

/// The size of blocks: as the driver descriptor says, if an entry stands there; else where one is.
std::optional<std::uint64_t> block_size_of(const ImageView& image, std::uint16_t described) {
  std::optional<std::uint64_t> found;
  for (const std::uint64_t block_bytes : kBlockSizes) {
    if (read_entry(image, block_bytes, 1) && (!found || block_bytes == described)) {
      found = block_bytes;
    }
  }
  return found;
}

std::string path_of(const ApmPartition& partition) {
  return fmt::format("Apple partition map, entry {}", partition.number);
}

void judge_descriptor(const ImageView& image, const Apm& apm, Findings& findings) {
  if (!apm.has_driver_descriptor) {
    findings.add(rule("apm.no-driver-descriptor"), image.offset(), "Apple partition map",
                 "entries without a driver descriptor", "\"ER\" at the medium's begin");
  } else if (apm.descriptor_block_bytes != apm.block_bytes) {
    findings.add(rule("apm.block-size"), image.image_offset(kBlockSizeField),
                 "Apple partition map, driver descriptor",
                 fmt::format("blocks of {} bytes", apm.descriptor_block_bytes),
                 fmt::format("blocks of {} bytes, as the entries stand", apm.block_bytes));
  }
}

void judge_partition(const ImageView& image, const Apm& apm, const ApmPartition& partition,
                     std::uint64_t medium_bytes, Findings& findings) {
  const std::uint64_t end = apm.first_byte(partition) + apm.byte_count(partition);
  if (partition.map_entries != apm.partitions.front().map_entries) {
    findings.add(rule("apm.map-count"), partition.offset + kMapEntriesField, path_of(partition),
                 fmt::format("{} entries", partition.map_entries),
                 fmt::format("{}, as entry 1 says", apm.partitions.front().map_entries));
  }
  if (end > std::max(image.size(), medium_bytes)) {
    findings.add(
        rule("apm.partition-outside"), partition.offset + kFirstBlockField, path_of(partition),
        fmt::format("{} blocks from block {}", partition.block_count, partition.first_block),
        fmt::format("inside the image of {} blocks", image.size() / apm.block_bytes));
  }
}

}  // namespace

std::optional<Apm> read_apm(const ImageView& image, std::uint64_t medium_bytes,
                            Findings& findings) {
  const auto descriptor = read_struct<DriverDescriptor>(image, 0);
  Apm apm;
  apm.has_driver_descriptor = descriptor && descriptor->signature == kDriverSignature;
  apm.descriptor_block_bytes =
      apm.has_driver_descriptor ? descriptor->block_bytes.value() : std::uint16_t{0};
  const auto block_bytes = block_size_of(image, apm.descriptor_block_bytes);
  if (!block_bytes) {
    return std::nullopt;
  }
  apm.block_bytes = *block_bytes;
  std::uint32_t count = 1;
  for (std::uint32_t number = 1; number <= std::min(count, kMostEntries); ++number) {
    auto partition = read_entry(image, apm.block_bytes, number);
    if (!partition) {
      findings.add(rule("apm.entry-missing"), image.image_offset(number * apm.block_bytes),
                   fmt::format("Apple partition map, entry {}", number), "no entry",
                   fmt::format("\"PM\": entry 1 says that there are {}", count));
      break;
    }
    count = number == 1 ? partition->map_entries : count;
    apm.partitions.push_back(*std::move(partition));
  }
  judge_descriptor(image, apm, findings);
  for (const ApmPartition& partition : apm.partitions) {
    judge_partition(image, apm, partition, medium_bytes, findings);
  }
  return apm;
}

}  // namespace bootproof::inspectors
