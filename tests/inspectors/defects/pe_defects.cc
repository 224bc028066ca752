#include <utility>

#include "tests/inspectors/defects.h"
#include "tests/inspectors/sample_programs.h"
#include "tests/inspectors/sample_signatures.h"

namespace bootproof::testing {
namespace {

constexpr std::uint64_t kPe = ProgramPlaces::kPe;
constexpr std::uint64_t kOptional = ProgramPlaces::kOptionalHeader;
constexpr std::uint64_t kRelocationEntry = ProgramPlaces::kRelocationEntry;
constexpr std::uint64_t kRelocations = 0x800;
// The sections of efi_program().
constexpr std::uint64_t kText = ProgramPlaces::row(0);
constexpr std::uint64_t kData = ProgramPlaces::row(1);
constexpr std::uint64_t kSbat = ProgramPlaces::row(3);

Bytes damaged(const Damage& damage) { return with_damage(efi_program(), damage); }

/// 1025 rows, of which the first is a section and the others are empty.
Bytes many_sections() {
  constexpr std::uint64_t kHeaders = 0xB000;
  Bytes program = efi_program();
  program.resize(kHeaders + 512);
  Patch patch(program);
  patch.fill(ProgramPlaces::row(1), kHeaders - ProgramPlaces::row(1), 0);
  patch.le32(kText + 12, 0xC000).le32(kText + 20, kHeaders);
  patch.le16(kPe + 6, 1025).le32(kOptional + 16, 0xC000).le32(kRelocationEntry + 4, 0);
  patch.le32(kOptional + 56, 0xD000).le32(kOptional + 60, kHeaders);
  return program;
}

}  // namespace

std::vector<Defect> pe_defects() {
  std::vector<Defect> defects;
  const auto add = [&](std::string name, Bytes program, std::string_view rule) {
    defects.push_back({std::move(name), std::move(program), rule});
  };
  add("NoHeader", damaged([](Patch& p) { p.le32(60, 0x40); }), "pe.no-header");
  add("HeaderOutside", damaged([](Patch& p) { p.le32(60, 0x10000); }), "pe.no-header");
  add("Magic", damaged([](Patch& p) { p.le16(kOptional, 0x107); }), "pe.magic");
  add("MagicOfAnotherMachine", damaged([](Patch& p) { p.le16(kPe + 4, 0x014C); }), "pe.magic");
  add("Machine", damaged([](Patch& p) { p.le16(kPe + 4, 0x1234); }), "pe.machine");
  add("Subsystem", damaged([](Patch& p) { p.le16(kOptional + 68, 3); }), "pe.subsystem");
  add("SectionAlignment", damaged([](Patch& p) { p.le32(kOptional + 32, 0x1001); }),
      "pe.alignment");
  add("FileAlignment", damaged([](Patch& p) { p.le32(kOptional + 36, 511); }), "pe.alignment");
  add("DirectoryCount", damaged([](Patch& p) { p.le32(kOptional + 108, 17); }),
      "pe.directory-count");
  add("OptionalHeaderSize", damaged([](Patch& p) { p.le16(kPe + 20, 248); }),
      "pe.optional-header-size");
  add("NoSections", damaged([](Patch& p) { p.le16(kPe + 6, 0); }), "pe.no-sections");
  add("SectionTableOutside", damaged([](Patch& p) { p.le16(kPe + 6, 1000); }), "pe.section-table");
  add("TooManySections", many_sections(), "pe.too-many-sections");
  add("HeadersSizeTooSmall", damaged([](Patch& p) { p.le32(kOptional + 60, 0x190); }),
      "pe.headers-size");
  add("HeadersSizeTooLarge", damaged([](Patch& p) { p.le32(kOptional + 60, 0x100000); }),
      "pe.headers-size");
  add("ImageSize", damaged([](Patch& p) { p.le32(kOptional + 56, 0x400); }), "pe.image-size");
  Bytes cut = efi_program();
  cut.resize(cut.size() - 256);
  add("Cut", std::move(cut), "pe.section-outside");
  Bytes cut_short = sign(efi_program());
  cut_short.resize(0x700);
  add("CutBeforeSeveralSectionsAndSignatures", std::move(cut_short), "pe.section-outside");
  add("SectionFarOutside", damaged([](Patch& p) { p.le32(kData + 20, 0xFFFFFFFF); }),
      "pe.section-outside");
  add("SectionInHeaders", damaged([](Patch& p) { p.le32(kData + 20, 0x200); }),
      "pe.section-in-headers");
  add("SectionAddressInHeaders", damaged([](Patch& p) { p.le32(kData + 12, 0x200); }),
      "pe.section-in-headers");
  add("SectionBeyondImage", damaged([](Patch& p) { p.le32(kSbat + 8, 0x10000); }),
      "pe.section-beyond-image");
  add("SectionsOverlap", damaged([](Patch& p) { p.le32(kSbat + 12, 0x2008); }),
      "pe.sections-overlap");
  add("EntryPointZero", damaged([](Patch& p) { p.le32(kOptional + 16, 0); }), "pe.entry-point");
  add("EntryPointBetweenSections", damaged([](Patch& p) { p.le32(kOptional + 16, 0x1800); }),
      "pe.entry-point");
  add("EntryPointInData", damaged([](Patch& p) { p.le32(kOptional + 16, 0x2000); }),
      "pe.entry-not-executable");
  add("RelocationsStripped", damaged([](Patch& p) { p.le16(kPe + 22, 0x0207); }),
      "pe.relocations-stripped");
  add("RelocationBlockOfNoBytes", damaged([](Patch& p) { p.le32(kRelocations + 4, 0); }),
      "pe.relocation-table");
  add("RelocationBlockTooLarge", damaged([](Patch& p) { p.le32(kRelocations + 4, 100); }),
      "pe.relocation-table");
  add("RelocationBlockFarAway", damaged([](Patch& p) { p.le32(kRelocations, 0x900000); }),
      "pe.relocation-table");
  add("RelocationType", damaged([](Patch& p) { p.u8(kRelocations + 9, 0xF0); }),
      "pe.relocation-table");
  add("RelocationTableOutside", damaged([](Patch& p) { p.le32(kRelocationEntry, 0x9000); }),
      "pe.relocation-table");
  add("RelocationTableNowhere", damaged([](Patch& p) { p.le32(kRelocationEntry, 0x1800); }),
      "pe.relocation-table");
  add("RelocationTableLongerThanItsSection",
      damaged([](Patch& p) { p.le32(kRelocationEntry + 4, 0x800); }), "pe.relocation-table");
  add("SectionWithoutSize", damaged([](Patch& p) { p.le32(kSbat + 8, 0); }), "pe.empty-section");
  add("WritableCode", damaged([](Patch& p) { p.le32(kText + 36, 0xE0000020); }),
      "pe.writable-code");
  return defects;
}

}  // namespace bootproof::testing
