#pragma once

#include <cstdint>
#include <string>

#include "inspectors/el_torito.h"

namespace bootproof::inspectors {

/// The rules of a boot catalog. Inside this module: read_el_torito applies them.

/// How much of the image firmware reads for the entry: the emulated floppy, or the load size.
std::uint64_t bytes_that_are_read(const ElToritoEntry& entry);

/// Judges a platform ID that stands at `offset`.
void judge_platform(std::uint8_t platform_id, std::uint64_t offset, std::string path,
                    Findings& findings);

/// Judges the validation entry; `bytes` are its 32.
void judge_validation(const ElToritoValidation& validation, ByteSpan bytes, Findings& findings);

/// Judges the entries for UEFI whose images EDK II gives no sector.
void judge_sizes(const ElTorito& el_torito, const Iso9660& iso, Findings& findings);

/// Judges an entry of which all but `findings` is known.
void judge_entry(const ElToritoEntry& entry, const ImageView& image, Findings& findings);

}  // namespace bootproof::inspectors
