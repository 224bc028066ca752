#include "inspectors/programs/pe.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "inspectors/cursor.h"
#include "inspectors/programs/pe_checks.h"
#include "inspectors/rules.h"
#include "inspectors/text.h"

namespace bootproof::inspectors {
namespace {

/// The begin of a DOS program (PE/COFF specification 11, "MS-DOS Stub").
struct DosHeader {
  std::array<std::uint8_t, 2> magic;
  std::array<std::uint8_t, 58> rest;
  Le32 pe_offset;
};
static_assert(sizeof(DosHeader) == 64);

/// The signature and the COFF file header ("COFF File Header").
struct CoffHeader {
  std::array<std::uint8_t, 4> signature;
  Le16 machine;
  Le16 section_count;
  Le32 time_stamp;
  Le32 symbol_table;
  Le32 symbol_count;
  Le16 optional_header_size;
  Le16 characteristics;
};
static_assert(sizeof(CoffHeader) == 24);

/// What PE32 and PE32+ have between the image base and the stack sizes ("Windows-Specific Fields").
struct WindowsFields {
  Le32 section_alignment;
  Le32 file_alignment;
  std::array<std::uint8_t, 16> versions;
  Le32 image_size;
  Le32 headers_size;
  Le32 checksum;
  Le16 subsystem;
  Le16 dll_characteristics;
};
static_assert(sizeof(WindowsFields) == 40);

/// The fields before the data directories ("Optional Header").
struct OptionalHeader32 {
  Le16 magic;
  std::array<std::uint8_t, 14> sizes;
  Le32 entry_point;
  std::array<std::uint8_t, 8> bases;
  Le32 image_base;
  WindowsFields fields;
  std::array<std::uint8_t, 20> stack_and_heap;
  Le32 directory_count;
};
static_assert(sizeof(OptionalHeader32) == 96);

struct OptionalHeader64 {
  Le16 magic;
  std::array<std::uint8_t, 14> sizes;
  Le32 entry_point;
  std::array<std::uint8_t, 4> base_of_code;
  Le64 image_base;
  WindowsFields fields;
  std::array<std::uint8_t, 36> stack_and_heap;
  Le32 directory_count;
};
static_assert(sizeof(OptionalHeader64) == 112);

struct Directory {
  Le32 address;
  Le32 size;
};
static_assert(sizeof(Directory) == 8);

/// A row of the section table ("Section Table").
struct SectionHeader {
  std::array<std::uint8_t, 8> name;
  Le32 virtual_size;
  Le32 virtual_address;
  Le32 raw_size;
  Le32 raw_offset;
  std::array<std::uint8_t, 12> relocations_and_lines;
  Le32 characteristics;
};
static_assert(sizeof(SectionHeader) == 40);

constexpr std::uint16_t kMagic32 = 0x10B;
constexpr std::uint16_t kMagic64 = 0x20B;
constexpr std::size_t kMostDirectories = 16;

struct MachineRow {
  std::uint16_t machine;
  std::string_view name;
  std::string_view file;
};

constexpr std::array kMachines{
    MachineRow{kMachineI386, "i386", "BOOTIA32.EFI"},
    MachineRow{kMachineArm, "arm", "BOOTARM.EFI"},
    MachineRow{kMachineIa64, "IA64", "BOOTIA64.EFI"},
    MachineRow{kMachineEbc, "EBC", ""},
    MachineRow{kMachineRiscv64, "riscv64", "BOOTRISCV64.EFI"},
    MachineRow{kMachineLoongarch64, "loongarch64", "BOOTLOONGARCH64.EFI"},
    MachineRow{kMachineX64, "x86-64", "BOOTX64.EFI"},
    MachineRow{kMachineAarch64, "aarch64", "BOOTAA64.EFI"},
};

const MachineRow* row_of(std::uint16_t machine) {
  const auto* const row = std::find_if(kMachines.begin(), kMachines.end(),
                                       [&](const auto& r) { return r.machine == machine; });
  return row == kMachines.end() ? nullptr : row;
}

/// Fills what PE32 and PE32+ have in common.
template <typename Header>
void take_header(const Header& header, PeImage& pe, PeClaims& claims) {
  pe.entry_point = header.entry_point.value();
  pe.image_base = header.image_base.value();
  pe.section_alignment = header.fields.section_alignment.value();
  pe.file_alignment = header.fields.file_alignment.value();
  pe.image_size = header.fields.image_size.value();
  pe.headers_size = header.fields.headers_size.value();
  pe.subsystem = header.fields.subsystem.value();
  pe.dll_characteristics = header.fields.dll_characteristics.value();
  claims.directory_count = header.directory_count.value();
  claims.fixed_header_size = sizeof(Header);
}

/// Reads the optional header; false where it lies outside or is of no known kind.
bool read_optional_header(const ImageView& file, std::uint64_t offset, PeImage& pe,
                          PeClaims& claims) {
  if (claims.magic == kMagic64) {
    const auto header = read_struct<OptionalHeader64>(file, offset);
    pe.is_pe32_plus = true;
    return header && (take_header(*header, pe, claims), true);
  }
  const auto header = read_struct<OptionalHeader32>(file, offset);
  return claims.magic == kMagic32 && header && (take_header(*header, pe, claims), true);
}

/// The name of a section: eight bytes, or "/123" for one at that place of the string table, which
/// stands behind the symbols (what GNU tools do with long names).
std::string section_name(const ImageView& file, const SectionHeader& row,
                         std::uint64_t string_table) {
  constexpr std::uint64_t kLongestName = 64;
  std::string name = printable_text(row.name);
  if (!name.starts_with('/') || string_table == 0) {
    return name;
  }
  std::uint32_t place = 0;
  const auto end = std::from_chars(name.data() + 1, name.data() + name.size(), place);
  if (end.ec != std::errc() || end.ptr != name.data() + name.size()) {
    return name;
  }
  const std::string longer = printable_text(file.read(string_table + place, kLongestName));
  return longer.empty() ? name : longer;
}

void read_sections(const ImageView& file, const CoffHeader& coff, PeImage& pe,
                   const PeClaims& claims) {
  constexpr std::uint64_t kSymbolBytes = 18;
  const std::uint64_t symbols = coff.symbol_table.value();
  const std::uint64_t string_table =
      symbols == 0 ? 0 : symbols + kSymbolBytes * coff.symbol_count.value();
  const std::size_t count = std::min<std::size_t>(claims.section_count, kMostSections);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint64_t offset = claims.section_table + i * sizeof(SectionHeader);
    const auto row = read_struct<SectionHeader>(file, offset);
    if (!row) {
      return;
    }
    PeSection section;
    section.name = section_name(file, *row, string_table);
    section.header_offset = offset;
    section.virtual_address = row->virtual_address.value();
    section.virtual_size = row->virtual_size.value();
    section.raw_offset = row->raw_offset.value();
    section.raw_size = row->raw_size.value();
    section.characteristics = row->characteristics.value();
    pe.sections.push_back(std::move(section));
  }
}

}  // namespace

