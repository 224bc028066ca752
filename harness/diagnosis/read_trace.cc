#include "harness/diagnosis/read_trace.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <optional>
#include <utility>

namespace bootproof {
namespace {

constexpr std::size_t kLongestLine = 16U << 10U;

/// Takes `prefix` off the front of `text`; false where it does not begin so.
bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) {
    return false;
  }
  text.remove_prefix(prefix.size());
  return true;
}

/// Takes what stands before the next blank, and the blank.
std::string_view take_word(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::string_view word = take_word(text);
  std::uint64_t value = 0;
  const auto [end, code] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (code != std::errc() || end != word.data() + word.size()) {
    return std::nullopt;
  }
  return value;
}

}  // namespace

ReadTrace::ReadTrace(std::string file, std::string format)
    : file_(std::move(file)), format_(std::move(format)) {}

std::vector<MediumRead> ReadTrace::feed(std::string_view bytes) {
  std::vector<MediumRead> reads;
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    const bool is_whole = end != std::string_view::npos;
    bytes.remove_prefix(is_whole ? end + 1 : bytes.size());
    is_too_long_ = is_too_long_ || line_.size() + part.size() > kLongestLine;
    if (is_too_long_) {
      line_.clear();
    } else if (is_whole && line_.empty()) {
      take_line(part, reads);
    } else {
      line_ += part;
      if (is_whole) {
        take_line(line_, reads);
      }
    }
    if (is_whole) {
      line_.clear();
      is_too_long_ = false;
    }
  }
  return reads;
}

void ReadTrace::take_line(std::string_view line, std::vector<MediumRead>& reads) {
  // With -msg timestamp=on each line begins with "PID@SECONDS.MICROSECONDS:".
  if (!line.empty() && line.front() >= '0' && line.front() <= '9') {
    const std::size_t colon = line.find(':');
    line.remove_prefix(colon == std::string_view::npos ? 0 : colon + 1);
  }
  if (take_prefix(line, "blk_co_preadv ")) {
    take_read(line, reads);
  } else if (take_prefix(line, "bdrv_open_common bs ")) {
    take_open(line);
  } else if (take_prefix(line, "runstate_set ")) {
    is_running_ = is_running_ || line.ends_with("(running)");
  }
}

/// `0x55d0 filename "FILE" flags 0x8000 format_name "raw"`. The file's name may hold anything.
void ReadTrace::take_open(std::string_view rest) {
  const std::string_view node = take_word(rest);
  if (node == node_) {
    node_.clear();  // Another node now has the address of the one that was closed.
  }
  if (!node_.empty() || node.empty() || !take_prefix(rest, "filename \"")) {
    return;
  }
  constexpr std::string_view kFlags = "\" flags 0x";
  constexpr std::string_view kFormat = " format_name \"";
  const std::size_t flags = rest.rfind(kFlags);
  const std::size_t format = rest.rfind(kFormat);
  if (flags == std::string_view::npos || format == std::string_view::npos || format < flags) {
    return;
  }
  std::string_view name = rest.substr(format + kFormat.size());
  if (rest.substr(0, flags) == file_ && name.ends_with('"') &&
      name.substr(0, name.size() - 1) == format_) {
    node_ = node;
    was_opened_ = true;
  }
}

/// `blk 0x55d0 bs 0x55e0 offset 34816 bytes 2048 flags 0x0`.
void ReadTrace::take_read(std::string_view rest, std::vector<MediumRead>& reads) const {
  if (!is_running_ || node_.empty() || !take_prefix(rest, "blk ")) {
    return;
  }
  take_word(rest);
  if (!take_prefix(rest, "bs ") || take_word(rest) != node_ || !take_prefix(rest, "offset ")) {
    return;
  }
  const std::optional<std::uint64_t> offset = take_number(rest);
  if (!offset || !take_prefix(rest, "bytes ")) {
    return;
  }
  const std::optional<std::uint64_t> length = take_number(rest);
  if (length && *length > 0 && *offset <= std::numeric_limits<std::uint64_t>::max() - *length) {
    reads.push_back({*offset, *length});
  }
}

}  // namespace bootproof
