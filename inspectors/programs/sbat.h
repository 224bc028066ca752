#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "inspectors/finding.h"
#include "inspectors/image_view.h"
#include "inspectors/programs/pe.h"

namespace bootproof::inspectors {

/// A line of a program's SBAT (shim's SBAT.md): what it is made of and its security generation.
/// Texts are printable.
struct SbatEntry {
  std::string component;  ///< "grub", "grub.debian".
  std::uint32_t generation = 0;
  std::string vendor;
  std::string package;
  std::string version;
  std::string url;

  bool operator==(const SbatEntry&) const = default;
};

/// Reads the section .sbat. Nothing where there is none: shim refuses such a program when it
/// verifies. Bad lines are left out, and findings where the program is signed: an unsigned one is
/// refused before SBAT is looked at.
std::optional<std::vector<SbatEntry>> read_sbat(const ImageView& file, const PeImage& pe,
                                                const std::string& path, Findings& findings);

/// The lowest generation of a component that is still allowed.
struct SbatMinimum {
  std::string component;
  std::uint32_t generation = 0;

  bool operator==(const SbatMinimum&) const = default;
};

/// A revocation level: the content of the variable SbatLevel or of a shim's section .sbatlevel.
struct SbatLevel {
  std::string date;                   ///< "2024010900"; empty where it has none.
  std::vector<SbatMinimum> minimums;  ///< In their order.
};

/// Reads "sbat,1,2024010900\nshim,4\ngrub,3\n". Lines that are wrong are left out.
SbatLevel read_sbat_level(std::string_view text);

/// The revocation level that a shim brings along and sets by itself, from its section .sbatlevel;
/// nothing where it has none.
std::optional<SbatLevel> read_shim_sbat_level(const ImageView& shim, const PeImage& pe);

/// The entries whose generation is below the level, as shim's verify_sbat decides.
std::vector<SbatEntry> revoked_entries(const std::vector<SbatEntry>& entries,
                                       const SbatLevel& level);

}  // namespace bootproof::inspectors
