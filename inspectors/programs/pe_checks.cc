#include "inspectors/programs/pe_checks.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <set>
#include <utility>
#include <vector>

#include "inspectors/cursor.h"
#include "inspectors/rules.h"

namespace bootproof::inspectors {
namespace {

// Places of fields behind the PE signature (PE/COFF specification 11).
constexpr std::uint64_t kMachineField = 4;
constexpr std::uint64_t kSectionCountField = 6;
constexpr std::uint64_t kOptionalHeaderSizeField = 20;
constexpr std::uint64_t kCharacteristicsField = 22;
constexpr std::uint64_t kMagicField = 24;
constexpr std::uint64_t kEntryPointField = 40;
constexpr std::uint64_t kSectionAlignmentField = 56;
constexpr std::uint64_t kImageSizeField = 80;
constexpr std::uint64_t kHeadersSizeField = 84;
constexpr std::uint64_t kSubsystemField = 92;
// In a row of the section table.
constexpr std::uint64_t kVirtualSizeField = 8;
constexpr std::uint64_t kVirtualAddressField = 12;
constexpr std::uint64_t kRawOffsetField = 20;
constexpr std::uint64_t kRowFlagsField = 36;
constexpr std::uint64_t kRowBytes = 40;

/// What a section takes in memory.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  const PeSection* section = nullptr;
};

/// Judges one program. The order is that of edk2's BasePeCoffLib: what it refuses first hides the
/// rest.
class Judge {
 public:
  Judge(const ImageView& file, const PeClaims& claims, const std::string& path, PeImage& pe,
        Findings& findings)
      : file_(file), claims_(claims), path_(path), pe_(pe), findings_(findings) {}

  void judge() {
    judge_kind();
    if (!judge_directories() || !judge_headers_size()) {
      return;
    }
    judge_places();
    if (pe_.sections.size() < claims_.section_count) {
      return;  // What is not known may hold what is missed.
    }
    judge_overlaps();
    judge_sizes();
    judge_entry_point();
    judge_relocations();
  }

 private:
  void add(const Rule& rule, std::uint64_t field, std::string found, std::string expected) {
    add_at(rule, pe_.header_offset + field, path_, std::move(found), std::move(expected));
  }
  void add_to(const PeSection& section, const Rule& rule, std::uint64_t field, std::string found,
              std::string expected) {
    add_at(rule, section.header_offset + field, fmt::format("{}, section {}", path_, section.name),
           std::move(found), std::move(expected));
  }
  void add_at(const Rule& rule, std::uint64_t offset, std::string path, std::string found,
              std::string expected) {
    if (rule.severity == Severity::kError) {
      pe_.is_loadable = false;
    }
    findings_.add(rule, file_.image_offset(offset), std::move(path), std::move(found),
                  std::move(expected));
  }

  [[nodiscard]] bool is_32_bit_machine() const {
    return pe_.machine == kMachineI386 || pe_.machine == kMachineArm;
  }

  void judge_kind() {
    if (machine_name(pe_.machine).starts_with("machine")) {
      add(rule("pe.machine"), kMachineField, fmt::format("0x{:04X}", pe_.machine),
          "a machine of UEFI 2.10, 2.1.1: 0x8664, 0x014C, 0xAA64, ...");
    } else if (pe_.machine != kMachineEbc && pe_.is_pe32_plus == is_32_bit_machine()) {
      add(rule("pe.magic"), kMagicField, fmt::format("0x{:03X}", claims_.magic),
          fmt::format("0x{:03X} for {}", is_32_bit_machine() ? 0x10B : 0x20B,
                      machine_name(pe_.machine)));
    }
    if (pe_.subsystem < kSubsystemEfiApplication || pe_.subsystem > kSubsystemEfiRuntimeDriver) {
      add(rule("pe.subsystem"), kSubsystemField, fmt::format("{}", pe_.subsystem),
          "10, EFI application (UEFI 2.10, 2.1.1)");
    }
    if (!std::has_single_bit(pe_.section_alignment)) {
      add(rule("pe.alignment"), kSectionAlignmentField,
          fmt::format("sections at multiples of {}", pe_.section_alignment),
          "a power of two, 4096 for most");
    } else if (pe_.file_alignment % 2 != 0) {
      add(rule("pe.alignment"), kSectionAlignmentField + 4,
          fmt::format("file alignment {}", pe_.file_alignment), "a power of two, 512 for most");
    }
  }

