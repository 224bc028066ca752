#include "inspectors/el_torito.h"

#include <fmt/format.h>

#include <array>

#include "inspectors/cursor.h"
#include "inspectors/el_torito_checks.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

constexpr std::uint64_t kRecordBytes = 32;
/// A catalog is one sector in practice (64 records); a longer one is not read on.
constexpr std::uint64_t kMostCatalogBytes = 16 * kIsoSectorBytes;

/// The record's first byte.
enum RecordIndicator : std::uint8_t {
  kEnd = 0x00,
  kValidationHeader = 0x01,
  kExtension = 0x44,
  kBootable = 0x88,
  kSectionFollows = 0x90,
  kLastSection = 0x91,
};

/// Figure 2.
struct ValidationRecord {
  std::uint8_t header_id;
  std::uint8_t platform_id;
  Le16 reserved;
  std::array<std::uint8_t, 24> manufacturer_id;
  Le16 checksum;
  std::array<std::uint8_t, 2> key;
};
static_assert(sizeof(ValidationRecord) == kRecordBytes);

/// Figures 3 and 5.
struct EntryRecord {
  std::uint8_t indicator;
  std::uint8_t media_type;
  Le16 load_segment;
  std::uint8_t system_type;
  std::uint8_t unused;
  Le16 sector_count;
  Le32 load_rba;
  std::uint8_t selection_criteria_type;
  std::array<std::uint8_t, 19> selection_criteria;
};
static_assert(sizeof(EntryRecord) == kRecordBytes);

/// Figure 4.
struct SectionRecord {
  std::uint8_t indicator;
  std::uint8_t platform_id;
  Le16 entry_count;
  std::array<std::uint8_t, 28> id;
};
static_assert(sizeof(SectionRecord) == kRecordBytes);

/// Reads the catalog record by record; every step forward uses up one of a bounded number.
class CatalogReader {
 public:
  CatalogReader(const ImageView& image, ElTorito& el_torito, Findings& findings)
      : image_(image),
        catalog_(image.subview(el_torito.catalog_lba * kIsoSectorBytes, kMostCatalogBytes)),
        el_torito_(el_torito),
        findings_(findings) {}

  void read() {
    if (!image_.contains(el_torito_.catalog_lba * kIsoSectorBytes, 2 * kRecordBytes)) {
      findings_.add(
          rule("el-torito.catalog-outside"), el_torito_.boot_record_sector * kIsoSectorBytes + 71,
          "boot record, boot catalog",
          fmt::format("sector {} of {}", el_torito_.catalog_lba, image_.size() / kIsoSectorBytes),
          "inside the image (El Torito 1.0, figure 7)");
      return;
    }
    if (read_validation()) {
      read_entry(0, el_torito_.validation->platform_id);
      read_sections();
    }
  }

 private:
  /// The record at the cursor, which stays.
  template <typename Record>
  std::optional<Record> peek() const {
    return read_struct<Record>(catalog_, position_);
  }
  [[nodiscard]] std::optional<std::uint8_t> peek_indicator() const {
    const auto record = peek<EntryRecord>();
    return record ? std::optional<std::uint8_t>(record->indicator) : std::nullopt;
  }
  [[nodiscard]] std::uint64_t offset() const { return catalog_.offset() + position_; }

