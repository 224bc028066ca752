#include "inspectors/gpt.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "inspectors/crc32.h"
#include "inspectors/cursor.h"
#include "inspectors/gpt_checks.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// Table 5.5.
struct HeaderRecord {
  std::array<std::uint8_t, 8> signature;
  Le32 revision;
  Le32 header_bytes;
  Le32 header_crc;
  Le32 reserved;
  Le64 my_lba;
  Le64 alternate_lba;
  Le64 first_usable_lba;
  Le64 last_usable_lba;
  Guid disk_guid;
  Le64 entries_lba;
  Le32 entry_count;
  Le32 entry_bytes;
  Le32 entries_crc;
};
static_assert(sizeof(HeaderRecord) == 92);
constexpr std::size_t kCrcField = 16;

/// Table 5.6.
struct EntryRecord {
  Guid type;
  Guid unique;
  Le64 first_lba;
  Le64 last_lba;
  Le64 attributes;
  std::array<std::uint8_t, 72> name;
};
static_assert(sizeof(EntryRecord) == 128);

constexpr std::string_view kSignature = "EFI PART";
constexpr std::array<std::uint64_t, 2> kSectorSizes{512, 4096};

/// The header at `lba`; nothing where no signature stands there.
std::optional<GptHeader> read_header(const ImageView& image, std::uint64_t lba,
                                     std::uint64_t sector_bytes) {
  if (lba > image.size() / sector_bytes) {
    return std::nullopt;
  }
  const ImageView sector = image.subview(lba * sector_bytes, sector_bytes);
  const auto record = read_struct<HeaderRecord>(sector, 0);
  if (!record || !std::equal(kSignature.begin(), kSignature.end(), record->signature.begin())) {
    return std::nullopt;
  }
  GptHeader header;
  header.offset = sector.offset();
  header.lba = lba;
  header.revision = record->revision.value();
  header.header_bytes = record->header_bytes.value();
  header.my_lba = record->my_lba.value();
  header.alternate_lba = record->alternate_lba.value();
  header.first_usable_lba = record->first_usable_lba.value();
  header.last_usable_lba = record->last_usable_lba.value();
  header.disk_guid = record->disk_guid;
  header.entries_lba = record->entries_lba.value();
  header.entry_count = record->entry_count.value();
  header.entry_bytes = record->entry_bytes.value();
  header.header_crc = record->header_crc.value();
  header.entries_crc = record->entries_crc.value();
  if (header.header_bytes >= sizeof(HeaderRecord) && header.header_bytes <= sector_bytes) {
    Bytes bytes = sector.read(0, header.header_bytes);
    if (bytes.size() == header.header_bytes) {
      std::fill_n(bytes.begin() + kCrcField, sizeof(Le32), std::uint8_t{0});
      header.computed_header_crc = crc32(bytes);
    }
  }
  return header;
}

/// The entries of a header, if they have an allowed size and number and lie inside the image.
Bytes read_entries(const ImageView& image, const GptHeader& header, std::uint64_t sector_bytes) {
  const std::uint64_t length = std::uint64_t{header.entry_count} * header.entry_bytes;
  if (!is_entry_size(header.entry_bytes) || length > kMostEntryBytes ||
      header.entries_lba > image.size() / sector_bytes ||
      !image.contains(header.entries_lba * sector_bytes, length)) {
    return {};
  }
  return image.read(header.entries_lba * sector_bytes, length);
}

std::vector<GptPartition> decode_entries(const Bytes& bytes, const GptHeader& header,
                                         std::uint64_t begin) {
  std::vector<GptPartition> partitions;
  MemoryImage memory{ByteSpan(bytes)};
  const ImageView view(memory);
  for (std::uint32_t i = 0; i < header.entry_count; ++i) {
    const std::uint64_t at = std::uint64_t{i} * header.entry_bytes;
    const auto record = read_struct<EntryRecord>(view, at);
    if (!record) {
      break;
    }
    if (record->type.is_zero()) {
      continue;
    }
    partitions.push_back({i + 1, begin + at, record->type, record->unique,
                          record->first_lba.value(), record->last_lba.value(),
                          record->attributes.value(),
                          printable_utf16(record->name, ByteOrder::kLittle)});
  }
  return partitions;
}

/// Reads the headers of a medium with sectors of one size, each with its entries.
class Reader {
 public:
  Reader(const ImageView& image, std::uint64_t sector_bytes) : image_(image) {
    gpt_.sector_bytes = sector_bytes;
  }

  /// Begins with a primary header that was found.
  Gpt read(const GptHeader& primary) {
    gpt_.primary = primary;
    std::vector<GptPartition> partitions = take_entries(*gpt_.primary);
    // A damaged header says nothing about the backup: it is at the end then, or nowhere.
    const std::uint64_t place = gpt_.primary->has_valid_crc()
                                    ? gpt_.primary->alternate_lba
                                    : last_lba_of(image_, gpt_.sector_bytes);
    if (place != primary.lba) {
      gpt_.backup = read_header(image_, place, gpt_.sector_bytes);
    }
    gpt_.partitions = std::move(partitions);
    if (gpt_.backup) {
      std::vector<GptPartition> others = take_entries(*gpt_.backup);
      if (!is_good(*gpt_.primary) && is_good(*gpt_.backup)) {
        gpt_.is_from_backup = true;
        gpt_.partitions = std::move(others);
      }
    }
    return std::move(gpt_);
  }