  bool judge_directories() {
    constexpr std::uint32_t kMostDirectories = 16;
    constexpr std::uint32_t kDirectoryBytes = 8;
    const std::uint64_t count_field = kMagicField + claims_.fixed_header_size - 4;
    if (claims_.directory_count > kMostDirectories) {
      add(rule("pe.directory-count"), count_field, fmt::format("{}", claims_.directory_count),
          "at most 16");
      return false;
    }
    const std::uint32_t needed =
        claims_.fixed_header_size + claims_.directory_count * kDirectoryBytes;
    if (claims_.optional_header_size != needed) {
      add(rule("pe.optional-header-size"), kOptionalHeaderSizeField,
          fmt::format("{} bytes", claims_.optional_header_size),
          fmt::format("{} bytes for {} data directories", needed, claims_.directory_count));
      return false;
    }
    return true;
  }

  bool judge_headers_size() {
    const std::uint64_t table_end = claims_.section_table + claims_.section_count * kRowBytes;
    if (claims_.section_count == 0) {
      add(rule("pe.no-sections"), kSectionCountField, "0", "at least one, with the entry point");
      return false;
    }
    if (table_end > file_.size()) {
      add(rule("pe.section-table"), kSectionCountField,
          fmt::format("{} sections, rows up to offset {}", claims_.section_count, table_end),
          fmt::format("inside the file of {} bytes", file_.size()));
      return false;
    }
    if (claims_.section_count > kMostSections) {
      add(rule("pe.too-many-sections"), kSectionCountField,
          fmt::format("{}", claims_.section_count), fmt::format("at most {}", kMostSections));
    }
    if (pe_.headers_size < table_end || pe_.headers_size > file_.size()) {
      add(rule("pe.headers-size"), kHeadersSizeField, fmt::format("{} bytes", pe_.headers_size),
          fmt::format("{} to {} bytes: the section table and no more than the file", table_end,
                      file_.size()));
      return false;
    }
    if (pe_.image_size <= pe_.headers_size || pe_.image_size < table_end + kRowBytes) {
      add(rule("pe.image-size"), kImageSizeField, fmt::format("{} bytes", pe_.image_size),
          fmt::format("more than the {} bytes of the headers", pe_.headers_size));
      return false;
    }
    return true;
  }

  /// Where sections stand in the file and in memory. Of those behind the end of a file that was cut
  /// the first is enough.
  void judge_places() {
    bool is_cut = false;
    for (const PeSection& section : pe_.sections) {
      const std::uint64_t raw_end = std::uint64_t{section.raw_offset} + section.raw_size;
      if (section.raw_size == 0) {
        continue;
      }
      if (raw_end > file_.size()) {
        wrong_.insert(&section);
        if (!is_cut) {
          add_to(section, rule("pe.section-outside"), kRawOffsetField,
                 fmt::format("{} bytes from offset {}", section.raw_size, section.raw_offset),
                 fmt::format("inside the file of {} bytes", file_.size()));
        }
        is_cut = true;
      } else if (section.raw_offset < pe_.headers_size ||
                 section.virtual_address < pe_.headers_size) {
        wrong_.insert(&section);
        const bool is_raw = section.raw_offset < pe_.headers_size;
        add_to(section, rule("pe.section-in-headers"),
               is_raw ? kRawOffsetField : kVirtualAddressField,
               is_raw ? fmt::format("offset {}", section.raw_offset)
                      : fmt::format("address 0x{:X}", section.virtual_address),
               fmt::format("behind the headers of {} bytes", pe_.headers_size));
      }
    }
  }

