#include "inspectors/volumes/fat_directory.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

namespace bootproof::inspectors {
namespace {

/// A short entry (section 6).
struct ShortRecord {
  std::array<std::uint8_t, 8> base;
  std::array<std::uint8_t, 3> extension;
  std::uint8_t attributes;
  std::uint8_t lower_case;  ///< Of Windows NT: bit 3 the base, bit 4 the extension.
  std::uint8_t created_tenths;
  Le16 created_time;
  Le16 created_date;
  Le16 accessed_date;
  Le16 first_cluster_high;
  Le16 written_time;
  Le16 written_date;
  Le16 first_cluster_low;
  Le32 size;
};
static_assert(sizeof(ShortRecord) == 32);

/// A piece of a long name (section 7).
struct LongRecord {
  std::uint8_t order;
  std::array<Le16, 5> first;
  std::uint8_t attributes;
  std::uint8_t type;
  std::uint8_t checksum;
  std::array<Le16, 6> second;
  Le16 first_cluster_low;
  std::array<Le16, 2> third;
};
static_assert(sizeof(LongRecord) == 32);

constexpr std::uint8_t kEndOfDirectory = 0x00;
constexpr std::uint8_t kDeleted = 0xE5;
constexpr std::uint8_t kInsteadOfE5 = 0x05;
constexpr std::uint8_t kLongName = 0x0F;
constexpr std::uint8_t kAttributeBits = 0x3F;
constexpr std::uint8_t kVolumeLabel = 0x08;
constexpr std::uint8_t kLastPiece = 0x40;
constexpr std::uint8_t kMostPieces = 20;
constexpr std::uint8_t kLowerBase = 0x08;
constexpr std::uint8_t kLowerExtension = 0x10;

template <typename Record>
Record record_at(ByteSpan bytes, std::size_t at) {
  Record record{};
  std::memcpy(&record, bytes.subspan(at, sizeof(Record)).data(), sizeof(Record));
  return record;
}

std::string part_of(ByteSpan field, bool is_lower) {
  std::string part;
  for (const std::uint8_t byte : field) {
    const bool is_upper_letter = byte >= 'A' && byte <= 'Z';
    part.push_back(static_cast<char>(is_lower && is_upper_letter ? byte - 'A' + 'a' : byte));
  }
  part.erase(part.find_last_not_of(' ') + 1);
  return part;
}

std::string short_name_of(const ShortRecord& record) {
  std::array<std::uint8_t, 8> base = record.base;
  if (base[0] == kInsteadOfE5) {
    base[0] = kDeleted;
  }
  if ((record.attributes & kVolumeLabel) != 0) {  // One text over both fields.
    Bytes label(base.begin(), base.end());
    label.insert(label.end(), record.extension.begin(), record.extension.end());
    return part_of(label, false);
  }
  const std::string extension =
      part_of(record.extension, (record.lower_case & kLowerExtension) != 0);
  std::string name = part_of(base, (record.lower_case & kLowerBase) != 0);
  if (!extension.empty()) {
    name += "." + extension;
  }
  return name;
}

std::uint8_t checksum_of(const ShortRecord& record) {
  unsigned sum = 0;
  const auto add = [&](std::uint8_t byte) {
    sum = (((sum & 1U) << 7U) + (sum >> 1U) + byte) & 0xFFU;
  };
  std::for_each(record.base.begin(), record.base.end(), add);
  std::for_each(record.extension.begin(), record.extension.end(), add);
  return static_cast<std::uint8_t>(sum);
}

/// UTF-16 as UTF-8; a lone surrogate becomes U+FFFD.
std::string utf8_of(const std::vector<std::uint16_t>& units) {
  std::string out;
  for (std::size_t i = 0; i < units.size(); ++i) {
    std::uint32_t code = units[i];
    const bool is_pair = code >= 0xD800 && code < 0xDC00 && i + 1 < units.size() &&
                         units[i + 1] >= 0xDC00 && units[i + 1] < 0xE000;
    if (is_pair) {
      code = 0x10000 + ((code - 0xD800) << 10U) + (units[++i] - 0xDC00U);
    } else if (code >= 0xD800 && code < 0xE000) {
      code = 0xFFFD;
    }
    const auto put = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code < 0x80) {
      put(code);
    } else if (code < 0x800) {
      put(0xC0U | (code >> 6U));
      put(0x80U | (code & 0x3FU));
    } else if (code < 0x10000) {
      put(0xE0U | (code >> 12U));
      put(0x80U | ((code >> 6U) & 0x3FU));
      put(0x80U | (code & 0x3FU));
    } else {
      put(0xF0U | (code >> 18U));
      put(0x80U | ((code >> 12U) & 0x3FU));
      put(0x80U | ((code >> 6U) & 0x3FU));
      put(0x80U | (code & 0x3FU));
    }
  }
  return out;
}

/// Collects the pieces of a long name, which stand last one first before their short entry.
class LongName {
 public:
  void add(const LongRecord& record) {
    const std::uint8_t number = record.order & static_cast<std::uint8_t>(~kLastPiece);
    if ((record.order & kLastPiece) != 0) {
      pieces_.clear();
      checksum_ = record.checksum;
      next_ = number <= kMostPieces ? number : 0;
    }
    if (next_ == 0 || number != next_ || record.checksum != checksum_) {
      reset();
      return;
    }
    --next_;
    is_complete_ = next_ == 0;
    std::vector<std::uint16_t> piece;
    for (const Le16& unit : record.first) {
      piece.push_back(unit.value());
    }
    for (const Le16& unit : record.second) {
      piece.push_back(unit.value());
    }
    for (const Le16& unit : record.third) {
      piece.push_back(unit.value());
    }
    pieces_.insert(pieces_.begin(), piece.begin(), piece.end());
  }