  /// Begins with a backup header; there is no primary one.
  Gpt read_backup(const GptHeader& backup) {
    gpt_.backup = backup;
    gpt_.is_from_backup = true;
    gpt_.partitions = take_entries(*gpt_.backup);
    return std::move(gpt_);
  }

 private:
  static bool is_good(const GptHeader& header) {
    return header.has_valid_crc() && header.has_valid_entries();
  }

  std::vector<GptPartition> take_entries(GptHeader& header) {
    const Bytes bytes = read_entries(image_, header, gpt_.sector_bytes);
    if (!bytes.empty()) {
      header.computed_entries_crc = crc32(bytes);
    }
    return decode_entries(bytes, header, header.entries_lba * gpt_.sector_bytes);
  }

  ImageView image_;
  Gpt gpt_;
};

/// The GPT of the sector size for which a primary header stands at LBA 1, a valid one preferred.
std::optional<Gpt> read_by_primary(const ImageView& image) {
  std::optional<Gpt> damaged;
  for (const std::uint64_t sector_bytes : kSectorSizes) {
    const auto header = read_header(image, 1, sector_bytes);
    if (header && header->has_valid_crc()) {
      return Reader(image, sector_bytes).read(*header);
    }
    if (header && !damaged) {
      damaged = Reader(image, sector_bytes).read(*header);
    }
  }
  return damaged;
}

/// The GPT of which only a valid backup header at the end is left.
std::optional<Gpt> read_by_backup(const ImageView& image) {
  for (const std::uint64_t sector_bytes : kSectorSizes) {
    if (image.size() < 2 * sector_bytes) {
      continue;
    }
    const auto header = read_header(image, last_lba_of(image, sector_bytes), sector_bytes);
    if (header && header->has_valid_crc()) {
      return Reader(image, sector_bytes).read_backup(*header);
    }
  }
  return std::nullopt;
}

/// A bit of a partition's attributes (UEFI 2.10, table 5.8; Discoverable Partitions Specification).
struct AttributeName {
  unsigned bit;
  std::string_view name;
};

constexpr std::array kAttributeNames{
    AttributeName{0, "required"},
    AttributeName{1, "no block IO"},
    AttributeName{2, "legacy BIOS bootable"},
    AttributeName{59, "grow file system"},
    AttributeName{60, "read-only"},
    AttributeName{63, "no auto"},
};

}  // namespace

bool GptPartition::is_esp() const { return partition_type_name(type) == "ESP"; }

bool GptPartition::is_xbootldr() const { return partition_type_name(type) == "XBOOTLDR"; }

bool GptPartition::is_bios_boot() const { return partition_type_name(type) == "BIOS boot"; }

std::vector<std::string> attribute_names(const GptPartition& partition) {
  std::vector<std::string> names;
  for (unsigned bit = 0; bit < 64; ++bit) {
    if ((partition.attributes >> bit & 1U) != 0) {
      const auto* const row =
          std::find_if(kAttributeNames.begin(), kAttributeNames.end(),
                       [&](const AttributeName& attribute) { return attribute.bit == bit; });
      names.push_back(row == kAttributeNames.end() ? fmt::format("bit {}", bit)
                                                   : std::string(row->name));
    }
  }
  return names;
}

bool is_entry_size(std::uint32_t bytes) {
  return bytes >= sizeof(EntryRecord) && (bytes & (bytes - 1)) == 0;
}

std::uint64_t last_lba_of(const ImageView& image, std::uint64_t sector_bytes) {
  return image.size() / sector_bytes - 1;
}

std::optional<Gpt> read_gpt(const ImageView& image, const GptSurroundings& surroundings,
                            Findings& findings) {
  if (std::optional<Gpt> gpt = read_by_primary(image)) {
    judge_gpt(image, *gpt, surroundings, findings);
    return gpt;
  }
  std::optional<Gpt> gpt = read_by_backup(image);
  if (!surroundings.is_promised) {
    if (gpt) {
      findings.add(rule("gpt.stale-backup"), gpt->backup->offset, "backup GPT header",
                   "a header with a valid CRC32", "none, as there is no GPT at LBA 1");
    }
    return std::nullopt;
  }
  findings.add(rule("gpt.primary-missing"), kSectorSizes[0], "GPT header",
               gpt ? fmt::format("none; a valid backup at LBA {}", gpt->backup->lba)
                   : std::string("none, and no backup at the end"),
               "\"EFI PART\" at LBA 1 (UEFI 2.10, 5.3.2)");
  if (gpt) {
    judge_gpt(image, *gpt, surroundings, findings);
  }
  return gpt;
}

}  // namespace bootproof::inspectors