  /// What sections take of the image's memory. objcopy computes its size from the last one: a
  /// section that overlaps another may reach beyond it, too.
  void judge_sizes() {
    for (const PeSection& section : pe_.sections) {
      const std::uint64_t end = std::uint64_t{section.virtual_address} + section.memory_size();
      if (wrong_.contains(&section)) {
        continue;
      }
      constexpr std::uint32_t kDiscardable = 0x02000000;
      constexpr std::uint32_t kReadable = 0x40000000;
      if (section.virtual_size == 0 && (section.characteristics & kDiscardable) == 0 &&
          (section.characteristics & kReadable) != 0) {
        add_to(section, rule("pe.empty-section"), kVirtualSizeField, "0 bytes",
               "a size, or no such section");
      } else if (end > pe_.image_size) {
        add_to(section, rule("pe.section-beyond-image"), kVirtualSizeField,
               fmt::format("addresses 0x{:X} to 0x{:X}", section.virtual_address, end),
               fmt::format("inside the image of 0x{:X} bytes", pe_.image_size));
      } else if (section.is_writable() && section.is_executable()) {
        add_to(section, rule("pe.writable-code"), kRowFlagsField,
               fmt::format("0x{:08X}", section.characteristics),
               "writable or executable, not both");
      }
    }
  }

  void judge_overlaps() {
    std::vector<Range> ranges;
    for (const PeSection& section : pe_.sections) {
      if (section.memory_size() > 0 && !wrong_.contains(&section)) {
        ranges.push_back({section.virtual_address,
                          std::uint64_t{section.virtual_address} + section.memory_size(),
                          &section});
      }
    }
    std::stable_sort(ranges.begin(), ranges.end(),
                     [](const Range& a, const Range& b) { return a.begin < b.begin; });
    for (std::size_t i = 1; i < ranges.size(); ++i) {
      Range& before = ranges[i - 1];
      Range& range = ranges[i];
      if (range.begin < before.end) {
        wrong_.insert(range.section);
        wrong_.insert(before.section);
        add_to(*range.section, rule("pe.sections-overlap"), kVirtualAddressField,
               fmt::format("addresses 0x{:X} to 0x{:X}", range.begin, range.end),
               fmt::format("from 0x{:X} on, behind section {}", before.end, before.section->name));
      }
      if (range.end < before.end) {
        range = {range.begin, before.end, before.section};
      }
    }
  }

  void judge_entry_point() {
    const auto holds = [&](const PeSection& section) {
      return section.virtual_address <= pe_.entry_point &&
             pe_.entry_point - section.virtual_address < section.memory_size();
    };
    const auto found = std::find_if(pe_.sections.begin(), pe_.sections.end(), holds);
    if (found == pe_.sections.end()) {
      add(rule("pe.entry-point"), kEntryPointField, fmt::format("0x{:X}", pe_.entry_point),
          "an address inside a section");
    } else if (std::none_of(found, pe_.sections.end(),
                            [&](const PeSection& s) { return holds(s) && s.is_executable(); })) {
      add(rule("pe.entry-not-executable"), kEntryPointField,
          fmt::format("0x{:X} in section {}", pe_.entry_point, found->name),
          "an address inside an executable section");
    }
  }

