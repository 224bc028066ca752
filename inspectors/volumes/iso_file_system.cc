#include "inspectors/volumes/iso_file_system.h"

#include <algorithm>
#include <array>
#include <utility>

#include "inspectors/cursor.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// A date and time in a volume descriptor (ECMA-119, 8.4.26.1).
struct DescriptorDate {
  std::array<std::uint8_t, 16> digits;
  std::uint8_t zone;
};
static_assert(sizeof(DescriptorDate) == 17);

constexpr std::uint64_t kCreatedField = 813;
constexpr std::uint64_t kModifiedField = 830;

/// The mark of an id that is the position of a file's first record. Another id is the first block
/// and the length of its only extent, 32 bits each, and a block has 31: 4 TiB.
constexpr std::uint64_t kByRecord = std::uint64_t{1} << 63U;
constexpr std::uint64_t kMostBlocks = std::uint64_t{1} << 31U;
constexpr std::uint64_t kLengthMask = 0xFFFFFFFFU;

std::uint64_t id_of(std::uint64_t block, std::uint64_t bytes) { return block << 32U | bytes; }

/// "2024-01-31-12-00-00-00"; empty for a date that is not set, zeros of either kind.
std::string date_at(const ImageView& image, std::uint64_t offset) {
  const auto date = read_struct<DescriptorDate>(image, offset);
  const auto is_all = [&](std::uint8_t byte) {
    return std::all_of(date->digits.begin(), date->digits.end(),
                       [&](std::uint8_t digit) { return digit == byte; });
  };
  if (!date || is_all(0) || (is_all('0') && date->zone == 0)) {
    return {};
  }
  constexpr std::array<std::size_t, 7> kParts{4, 2, 2, 2, 2, 2, 2};
  std::string text;
  ByteSpan left(date->digits);
  for (const std::size_t length : kParts) {
    text += (text.empty() ? "" : "-") + printable_text(left.first(length));
    left = left.subspan(length);
  }
  return text;
}

/// One character as UTF-8.
void append_utf8(std::string& text, std::uint32_t character) {
  const auto push = [&](std::uint32_t byte) { text.push_back(static_cast<char>(byte)); };
  if (character < 0x80) {
    push(character);
    return;
  }
  if (character < 0x800) {
    push(0xC0U | character >> 6U);
  } else {
    if (character < 0x10000) {
      push(0xE0U | character >> 12U);
    } else {
      push(0xF0U | character >> 18U);
      push(0x80U | (character >> 12U & 0x3FU));
    }
    push(0x80U | (character >> 6U & 0x3FU));
  }
  push(0x80U | (character & 0x3FU));
}

/// UTF-16, big-endian, as Joliet has it, as UTF-8; surrogates without their half become U+FFFD.
std::string utf8_of(std::string_view utf16) {
  constexpr std::uint32_t kReplacement = 0xFFFD;
  std::string text;
  const auto unit = [&](std::size_t i) {
    return i + 1 < utf16.size() ? std::uint32_t{static_cast<std::uint8_t>(utf16[i])} << 8U |
                                      static_cast<std::uint8_t>(utf16[i + 1])
                                : 0U;
  };
  for (std::size_t i = 0; i + 1 < utf16.size(); i += 2) {
    std::uint32_t character = unit(i);
    if (character >= 0xD800 && character < 0xE000) {
      const std::uint32_t low = unit(i + 2);
      if (character < 0xDC00 && low >= 0xDC00 && low < 0xE000) {
        character = 0x10000U + ((character - 0xD800U) << 10U) + (low - 0xDC00U);
        i += 2;
      } else {
        character = kReplacement;
      }
    }
    append_utf8(text, character);
  }
  return text;
}

/// Without ";1" and the dot of an empty extension (ECMA-119, 7.5.1).
std::string without_version(std::string name) {
  const std::size_t semicolon = name.rfind(';');
  if (semicolon != std::string::npos && semicolon > 0 &&
      std::all_of(name.begin() + static_cast<std::ptrdiff_t>(semicolon) + 1, name.end(),
                  [](char c) { return c >= '0' && c <= '9'; })) {
    name.resize(semicolon);
  }
  if (name.size() > 1 && name.ends_with('.')) {
    name.pop_back();
  }
  return name;
}

