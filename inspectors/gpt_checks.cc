#include "inspectors/gpt_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

// Places of fields in a header (UEFI 2.10, table 5.5) and an entry (table 5.6).
constexpr std::uint64_t kRevisionField = 8;
constexpr std::uint64_t kHeaderSizeField = 12;
constexpr std::uint64_t kHeaderCrcField = 16;
constexpr std::uint64_t kMyLbaField = 24;
constexpr std::uint64_t kAlternateLbaField = 32;
constexpr std::uint64_t kFirstUsableField = 40;
constexpr std::uint64_t kEntriesLbaField = 72;
constexpr std::uint64_t kEntryCountField = 80;
constexpr std::uint64_t kEntrySizeField = 84;
constexpr std::uint64_t kEntriesCrcField = 88;
constexpr std::uint64_t kUniqueGuidField = 16;
constexpr std::uint64_t kFirstLbaField = 32;

std::string path_of(const GptPartition& partition) {
  return fmt::format("GPT, partition {}", partition.number);
}

std::string range_of(const GptPartition& partition) {
  return fmt::format("LBA {} to {}", partition.first_lba, partition.last_lba);
}

std::string hex(std::uint32_t value) { return fmt::format("0x{:08X}", value); }

/// Judges the parts of one GPT.
class Judge {
 public:
  Judge(const ImageView& image, const Gpt& gpt, const GptSurroundings& surroundings,
        Findings& findings)
      : image_(image),
        gpt_(gpt),
        surroundings_(surroundings),
        last_lba_(image.size() < gpt.sector_bytes ? 0 : last_lba_of(image, gpt.sector_bytes)),
        findings_(findings) {}

  void judge() {
    if (gpt_.primary) {
      judge_primary(*gpt_.primary);
      if (gpt_.primary->has_valid_crc()) {
        judge_backup_place(*gpt_.primary);
      }
    }
    if (gpt_.backup) {
      judge_backup(*gpt_.backup);
    }
    const GptHeader* used = gpt_.is_from_backup ? &*gpt_.backup : &*gpt_.primary;
    if (used->has_valid_crc()) {
      judge_usable_range(*used);
    }
    // Entries of which the CRC is wrong may hold anything: each would be a finding of its own.
    if (used->has_valid_entries()) {
      judge_partitions(*used);
    }
  }

 private:
  void judge_primary(const GptHeader& header) {
    const std::string path = "GPT header";
    if (!header.computed_header_crc) {
      findings_.add(rule("gpt.header-size"), header.offset + kHeaderSizeField, path,
                    fmt::format("{}", header.header_bytes),
                    fmt::format("92 to {} (UEFI 2.10, table 5.5)", gpt_.sector_bytes));
      return;
    }
    if (!header.has_valid_crc()) {
      findings_.add(rule("gpt.header-crc"), header.offset + kHeaderCrcField, path,
                    hex(header.header_crc), hex(*header.computed_header_crc));
      return;  // Its fields are not to be trusted.
    }
    constexpr std::uint32_t kRevision = 0x00010000;
    if (header.revision != kRevision) {
      findings_.add(rule("gpt.revision"), header.offset + kRevisionField, path,
                    hex(header.revision), "0x00010000 (UEFI 2.10, table 5.5)");
    }
    if (header.my_lba != header.lba) {
      findings_.add(rule("gpt.my-lba"), header.offset + kMyLbaField, path,
                    fmt::format("{}", header.my_lba), fmt::format("{}", header.lba));
    }
    judge_entries(header);
  }

