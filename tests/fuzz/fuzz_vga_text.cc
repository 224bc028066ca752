// The memory of a VGA text screen, of any length and content.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "harness/console/terminal_screen.h"
#include "tests/fuzz/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string memory(data, data + size);
  const std::string text = bootproof::vga_text(memory);
  const bool has_control = std::any_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20U && c != '\n';
  });
  bootproof::fuzz::require(!has_control);
  bootproof::fuzz::require(std::count(text.begin(), text.end(), '\n') < 25);
  return 0;
}