/// The file types of POSIX, in PX (Rock Ridge 1.12, 4.1.1).
constexpr std::uint32_t kTypeMask = 0170000;
constexpr std::uint32_t kRegular = 0100000;
constexpr std::uint32_t kLink = 0120000;

NodeKind kind_of(const IsoDirectoryRecord& record, const RockRidge& extras) {
  if (record.is_directory() || extras.child_block) {
    return NodeKind::kDirectory;
  }
  const std::uint32_t type = extras.mode.value_or(0) & kTypeMask;
  if (extras.target && (type == kLink || type == 0)) {
    return NodeKind::kSymlink;
  }
  return type == kRegular || type == 0 ? NodeKind::kFile : NodeKind::kOther;
}

}  // namespace

IsoFileSystem::IsoFileSystem(const ImageView& image, const IsoVolume& descriptor)
    : image_(image), descriptor_(descriptor), label_(descriptor.volume_id) {
  uuid_ = date_at(image, descriptor.offset + kModifiedField);
  if (uuid_.empty()) {
    uuid_ = date_at(image, descriptor.offset + kCreatedField);
  }
  if (descriptor.kind == IsoVolumeKind::kPrimary) {
    look_for_rock_ridge();
  }
}

VolumeKind IsoFileSystem::kind() const {
  return descriptor_.kind == IsoVolumeKind::kJoliet ? VolumeKind::kJoliet : VolumeKind::kIso9660;
}

Node IsoFileSystem::root() const {
  Node node;
  node.kind = NodeKind::kDirectory;
  node.id = id_of(std::min(descriptor_.root_block, kMostBlocks - 1),
                  std::min(descriptor_.root_bytes, kLengthMask));
  return node;
}

void IsoFileSystem::look_for_rock_ridge() {
  const auto self =
      read_iso_directory_record(image_, descriptor_.root_block * descriptor_.block_size);
  if (!self || !self->is_self()) {
    return;
  }
  // CD-ROM XA has 14 bytes of its own first.
  constexpr std::uint64_t kXaBytes = 14;
  for (const std::uint64_t begin : {std::uint64_t{0}, kXaBytes}) {
    if (begin < self->system_use_bytes) {
      ContinuationBudget budget;
      const RockRidge extras = read_rock_ridge(
          image_, image_.subview(self->system_use + begin, self->system_use_bytes - begin),
          descriptor_.block_size, budget);
      if (extras.skip) {
        has_rock_ridge_ = extras.has_entries;
        skip_ = *extras.skip;
        return;
      }
    }
  }
}

RockRidge IsoFileSystem::rock_ridge(const IsoDirectoryRecord& record) {
  if (!has_rock_ridge_ || record.system_use_bytes <= skip_) {
    return {};
  }
  ContinuationBudget budget{bytes_left_};
  RockRidge extras = read_rock_ridge(
      image_, image_.subview(record.system_use + skip_, record.system_use_bytes - skip_),
      descriptor_.block_size, budget);
  bytes_left_ = budget.bytes;
  return extras;
}

std::string IsoFileSystem::name_of(const IsoDirectoryRecord& record,
                                   const RockRidge& extras) const {
  if (extras.name) {
    return *extras.name;
  }
  if (kind() == VolumeKind::kJoliet) {
    return without_version(utf8_of(record.identifier));
  }
  return record.is_directory() ? record.identifier : without_version(record.identifier);
}

IsoRange IsoFileSystem::range_of_relocated(std::uint64_t block) const {
  const std::uint64_t position = block * descriptor_.block_size;
  const auto self = read_iso_directory_record(image_, position);
  const bool is_there = self && self->is_self() && self->is_directory();
  return {position, is_there ? self->bytes : 0};
}

