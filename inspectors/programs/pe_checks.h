#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "inspectors/programs/pe.h"

namespace bootproof::inspectors {

/// The rules of PE/COFF headers. Inside this module: read_pe applies them.

/// The most sections that are read.
constexpr std::size_t kMostSections = 1024;

/// Fields that say what the headers hold; beside what they do hold.
struct PeClaims {
  std::uint16_t magic = 0;
  std::uint32_t optional_header_size = 0;
  std::uint32_t fixed_header_size = 0;  ///< Of the optional header without its directories.
  std::uint32_t directory_count = 0;
  std::uint32_t section_count = 0;
  std::uint64_t section_table = 0;  ///< In the file.
};

/// Judges a program of which all headers were read; clears `pe.is_loadable` where edk2's loader
/// refuses it.
void judge_pe(const ImageView& file, const PeClaims& claims, const std::string& path, PeImage& pe,
              Findings& findings);

}  // namespace bootproof::inspectors