  void judge_relocations() {
    if (pe_.has_stripped_relocations()) {
      add(rule("pe.relocations-stripped"), kCharacteristicsField,
          fmt::format("0x{:04X}", pe_.characteristics), "bit 0 clear");
      return;
    }
    const PeDirectory table = pe_.directory(kBaseRelocationTable);
    if (table.size == 0) {
      return;  // Code that needs none, as Linux's.
    }
    const std::uint64_t end = std::uint64_t{table.address} + table.size;
    const std::string problem =
        end > pe_.image_size ? fmt::format("addresses 0x{:X} to 0x{:X} of an image of 0x{:X} bytes",
                                           table.address, end, pe_.image_size)
                             : problem_of_blocks(table);
    if (!problem.empty()) {
      constexpr std::uint64_t kDirectoryBytes = 8;
      add(rule("pe.relocation-table"),
          kMagicField + claims_.fixed_header_size + kBaseRelocationTable * kDirectoryBytes, problem,
          "whole blocks of relocations inside the image (PE/COFF 11, .reloc)");
    }
  }

  /// What a loader stumbles over in the blocks of relocations; empty where all is well.
  [[nodiscard]] std::string problem_of_blocks(const PeDirectory& table) const {
    constexpr std::uint64_t kBlockHeaderBytes = 8;
    const auto holder =
        std::find_if(pe_.sections.begin(), pe_.sections.end(), [&](const PeSection& s) {
          return s.virtual_address <= table.address &&
                 table.address - s.virtual_address < s.content_size();
        });
    if (holder == pe_.sections.end()) {
      return fmt::format("address 0x{:X}, in no section that the file holds", table.address);
    }
    if (wrong_.contains(&*holder)) {
      return {};
    }
    // More than one read gives is not looked at: a table of 500,000 relocations.
    const Bytes bytes =
        content_of(file_, *holder).read(table.address - holder->virtual_address, table.size);
    MemoryImage source{ByteSpan(bytes)};
    const ImageView blocks(source);
    std::uint64_t at = 0;
    while (at + kBlockHeaderBytes <= blocks.size()) {
      const auto header = read_struct<std::array<Le32, 2>>(blocks, at);
      const std::uint32_t page = (*header)[0].value();
      const std::uint32_t size = (*header)[1].value();
      if (size < kBlockHeaderBytes || size > table.size - at) {
        return fmt::format("a block of {} bytes at 0x{:X}, where {} are left", size,
                           table.address + at, table.size - at);
      }
      if (page >= pe_.image_size) {
        return fmt::format("a block for address 0x{:X} of an image of 0x{:X} bytes", page,
                           pe_.image_size);
      }
      std::string problem = problem_of_entries(
          ByteSpan(bytes)
              .subspan(std::min<std::size_t>(bytes.size(), at + kBlockHeaderBytes))
              .first(std::min<std::size_t>(size - kBlockHeaderBytes,
                                           bytes.size() - at - kBlockHeaderBytes)));
      if (!problem.empty()) {
        return problem;
      }
      at += size;
    }
    if (at + kBlockHeaderBytes <= table.size && blocks.size() < ImageView::kLongestRead) {
      return fmt::format("a table of {} bytes, of which the section holds {}", table.size,
                         blocks.size());
    }
    return {};
  }

  [[nodiscard]] std::string problem_of_entries(ByteSpan entries) const {
    constexpr unsigned kHighLow = 3;
    constexpr unsigned kDir64 = 10;
    if (pe_.machine != kMachineX64 && pe_.machine != kMachineI386 &&
        pe_.machine != kMachineAarch64) {
      return {};  // They have kinds of their own.
    }
    for (std::size_t i = 1; i < entries.size(); i += 2) {
      const unsigned kind = entries[i] >> 4U;
      if (kind != kDir64 && kind > kHighLow) {
        return fmt::format("a relocation of type {}", kind);
      }
    }
    return {};
  }

  const ImageView& file_;
  const PeClaims& claims_;
  const std::string& path_;
  PeImage& pe_;
  Findings& findings_;
  std::set<const PeSection*> wrong_;  ///< Those of which the place is a finding already.
};

}  // namespace

void judge_pe(const ImageView& file, const PeClaims& claims, const std::string& path, PeImage& pe,
              Findings& findings) {
  Judge(file, claims, path, pe, findings).judge();
}

}  // namespace bootproof::inspectors