std::string machine_name(std::uint16_t machine) {
  const MachineRow* const row = row_of(machine);
  return row != nullptr ? std::string(row->name) : fmt::format("machine 0x{:04X}", machine);
}

std::string_view removable_media_name(std::uint16_t machine) {
  const MachineRow* const row = row_of(machine);
  return row != nullptr ? row->file : std::string_view();
}

bool is_removable_media_name(std::string_view name) {
  return std::any_of(kMachines.begin(), kMachines.end(), [&](const MachineRow& row) {
    return !row.file.empty() && same_ignoring_case(name, row.file);
  });
}

std::string subsystem_name(std::uint16_t subsystem) {
  switch (subsystem) {
    case kSubsystemEfiApplication:
      return "EFI application";
    case kSubsystemEfiBootServiceDriver:
      return "EFI boot service driver";
    case kSubsystemEfiRuntimeDriver:
      return "EFI runtime driver";
    default:
      return fmt::format("subsystem {}", subsystem);
  }
}

const PeSection* PeImage::section(std::string_view name) const {
  const auto found = std::find_if(sections.begin(), sections.end(),
                                  [&](const PeSection& s) { return s.name == name; });
  return found == sections.end() ? nullptr : &*found;
}

std::optional<PeImage> read_pe(const ImageView& file, const std::string& path, Findings& findings) {
  constexpr std::array<std::uint8_t, 4> kSignature{'P', 'E', 0, 0};
  constexpr std::uint64_t kPeOffsetField = 60;
  const Bytes magic = file.read(0, 2);
  if (magic != Bytes{'M', 'Z'}) {
    return std::nullopt;
  }
  const auto dos = read_struct<DosHeader>(file, 0);
  const std::uint64_t header_offset = dos ? dos->pe_offset.value() : 0;
  const auto coff = read_struct<CoffHeader>(file, header_offset);
  if (!dos || !coff || coff->signature != kSignature) {
    findings.add(rule("pe.no-header"), file.image_offset(kPeOffsetField), path,
                 coff ? hex_bytes(coff->signature)
                      : fmt::format("offset {} in a file of {} bytes", header_offset, file.size()),
                 "50 45 00 00 where the field at offset 60 points (PE/COFF 11)");
    return std::nullopt;
  }
  PeImage pe;
  PeClaims claims;
  pe.header_offset = header_offset;
  pe.machine = coff->machine.value();
  pe.characteristics = coff->characteristics.value();
  const std::uint64_t optional_header = header_offset + sizeof(CoffHeader);
  claims.section_count = coff->section_count.value();
  claims.optional_header_size = coff->optional_header_size.value();
  claims.section_table = optional_header + claims.optional_header_size;
  if (const auto field = read_struct<Le16>(file, optional_header)) {
    claims.magic = field->value();
  }
  if (!read_optional_header(file, optional_header, pe, claims)) {
    pe.is_loadable = false;
    findings.add(rule("pe.magic"), file.image_offset(optional_header), path,
                 fmt::format("0x{:03X}", claims.magic), "a whole header with 0x10B or 0x20B");
    return pe;
  }
  const std::size_t count = std::min<std::size_t>(claims.directory_count, kMostDirectories);
  for (std::size_t i = 0; i < count; ++i) {
    const auto directory = read_struct<Directory>(
        file, optional_header + claims.fixed_header_size + i * sizeof(Directory));
    pe.directories.push_back(directory
                                 ? PeDirectory{directory->address.value(), directory->size.value()}
                                 : PeDirectory{});
  }
  read_sections(file, *coff, pe, claims);
  judge_pe(file, claims, path, pe, findings);
  return pe;
}

ImageView content_of(const ImageView& file, const PeSection& section) {
  return file.subview(section.raw_offset, section.content_size());
}

}  // namespace bootproof::inspectors
