#include "tests/fuzz/fuzz_support.h"

#include <algorithm>
#include <array>
#include <cstdlib>

namespace bootproof::fuzz {
namespace {

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < 0x20 || byte == 0x7F;
}

}  // namespace

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

bool is_printable(std::string_view text) {
  // Controls of ISO 6429, directions and isolates, separators, joiners, the byte order mark.
  constexpr std::array<std::string_view, 8> kSteering{"\u061C", "\u200B", "\u200F", "\u2028",
                                                      "\u202E", "\u2066", "\u2069", "\uFEFF"};
  std::size_t tail = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_tail = (byte & 0xC0U) == 0x80U;
    if (is_control(text[i]) || is_tail != (tail > 0)) {
      return false;
    }
    const bool is_high_control =
        byte == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (is_high_control) {
      return false;
    }
    tail = is_tail ? tail - 1 : byte >= 0xF0 ? 3 : byte >= 0xE0 ? 2 : byte >= 0xC0 ? 1 : 0;
  }
  return tail == 0 &&
         std::none_of(kSteering.begin(), kSteering.end(), [&](std::string_view character) {
           return text.find(character) != std::string_view::npos;
         });
}

void apply_records(std::span<const std::uint8_t> input, std::size_t offset_bytes,
                   std::vector<std::uint8_t>& image) {
  const std::size_t head = offset_bytes + 1;
  while (input.size() > head) {
    std::size_t offset = 0;
    for (std::size_t i = offset_bytes; i > 0; --i) {
      offset = (offset << 8U) | input[i - 1];
    }
    offset %= image.size();
    const std::size_t length = std::min(
        {std::size_t{input[offset_bytes]} % 64, input.size() - head, image.size() - offset});
    std::copy_n(input.begin() + static_cast<std::ptrdiff_t>(head), length,
                image.begin() + static_cast<std::ptrdiff_t>(offset));
    input = input.subspan(head + length);
  }
}

}  // namespace bootproof::fuzz
