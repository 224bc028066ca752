#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

namespace bootproof::test {

/// The sizes that streams are cut at in tests: each byte alone, sizes that cut within sequences,
/// one that is larger than what is cut.
inline constexpr std::array<std::size_t, 4> kCutSizes{1, 2, 7, 4096};

/// `text` in pieces of `size` bytes; the last one may be shorter.
inline std::vector<std::string_view> cut(std::string_view text, std::size_t size) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size(); at += size) {
    pieces.push_back(text.substr(at, size));
  }
  return pieces;
}

}  // namespace bootproof::test
