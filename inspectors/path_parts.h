#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bootproof::inspectors {

/// The parts of a path, and of the symbolic links that are met on the way, one after the other. Who
/// asks for them knows the directories. "." and empty parts are left out, ".." is given as it is.
class PathParts {
 public:
  /// As Linux (ELOOP).
  static constexpr int kMostLinks = 40;

  /// `path` has to outlive this.
  explicit PathParts(std::string_view path) { push(path); }
  PathParts(const PathParts&) = delete;
  PathParts& operator=(const PathParts&) = delete;

  /// The next part, valid as long as this; nothing at the end.
  std::optional<std::string_view> next();
  /// How many parts come behind the last one that was given.
  [[nodiscard]] std::size_t left() const { return left_.size(); }

  /// The last part was a symbolic link with this target: its parts come next. False, and nothing
  /// is done, where it is one link too many.
  bool follow(std::string target);
  /// How many were followed.
  [[nodiscard]] std::size_t links() const { return targets_.size(); }

 private:
  void push(std::string_view path);

  std::deque<std::string> targets_;     ///< What parts of links are views of; these don't move.
  std::vector<std::string_view> left_;  ///< The next one last.
};

}  // namespace bootproof::inspectors
