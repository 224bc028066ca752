#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bootproof::fuzz {

/// What the targets share: what must hold for any bytes, and inputs that damage a sample. Includes
/// nothing of a parser, so that any target may use it.

/// Ends the program where it does not hold, as a fuzzer wants a defect to be shown.
void require(bool condition);

/// Whether a text may be shown on a terminal as it is: no control characters, none that steer how
/// text is shown, and what is not ASCII stands in bytes that go together as in UTF-8.
bool is_printable(std::string_view text);

/// Damages `image` as an input says: records of an offset (`offset_bytes` bytes, least significant
/// first, modulo the size), a length (one byte, modulo 64) and so many bytes that are written
/// there. What lies outside is left out, and so is a last record without bytes.
void apply_records(std::span<const std::uint8_t> input, std::size_t offset_bytes,
                   std::vector<std::uint8_t>& image);

/// What the findings of a parser say, `path`, `found` and `expected` of each, has to be like this.
template <typename Findings>
void require_printable(const Findings& findings,
                       bool (&is_fine)(std::string_view text) = is_printable) {
  for (const auto& finding : findings) {
    require(is_fine(finding.path) && is_fine(finding.found) && is_fine(finding.expected));
  }
}

}  // namespace bootproof::fuzz