  void judge_entries(const GptHeader& header) {
    const std::string path = "GPT header, partition entries";
    const std::uint64_t length = std::uint64_t{header.entry_count} * header.entry_bytes;
    if (!is_entry_size(header.entry_bytes)) {
      findings_.add(rule("gpt.entry-size"), header.offset + kEntrySizeField, path,
                    fmt::format("{}", header.entry_bytes),
                    "128, 256, 512, ... (UEFI 2.10, table 5.5)");
    } else if (length > kMostEntryBytes) {
      findings_.add(rule("gpt.too-many-entries"), header.offset + kEntryCountField, path,
                    fmt::format("{} entries of {} bytes", header.entry_count, header.entry_bytes),
                    fmt::format("at most {} bytes", kMostEntryBytes));
    } else if (!header.computed_entries_crc && length > 0) {
      findings_.add(rule("gpt.entries-outside"), header.offset + kEntriesLbaField, path,
                    fmt::format("{} bytes from LBA {}", length, header.entries_lba),
                    fmt::format("inside the image of {} sectors", last_lba_ + 1));
    } else if (header.computed_entries_crc && !header.has_valid_entries()) {
      findings_.add(rule("gpt.entries-crc"), header.offset + kEntriesCrcField, path,
                    hex(header.entries_crc), hex(*header.computed_entries_crc));
    }
  }

  void judge_backup_place(const GptHeader& primary) {
    const std::uint64_t field = primary.offset + kAlternateLbaField;
    if (!gpt_.backup) {
      findings_.add(rule("gpt.backup-missing"), field, "backup GPT header",
                    primary.alternate_lba > last_lba_
                        ? fmt::format("LBA {}, beyond the image", primary.alternate_lba)
                        : fmt::format("no header at LBA {}", primary.alternate_lba),
                    fmt::format("a header at LBA {}, the last one (UEFI 2.10, 5.3.2)", last_lba_));
    } else if (primary.alternate_lba != last_lba_) {
      findings_.add(rule("gpt.backup-not-at-end"), field, "backup GPT header",
                    fmt::format("LBA {}", primary.alternate_lba),
                    fmt::format("LBA {}, the last one (UEFI 2.10, 5.3.2)", last_lba_));
    }
  }

  void judge_backup(const GptHeader& backup) {
    const std::string path = "backup GPT header";
    if (!backup.has_valid_crc()) {
      findings_.add(rule("gpt.backup-header-crc"), backup.offset + kHeaderCrcField, path,
                    hex(backup.header_crc),
                    backup.computed_header_crc ? hex(*backup.computed_header_crc)
                                               : "that of a header of 92 bytes or more");
      return;
    }
    if (gpt_.primary && gpt_.primary->has_valid_crc() && differs(*gpt_.primary, backup)) {
      findings_.add(rule("gpt.backup-differs"), backup.offset, path,
                    fmt::format("disk {}, entries {} x {} with CRC32 {}", text_of(backup.disk_guid),
                                backup.entry_count, backup.entry_bytes, hex(backup.entries_crc)),
                    fmt::format("disk {}, entries {} x {} with CRC32 {}",
                                text_of(gpt_.primary->disk_guid), gpt_.primary->entry_count,
                                gpt_.primary->entry_bytes, hex(gpt_.primary->entries_crc)));
    }
    // Where the primary's can't be read either, that has been said.
    const bool could_be_read = backup.computed_entries_crc.has_value() ||
                               (gpt_.primary && gpt_.primary->computed_entries_crc);
    if (could_be_read && !backup.has_valid_entries()) {
      findings_.add(rule("gpt.backup-entries-crc"), backup.offset + kEntriesCrcField,
                    "backup GPT header, partition entries", hex(backup.entries_crc),
                    backup.computed_entries_crc ? hex(*backup.computed_entries_crc)
                                                : "entries inside the image");
    }
  }

  static bool differs(const GptHeader& a, const GptHeader& b) {
    return a.disk_guid != b.disk_guid || a.entry_count != b.entry_count ||
           a.entry_bytes != b.entry_bytes || a.entries_crc != b.entries_crc ||
           a.first_usable_lba != b.first_usable_lba || a.last_usable_lba != b.last_usable_lba;
  }