  /// False where this is no catalog at all.
  bool read_validation() {
    const auto record = peek<ValidationRecord>();
    const Bytes bytes = catalog_.read(position_, kRecordBytes);
    if (!record || bytes.size() < kRecordBytes) {
      return false;
    }
    ElToritoValidation validation;
    validation.offset = offset();
    validation.platform_id = record->platform_id;
    validation.manufacturer_id = printable_text(record->manufacturer_id);
    validation.has_header_id = record->header_id == kValidationHeader;
    validation.has_key = record->key == std::array<std::uint8_t, 2>{0x55, 0xAA};
    unsigned sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 2) {
      sum += bytes[i] + 256U * bytes[i + 1];
    }
    validation.adds_up = (sum & 0xFFFFU) == 0;
    judge_validation(validation, ByteSpan(bytes), findings_);
    position_ += kRecordBytes;
    el_torito_.validation = std::move(validation);
    return el_torito_.validation->has_header_id || el_torito_.validation->has_key;
  }

  /// Reads one entry and the extensions after it.
  void read_entry(std::size_t section, std::uint8_t platform_id) {
    const auto record = peek<EntryRecord>();
    if (!record) {
      return;
    }
    ElToritoEntry entry;
    entry.offset = offset();
    entry.section = section;
    entry.platform_id = platform_id;
    entry.indicator = record->indicator;
    entry.media_type = record->media_type & 0x0FU;
    entry.load_segment = record->load_segment.value();
    entry.system_type = record->system_type;
    entry.sector_count = record->sector_count.value();
    entry.load_rba = record->load_rba.value();
    entry.selection_criteria_type = record->selection_criteria_type;
    const ImageView content = image_.subview(entry.load_rba * kIsoSectorBytes, image_.size());
    entry.content = recognise_boot_image(content);
    entry.fat = recognise_fat(content);
    entry.is_inside = image_.contains(entry.load_rba * kIsoSectorBytes, bytes_that_are_read(entry));
    position_ += kRecordBytes;
    constexpr unsigned kExtensionFollows = 0x20;
    if (section != 0 && (record->media_type & kExtensionFollows) != 0) {
      entry.extension_count = read_extensions(entry.offset);
    }
    judge_entry(entry, image_, findings_);
    el_torito_.entries.push_back(std::move(entry));
  }

  /// Figure 6: each extension says whether another follows.
  std::size_t read_extensions(std::uint64_t entry_offset) {
    constexpr unsigned kAnotherFollows = 0x20;
    for (std::size_t count = 0;; ++count) {
      const auto record = peek<EntryRecord>();
      if (!record || record->indicator != kExtension) {
        findings_.add(rule("el-torito.extension-missing"), entry_offset + 1,
                      "boot catalog, section entry",
                      record ? fmt::format("0x{:02X} in the next record", record->indicator)
                             : "the end of the catalog",
                      "0x44 (El Torito 1.0, figure 6)");
        return count;
      }
      position_ += kRecordBytes;
      if ((record->media_type & kAnotherFollows) == 0) {
        return count + 1;
      }
    }
  }

  void read_sections() {
    bool is_promised = false;  // by the section header before
    for (std::size_t number = 1;; ++number) {
      const auto record = peek<SectionRecord>();
      const bool is_header =
          record && (record->indicator == kSectionFollows || record->indicator == kLastSection);
      if (!is_header) {
        judge_end(record ? std::optional(record->indicator) : std::nullopt, is_promised);
        return;
      }
      ElToritoSection section;
      section.offset = offset();
      section.platform_id = record->platform_id;
      section.is_last = record->indicator == kLastSection;
      section.entry_count = record->entry_count.value();
      section.id = printable_text(record->id);
      position_ += kRecordBytes;
      judge_platform(section.platform_id, section.offset + 1,
                     fmt::format("boot catalog, section {}", number), findings_);
      read_section_entries(section, number);
      is_promised = !section.is_last;
      el_torito_.sections.push_back(std::move(section));
      if (!is_promised) {
        return;
      }
    }
  }

  void read_section_entries(const ElToritoSection& section, std::size_t number) {
    if (section.entry_count == 0) {
      findings_.add(
          rule("el-torito.section-empty"), section.offset + 2,
          fmt::format("boot catalog, section {} ({})", number, platform_name(section.platform_id)),
          "0 entries", "at least 1 (El Torito 1.0, figure 4)");
    }
    for (std::size_t i = 0; i < section.entry_count; ++i) {
      const Bytes record = catalog_.read(position_, kRecordBytes);
      const bool is_there = record.size() == kRecordBytes && !is_blank(ByteSpan(record)) &&
                            record[0] != kSectionFollows && record[0] != kLastSection;
      if (!is_there) {
        findings_.add(rule("el-torito.section-count"), section.offset + 2,
                      fmt::format("boot catalog, section {}", number),
                      fmt::format("{} of {} entries", i, section.entry_count),
                      "as many as the header says (El Torito 1.0, figure 4)");
        return;
      }
      read_entry(number, section.platform_id);
    }
  }

  /// What stands where a section header could: the end, or something wrong.
  void judge_end(std::optional<std::uint8_t> indicator, bool is_promised) {
    if (is_promised) {
      findings_.add(rule("el-torito.catalog-unterminated"), el_torito_.sections.back().offset,
                    fmt::format("boot catalog, section {}", el_torito_.sections.size()),
                    "0x90, another section follows; there is none",
                    "0x91 (El Torito 1.0, figure 4)");
    } else if (indicator.value_or(kEnd) != kEnd) {
      findings_.add(rule("el-torito.section-header"), offset(), "boot catalog",
                    fmt::format("0x{:02X}", *indicator),
                    "0x90 or 0x91, or 0x00 at the end (El Torito 1.0, figure 4)");
    }
  }

  ImageView image_;
  ImageView catalog_;
  ElTorito& el_torito_;
  Findings& findings_;
  std::uint64_t position_ = 0;
};

}  // namespace

std::string platform_name(std::uint8_t platform_id) {
  switch (platform_id) {
    case kPlatformX86:
      return "BIOS";
    case kPlatformPowerPc:
      return "PowerPC";
    case kPlatformMac:
      return "Mac";
    case kPlatformUefi:
      return "UEFI";
    default:
      return fmt::format("platform 0x{:02X}", platform_id);
  }
}

std::string media_type_name(std::uint8_t media_type) {
  constexpr std::array kNames{"no emulation", "1.2M floppy", "1.44M floppy", "2.88M floppy",
                              "hard disk"};
  return media_type < kNames.size() ? kNames.at(media_type)
                                    : fmt::format("media type {}", media_type);
}

ElTorito read_el_torito(const ImageView& image, const IsoBootRecord& boot_record,
                        Findings& findings) {
  ElTorito el_torito;
  el_torito.boot_record_sector = boot_record.sector;
  el_torito.catalog_lba = boot_record.catalog_lba;
  constexpr std::uint64_t kPlace = 17;
  if (boot_record.sector != kPlace) {
    findings.add(rule("el-torito.boot-record-place"), boot_record.sector * kIsoSectorBytes,
                 "boot record", fmt::format("sector {}", boot_record.sector),
                 "sector 17 (El Torito 1.0, 2.0)");
  }
  CatalogReader(image, el_torito, findings).read();
  return el_torito;
}

}  // namespace bootproof::inspectors
