#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bootproof {

/// `line` without blanks and the borders of text frames at both ends.
std::string_view trim_line(std::string_view line);

/// A line, or what has come of it.
struct TextLine {
  std::uint64_t id = 0;   ///< Counts lines over all sources, in the order in which they begin.
  std::string_view text;  ///< Trimmed; of the first 4 KiB.
  bool finished = false;
};

/// Divides a text stream into lines and keeps the last of them. Memory is bounded.
class LineReader {
 public:
  static constexpr std::size_t kLongestLine = 4096;
  static constexpr std::size_t kKeptLines = 20;

  /// Takes text up to the end of a line off the front of `text`. True when there is a line to be
  /// examined: a finished one, or an unfinished one that has grown enough since it was examined
  /// last. Its text is valid until the next call. New lines get their number from `next_id`.
  bool next(std::string_view& text, std::uint64_t& next_id, TextLine& line);

  /// The open line if it is not blank, then the last finished lines that are not blank, newest
  /// first: nothing for an index beyond kKeptLines or the lines there are.
  [[nodiscard]] std::string_view from_end(std::size_t index) const;

 private:
  void keep(std::string_view line);

  std::string open_;
  std::uint64_t open_id_ = 0;
  std::size_t examined_ = 0;  ///< Length of the open line when it was examined last.
  std::array<std::string, kKeptLines> kept_;
  std::size_t kept_count_ = 0;  ///< Of all lines ever kept.
};

}  // namespace bootproof
