#include "tests/fuzz/fuzz_support.h"

#include <algorithm>
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
  return std::none_of(text.begin(), text.end(), is_control);
}

bool is_printable_ascii(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return is_control(c) || static_cast<unsigned char>(c) >= 0x80;
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