Node IsoFileSystem::node_of(const IsoDirectoryRecord& record, RockRidge extras) const {
  Node node;
  node.name = name_of(record, extras);
  node.kind = kind_of(record, extras);
  node.mode = extras.mode;
  node.target = std::move(extras.target).value_or(std::string());
  if (extras.child_block) {
    const IsoRange range = range_of_relocated(*extras.child_block);
    node.id = id_of(*extras.child_block % kMostBlocks, range.bytes);
    return node;
  }
  const bool fits = record.data_block() < kMostBlocks;
  const bool is_whole = (record.flags & kIsoMultiExtent) == 0 && record.unit_size == 0;
  node.id =
      fits && is_whole ? id_of(record.data_block(), record.bytes) : kByRecord | record.position;
  node.size = node.kind == NodeKind::kFile ? record.bytes : 0;
  return node;
}

IsoRange IsoFileSystem::range_of(const Node& directory) const {
  if ((directory.id & kByRecord) == 0) {
    return {(directory.id >> 32U) * descriptor_.block_size, directory.id & kLengthMask};
  }
  const auto record = read_iso_directory_record(image_, directory.id & ~kByRecord);
  return record ? IsoRange{record->data_block() * descriptor_.block_size, record->bytes}
                : IsoRange{};
}

std::vector<Node> IsoFileSystem::list(const Node& directory) {
  constexpr std::size_t kMostRemembered = 8192;
  if (directory.kind != NodeKind::kDirectory) {
    return {};
  }
  if (const auto found = remembered_.find(directory.id); found != remembered_.end()) {
    return found->second;
  }
  std::vector<Node> nodes = read_directory(directory);
  // One more than the names: a directory without any costs as well.
  if (remembered_names_ + nodes.size() + 1 <= kMostRemembered) {
    remembered_names_ += nodes.size() + 1;
    remembered_.emplace(directory.id, nodes);
  }
  return nodes;
}

std::vector<Node> IsoFileSystem::read_directory(const Node& directory) {
  std::vector<Node> nodes;
  const IsoRange range = range_of(directory);
  bool goes_on = false;  // The record before said that the file has another.
  const auto add = [&](const IsoDirectoryRecord& record) {
    if (record.is_self() || record.is_parent() || (record.flags & kIsoAssociated) != 0) {
      return true;
    }
    if (goes_on) {
      nodes.back().size += record.bytes;
    } else {
      RockRidge extras = rock_ridge(record);
      if (extras.is_relocated) {
        return true;
      }
      if (extras.child_block) {
        bytes_left_ -= std::min(bytes_left_, kIsoSectorBytes);
      }
      nodes.push_back(node_of(record, std::move(extras)));
    }
    goes_on = (record.flags & kIsoMultiExtent) != 0 && !record.is_directory();
    return nodes.size() < kMostNames && bytes_left_ > 0;
  };
  const IsoDirectoryWalk walk =
      walk_iso_directory(image_, range.position, std::min(range.bytes, bytes_left_), add);
  bytes_left_ -= std::min(bytes_left_, walk.bytes_read);
  return nodes;
}

std::vector<Extent> IsoFileSystem::extents(const Node& file) {
  std::vector<Extent> runs;
  if (file.kind != NodeKind::kFile) {
    return runs;
  }
  const auto add = [&](std::uint64_t block, std::uint64_t bytes) {
    const std::uint64_t offset = block * descriptor_.block_size;
    const std::uint64_t room = image_.size() - std::min(image_.size(), offset);
    if (const std::uint64_t length = std::min(bytes, room); length > 0) {
      runs.push_back({offset, length});
    }
    return bytes <= room;
  };
  if ((file.id & kByRecord) == 0) {
    add(file.id >> 32U, file.id & kLengthMask);
    return runs;
  }
  // The records of one file follow each other (ECMA-119, 6.5.1), each but the last one marked.
  constexpr std::uint64_t kMostBytesOfRecords = std::uint64_t{1} << 20U;
  walk_iso_directory(image_, file.id & ~kByRecord, kMostBytesOfRecords,
                     [&](const IsoDirectoryRecord& record) {
                       return record.unit_size == 0 && add(record.data_block(), record.bytes) &&
                              (record.flags & kIsoMultiExtent) != 0;
                     });
  return runs;
}

std::unique_ptr<IsoFileSystem> open_iso_file_system(const ImageView& image,
                                                    const IsoVolume& descriptor) {
  return descriptor.block_size == 0 ? nullptr : std::make_unique<IsoFileSystem>(image, descriptor);
}

}  // namespace bootproof::inspectors
