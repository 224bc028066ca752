#pragma once

#include <cstdint>

#include "inspectors/gpt.h"

namespace bootproof::inspectors {

/// The rules of a GPT. Inside this module: read_gpt applies them.

/// The most bytes that partition entries may have to be read: 8192 entries of 128.
inline constexpr std::uint64_t kMostEntryBytes = ImageView::kLongestRead;

/// Whether entries of this size are allowed: 128 times a power of two (UEFI 2.10, table 5.5).
bool is_entry_size(std::uint32_t bytes);

/// The LBA of the medium's last whole sector; there has to be one.
std::uint64_t last_lba_of(const ImageView& image, std::uint64_t sector_bytes);

/// Judges everything that has been read.
void judge_gpt(const ImageView& image, const Gpt& gpt, const GptSurroundings& surroundings,
               Findings& findings);

}  // namespace bootproof::inspectors