  void judge_usable_range(const GptHeader& header) {
    if (header.first_usable_lba > header.last_usable_lba || header.last_usable_lba > last_lba_) {
      findings_.add(rule("gpt.usable-range"), header.offset + kFirstUsableField, "GPT header",
                    fmt::format("LBA {} to {}", header.first_usable_lba, header.last_usable_lba),
                    fmt::format("inside the image, whose last LBA is {}", last_lba_));
    }
  }

  void judge_partitions(const GptHeader& header) {
    for (const GptPartition& partition : gpt_.partitions) {
      judge_range(partition, header);
    }
    if (!surroundings_.is_iso) {
      judge_overlaps();
    }
    judge_guids();
  }

  void judge_range(const GptPartition& partition, const GptHeader& header) {
    const std::uint64_t field = partition.offset + kFirstLbaField;
    const bool is_usable = partition.first_lba >= header.first_usable_lba &&
                           partition.last_lba <= header.last_usable_lba;
    if (partition.last_lba < partition.first_lba) {
      findings_.add(rule("gpt.partition-reversed"), field, path_of(partition), range_of(partition),
                    "a last LBA not before the first");
    } else if (partition.last_lba > last_lba_) {
      findings_.add(rule("gpt.partition-outside"), field, path_of(partition), range_of(partition),
                    fmt::format("inside the image, whose last LBA is {}", last_lba_));
    } else if (!is_usable && !surroundings_.is_iso) {
      findings_.add(
          rule("gpt.partition-unusable"), field, path_of(partition), range_of(partition),
          fmt::format("inside LBA {} to {}", header.first_usable_lba, header.last_usable_lba));
    }
  }

  [[nodiscard]] std::vector<const GptPartition*> sorted_by_begin() const {
    std::vector<const GptPartition*> sorted;
    for (const GptPartition& partition : gpt_.partitions) {
      if (partition.first_lba <= partition.last_lba) {
        sorted.push_back(&partition);
      }
    }
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const auto* a, const auto* b) { return a->first_lba < b->first_lba; });
    return sorted;
  }

  void judge_overlaps() {
    const GptPartition* furthest = nullptr;
    for (const GptPartition* partition : sorted_by_begin()) {
      if (furthest != nullptr && partition->first_lba <= furthest->last_lba) {
        findings_.add(
            rule("gpt.overlap"), partition->offset + kFirstLbaField, path_of(*partition),
            range_of(*partition),
            fmt::format("behind partition {}, {}", furthest->number, range_of(*furthest)));
      }
      if (furthest == nullptr || partition->last_lba > furthest->last_lba) {
        furthest = partition;
      }
    }
  }

  void judge_guids() {
    std::vector<const GptPartition*> sorted;
    sorted.reserve(gpt_.partitions.size());
    for (const GptPartition& partition : gpt_.partitions) {
      sorted.push_back(&partition);
    }
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto* a, const auto* b) {
      const auto& first = a->unique.bytes;
      const auto& second = b->unique.bytes;
      return std::lexicographical_compare(first.begin(), first.end(), second.begin(), second.end());
    });
    for (std::size_t i = 1; i < sorted.size(); ++i) {
      if (sorted[i]->unique == sorted[i - 1]->unique) {
        findings_.add(rule("gpt.duplicate-guid"), sorted[i]->offset + kUniqueGuidField,
                      path_of(*sorted[i]), text_of(sorted[i]->unique),
                      fmt::format("another than partition {} has", sorted[i - 1]->number));
      }
    }
  }

  ImageView image_;
  const Gpt& gpt_;
  GptSurroundings surroundings_;
  std::uint64_t last_lba_;
  Findings& findings_;
};

}  // namespace

void judge_gpt(const ImageView& image, const Gpt& gpt, const GptSurroundings& surroundings,
               Findings& findings) {
  Judge(image, gpt, surroundings, findings).judge();
}

}  // namespace bootproof::inspectors
