#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bootproof::testing {

/// The fenced blocks of a language in a page.
inline std::vector<std::string> markdown_blocks(std::string_view page, std::string_view language) {
  const std::string opening = "\n```" + std::string(language) + "\n";
  std::vector<std::string> found;
  for (std::size_t at = page.find(opening); at != std::string_view::npos;
       at = page.find(opening, at + 1)) {
    const std::size_t begin = at + opening.size();
    found.emplace_back(page.substr(begin, page.find("\n```", begin) + 1 - begin));
  }
  return found;
}

}  // namespace bootproof::testing
