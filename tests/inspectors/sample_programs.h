#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tests/inspectors/sample_images.h"

namespace bootproof::testing {

/// Small healthy EFI programs, built byte by byte from the specification.

/// Flags of sections.
constexpr std::uint32_t kCodeFlags = 0x60000020;
constexpr std::uint32_t kDataFlags = 0xC0000040;
constexpr std::uint32_t kReadOnlyFlags = 0x40000040;

/// A section as it is wished for. Names over eight characters go to a string table.
struct SampleSection {
  std::string name;
  Bytes content;
  std::uint32_t flags = kReadOnlyFlags;
};

/// Places in each program that program_of() makes.
struct ProgramPlaces {
  static constexpr std::uint64_t kPe = 0x80;
  static constexpr std::uint64_t kOptionalHeader = kPe + 24;
  static constexpr std::uint64_t kDirectories = kOptionalHeader + 112;
  static constexpr std::uint64_t kCertificateEntry = kDirectories + 32;
  static constexpr std::uint64_t kRelocationEntry = kDirectories + 40;
  static constexpr std::uint64_t kSections = kOptionalHeader + 240;
  static constexpr std::uint64_t kHeadersSize = 0x400;
  /// The row of a section.
  static constexpr std::uint64_t row(std::uint64_t index) { return kSections + index * 40; }
};

constexpr std::uint16_t kX64 = 0x8664;
constexpr std::uint16_t kArm64 = 0xAA64;

/// A PE32+ program: section i at address 0x1000 times (i + 1), each at the next multiple of 512 in
/// the file, the entry point at the begin of the first. A section .reloc becomes the base
/// relocations.
Bytes program_of(const std::vector<SampleSection>& sections, std::uint16_t machine = kX64);

/// The lines that program_of() is given for .sbat.
constexpr std::string_view kSampleSbat =
    "sbat,1,SBAT Version,sbat,1,https://github.com/rhboot/shim/blob/main/SBAT.md\n"
    "sample,2,Sample Vendor,sample,1.0,https://example.org/sample\n";

/// .text, .data, .reloc and .sbat, in this order.
std::vector<SampleSection> efi_sections();
/// 3 KiB: those sections.
Bytes efi_program();

/// A UKI: .text, .data, .reloc, .sbat, .sdmagic, .osrel, .cmdline, .uname, .linux (an efi_program),
/// .initrd, .dtb and .splash, in this order.
std::vector<SampleSection> uki_sections();
Bytes uki_program();

/// A shim: efi_sections(), .vendor_cert with `vendor_certificate` and one refused digest, and
/// .sbatlevel.
std::vector<SampleSection> shim_sections(const Bytes& vendor_certificate);

}  // namespace bootproof::testing