  void reset() {
    pieces_.clear();
    next_ = 0;
    is_complete_ = false;
  }

  /// The name, if it is whole and belongs to this entry; begins anew.
  std::optional<std::string> take(const ShortRecord& record) {
    std::optional<std::string> name;
    if (is_complete_ && checksum_ == checksum_of(record)) {
      pieces_.erase(std::find(pieces_.begin(), pieces_.end(), 0), pieces_.end());
      if (!pieces_.empty()) {
        name = utf8_of(pieces_);
      }
    }
    reset();
    return name;
  }

 private:
  std::vector<std::uint16_t> pieces_;
  std::uint8_t checksum_ = 0;
  unsigned next_ = 0;  ///< The number of the piece that has to come; 0 for none.
  bool is_complete_ = false;
};

}  // namespace

std::vector<FatEntry> decode_fat_directory(ByteSpan bytes, bool has_high_cluster,
                                           std::size_t most) {
  std::vector<FatEntry> entries;
  LongName long_name;
  for (std::size_t at = 0; at + sizeof(ShortRecord) <= bytes.size() && entries.size() < most;
       at += sizeof(ShortRecord)) {
    const auto record = record_at<ShortRecord>(bytes, at);
    if (record.base[0] == kEndOfDirectory) {
      break;
    }
    if (record.base[0] == kDeleted) {
      long_name.reset();
      continue;
    }
    if ((record.attributes & kAttributeBits) == kLongName) {
      long_name.add(record_at<LongRecord>(bytes, at));
      continue;
    }
    FatEntry entry;
    entry.short_name = short_name_of(record);
    entry.name = long_name.take(record).value_or(entry.short_name);
    entry.attributes = record.attributes;
    entry.first_cluster = record.first_cluster_low.value();
    if (has_high_cluster) {
      entry.first_cluster |= std::uint32_t{record.first_cluster_high.value()} << 16U;
    }
    entry.size = record.size.value();
    entry.position = at;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace bootproof::inspectors
