#include "builders/cut_recipe.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>

namespace bootproof {

CutRecipe read_cut_recipe(const YamlNode& node) {
  constexpr std::array<std::string_view, 2> kKeys{"of", "keep"};
  constexpr std::int64_t kMostBytes = std::int64_t{1} << 40U;
  node.check_keys(kKeys, "a cut recipe");
  CutRecipe cut;
  cut.of = read_file_source(node.require("of"));
  const YamlNode keep = node.require("keep");
  cut.keep_mark = keep.mark();
  const std::string text = keep.text();
  cut.is_share = text.ends_with('%');
  if (!cut.is_share) {
    cut.keep = static_cast<std::uint64_t>(keep.integer(1, kMostBytes));
    return cut;
  }
  const std::string_view digits = std::string_view(text).substr(0, text.size() - 1);
  const bool is_number =
      !digits.empty() && digits.size() <= 2 &&
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  cut.keep = is_number ? static_cast<std::uint64_t>(std::stoi(std::string(digits))) : 0;
  if (cut.keep == 0) {
    throw keep.mismatch("a number of bytes, or a share from 1% to 99%", "write for example 60%");
  }
  return cut;
}

}  // namespace bootproof
