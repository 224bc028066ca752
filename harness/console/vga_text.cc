#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "harness/console/code_page_437.h"
#include "harness/console/screen_rows.h"
#include "harness/console/terminal_screen.h"

namespace bootproof {
namespace {

constexpr std::size_t kRows = 25;
constexpr std::size_t kColumns = 80;
constexpr std::size_t kBytesPerCell = 2;

}  // namespace

std::string vga_text(std::string_view memory) {
  ScreenRows rows;
  for (std::size_t row = 0; row < kRows; ++row) {
    std::array<char32_t, kColumns> cells{};
    for (std::size_t column = 0; column < kColumns; ++column) {
      const std::size_t at = (row * kColumns + column) * kBytesPerCell;
      if (at < memory.size()) {
        cells[column] = from_code_page_437(static_cast<unsigned char>(memory[at]));
      }
    }
    rows.add({cells.data(), cells.size()});
  }
  return rows.take();
}

}  // namespace bootproof
