#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// A section to be added to an EFI program. Names have at most 8 bytes (Microsoft PE and COFF
/// Specification, "Section Table").
struct EfiSection {
  std::string name;
  std::string content;
};

/// An EFI program (PE32+, UEFI 2.10, 2.1.1) in memory that is to be completed: sections are added,
/// a signature is attached. Everything that the program says of itself is checked against its size
/// before it is used.
class EfiProgram {
 public:
  /// Throws Error (kScenario) that begins with `name` for what is no PE32+ program.
  EfiProgram(std::string bytes, std::string name);

  /// COFF machine: 0x8664 for x86_64, 0xAA64 for aarch64.
  [[nodiscard]] std::uint16_t machine() const;
  [[nodiscard]] bool is_signed() const;
  /// Names of the sections as they stand in the table.
  [[nodiscard]] std::vector<std::string> section_names() const;

  /// Adds sections behind all others, in memory and in the file, each at a page of its own (Unified
  /// Kernel Image specification of the UAPI group). What stands behind the last section of the
  /// file, such as a table of symbols, goes: a gap between sections is hashed in different ways.
  /// Throws Error (kScenario): no room for more in the section table, a signature that would become
  /// void, or more than 2 GiB.
  void add_sections(const std::vector<EfiSection>& sections);

  /// SHA-256 as a signature is over it (Windows Authenticode Portable Executable Signature Format,
  /// "Calculating the PE Image Hash"), 32 bytes. Fills the file up to a multiple of 8 bytes first,
  /// as a signature behind it demands.
  [[nodiscard]] std::string authenticode_digest();
  /// Puts a signature (a DER-encoded PKCS #7 SignedData) at the end, behind those that are there.
  void attach_signature(std::string_view der);

  /// The whole file with its checksum set.
  [[nodiscard]] const std::string& finish();

 private:
  [[nodiscard]] Error refusal(std::string_view why, std::string_view hint = {}) const;
  [[nodiscard]] std::uint64_t number(std::size_t offset, unsigned size) const;
  void set_number(std::size_t offset, unsigned size, std::uint64_t value);
  /// Where bytes of a section stand in the file.
  struct RawData {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
  };
  /// Those of all sections that have bytes, by offset.
  [[nodiscard]] std::vector<RawData> raw_data() const;
  [[nodiscard]] std::size_t section_count() const;
  /// Where the data directory's entry for certificates stands.
  [[nodiscard]] std::size_t certificate_entry() const;

  std::string bytes_;
  std::string name_;
  std::size_t coff_ = 0;           ///< Offset of the COFF file header.
  std::size_t optional_ = 0;       ///< Of the optional header.
  std::size_t section_table_ = 0;  ///< Of the first section header.
};

}  // namespace bootproof
