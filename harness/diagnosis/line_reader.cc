#include "harness/diagnosis/line_reader.h"

#include <algorithm>

namespace bootproof {
namespace {

/// Up to here an open line is examined whenever it has grown, beyond it each time it has doubled,
/// so that reads of single bytes stay cheap.
constexpr std::size_t kOftenExamined = 256;

constexpr std::size_t kLongestKept = 512;

constexpr std::array<std::string_view, 6> kBorders{" ", "\t", "|", "\xb3", "│", "║"};

}  // namespace

std::string_view trim_line(std::string_view line) {
  for (bool trimmed = true; trimmed;) {
    trimmed = false;
    for (const std::string_view border : kBorders) {
      while (line.starts_with(border)) {
        line.remove_prefix(border.size());
        trimmed = true;
      }
      while (line.ends_with(border)) {
        line.remove_suffix(border.size());
        trimmed = true;
      }
    }
  }
  return line;
}

bool LineReader::next(std::string_view& text, std::uint64_t& next_id, TextLine& line) {
  if (text.empty()) {
    return false;
  }
  if (open_id_ == 0) {
    open_id_ = ++next_id;
    open_.clear();
    examined_ = 0;
  }
  const std::size_t feed_at = text.find('\n');
  const bool finished = feed_at != std::string_view::npos;
  const std::string_view part = text.substr(0, feed_at);
  open_.append(part.substr(0, kLongestLine - std::min(open_.size(), kLongestLine)));
  text.remove_prefix(part.size() + (finished ? 1 : 0));

  line = {open_id_, trim_line(open_), finished};
  if (finished) {
    keep(line.text);
    open_id_ = 0;
    return !line.text.empty();
  }
  const bool grown =
      open_.size() <= kOftenExamined ? open_.size() > examined_ : open_.size() >= 2 * examined_;
  if (grown) {
    examined_ = open_.size();
  }
  return grown && !line.text.empty();
}

void LineReader::keep(std::string_view line) {
  if (!line.empty()) {
    kept_[kept_count_ % kKeptLines] = line.substr(0, kLongestKept);
    ++kept_count_;
  }
}

std::string_view LineReader::from_end(std::size_t index) const {
  if (open_id_ != 0) {
    const std::string_view open = trim_line(open_);
    if (!open.empty()) {
      if (index == 0) {
        return open;
      }
      --index;
    }
  }
  if (index >= std::min(kept_count_, kKeptLines)) {
    return {};
  }
  return kept_[(kept_count_ - 1 - index) % kKeptLines];
}

}  // namespace bootproof
