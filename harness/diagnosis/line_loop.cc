#include "harness/diagnosis/line_loop.h"

#include <algorithm>
#include <functional>
#include <iterator>

namespace bootproof {
namespace {

constexpr std::size_t kLongestKept = 512;

/// A line without what differs from one time to the next: numbers of processes and seconds, and the
/// stars by which systemd shows that it lives.
std::size_t key_of(std::string_view line) {
  std::string folded;
  std::copy_if(line.begin(), line.end(), std::back_inserter(folded),
               [](char c) { return (c < '0' || c > '9') && c != '*' && c != ' '; });
  return std::hash<std::string>()(folded);
}

}  // namespace

void LineLoop::add(const Signature* row, const TextLine& line) {
  if (row == nullptr || row_ == nullptr || row_->cause != row->cause) {
    clear();
  }
  if (row == nullptr) {
    return;
  }
  row_ = row;
  text_ = line.text.substr(0, kLongestKept);
  line_id_ = line.id;
  const std::size_t key = key_of(line.text);
  auto counted = std::find_if(lines_.begin(), lines_.end(),
                              [&](const Counted& one) { return one.key == key; });
  if (counted == lines_.end()) {
    if (lines_.size() >= kMostLines) {
      return;
    }
    counted = lines_.insert(counted, {key, 0});
  }
  ++counted->count;
  count_ = std::max(count_, counted->count);
}

}  // namespace bootproof
