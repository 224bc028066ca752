#include "inspectors/volumes/iso_directory.h"

#include <algorithm>
#include <cstring>
#include <iterator>

#include "inspectors/iso9660.h"

namespace bootproof::inspectors {
namespace {

/// ECMA-119, 9.1, without the identifier and what follows it.
struct DirectoryRecord {
  std::uint8_t length;
  std::uint8_t extended_attribute_blocks;
  Both32 block;
  Both32 bytes;
  std::array<std::uint8_t, 7> recorded;
  std::uint8_t flags;
  std::uint8_t unit_size;
  std::uint8_t gap_size;
  Both16 volume_sequence_number;
  std::uint8_t identifier_length;
};
static_assert(sizeof(DirectoryRecord) == 33);

/// The record that begins with `bytes`, which end with its sector; nothing where it has an
/// impossible length. `position` is where it stands.
std::optional<IsoDirectoryRecord> decode(ByteSpan bytes, std::uint64_t position) {
  DirectoryRecord raw{};
  if (bytes.size() <= sizeof raw || bytes[0] > bytes.size()) {
    return std::nullopt;
  }
  std::memcpy(&raw, bytes.data(), sizeof raw);
  const std::size_t end_of_identifier = sizeof raw + raw.identifier_length;
  if (raw.identifier_length == 0 || raw.length < end_of_identifier) {
    return std::nullopt;
  }
  IsoDirectoryRecord record;
  record.position = position;
  record.length = raw.length;
  record.extended_attribute_blocks = raw.extended_attribute_blocks;
  record.block = raw.block.value();
  record.bytes = raw.bytes.value();
  record.block_big_endian = raw.block.big.value();
  record.bytes_big_endian = raw.bytes.big.value();
  record.flags = raw.flags;
  record.unit_size = raw.unit_size;
  record.gap_size = raw.gap_size;
  const ByteSpan identifier = bytes.subspan(sizeof raw, raw.identifier_length);
  std::transform(identifier.begin(), identifier.end(), std::back_inserter(record.identifier),
                 [](std::uint8_t byte) { return static_cast<char>(byte); });
  // A padding field makes the identifier's end even (9.1.12).
  const std::size_t system_use = std::min<std::size_t>(
      end_of_identifier + (raw.identifier_length % 2 == 0 ? 1 : 0), raw.length);
  record.system_use = position + system_use;
  record.system_use_bytes = raw.length - system_use;
  return record;
}

}  // namespace

std::optional<IsoDirectoryRecord> read_iso_directory_record(const ImageView& image,
                                                            std::uint64_t position) {
  const Bytes bytes = image.read(position, kIsoSectorBytes - position % kIsoSectorBytes);
  return decode(ByteSpan(bytes), position);
}

IsoDirectoryWalk walk_iso_directory(const ImageView& image, std::uint64_t position,
                                    std::uint64_t bytes,
                                    const std::function<bool(const IsoDirectoryRecord&)>& visit) {
  IsoDirectoryWalk walk;
  walk.position = position;
  const auto end_with = [&](IsoDirectoryEnd end, std::uint64_t at) {
    if (walk.end == IsoDirectoryEnd::kComplete) {
      walk.end = end;
      walk.position = at;
    }
  };
  const std::uint64_t end = position + bytes;
  for (std::uint64_t at = position; at < end; at += kIsoSectorBytes - at % kIsoSectorBytes) {
    const Bytes sector = image.read(at, std::min(kIsoSectorBytes - at % kIsoSectorBytes, end - at));
    walk.bytes_read += sector.size();
    if (sector.empty()) {
      end_with(IsoDirectoryEnd::kOutside, at);
      return walk;
    }
    // Records don't go over the end of a sector; zeros fill it up (6.8.1.1).
    for (ByteSpan left(sector); !left.empty() && left[0] != 0; left = left.subspan(left[0])) {
      const std::uint64_t record_at = at + (sector.size() - left.size());
      const auto record = decode(left, record_at);
      if (!record) {
        end_with(IsoDirectoryEnd::kRecord, record_at);
        break;
      }
      if (!visit(*record)) {
        end_with(IsoDirectoryEnd::kStopped, record_at);
        return walk;
      }
    }
  }
  if (!image.contains(position, bytes)) {
    end_with(IsoDirectoryEnd::kOutside, position + bytes);
  }
  return walk;
}

}  // namespace bootproof::inspectors
