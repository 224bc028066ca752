#include "inspectors/path_parts.h"

#include <algorithm>
#include <utility>

namespace bootproof::inspectors {

std::optional<std::string_view> PathParts::next() {
  if (left_.empty()) {
    return std::nullopt;
  }
  const std::string_view part = left_.back();
  left_.pop_back();
  return part;
}

bool PathParts::follow(std::string target) {
  if (targets_.size() >= kMostLinks) {
    return false;
  }
  targets_.push_back(std::move(target));
  push(targets_.back());
  return true;
}

void PathParts::push(std::string_view path) {
  const auto begin = static_cast<std::ptrdiff_t>(left_.size());
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/'), path.size());
    const std::string_view part = path.substr(0, end);
    if (!part.empty() && part != ".") {
      left_.push_back(part);
    }
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  std::reverse(left_.begin() + begin, left_.end());
}

}  // namespace bootproof::inspectors
