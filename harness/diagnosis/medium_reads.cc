#include "harness/diagnosis/medium_reads.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace bootproof {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kMostCovered = 4096;
constexpr std::size_t kMostWaiting = 8192;
constexpr std::size_t kMostOpen = 4;
constexpr std::size_t kMostClosed = 4096;
/// How many parts are looked at to find the one that a read is mostly for.
constexpr std::size_t kMostCompared = 64;
constexpr std::size_t kMostAlso = 8;
constexpr milliseconds kIdle{300};
constexpr milliseconds kLongestRun{1000};

}  // namespace

bool ReadCoverage::add(std::uint64_t begin, std::uint64_t end,
                       const std::function<void(std::uint64_t, std::uint64_t)>& take) {
  auto next = runs_.upper_bound(begin);
  if (next != runs_.begin() && std::prev(next)->second >= begin) {
    --next;
  }
  // `next` is the first run that touches [begin, end), or that comes after it.
  const bool touches = next != runs_.end() && next->first <= end;
  bool is_new = false;
  std::uint64_t at = begin;
  std::uint64_t new_begin = begin;
  std::uint64_t new_end = end;
  while (next != runs_.end() && next->first <= end) {
    if (next->first > at) {
      take(at, next->first);
      is_new = true;
    }
    at = std::max(at, next->second);
    new_begin = std::min(new_begin, next->first);
    new_end = std::max(new_end, next->second);
    next = runs_.erase(next);
  }
  if (!touches && runs_.size() >= kMostCovered) {
    return false;
  }
  if (at < end) {
    take(at, end);
    is_new = true;
  }
  runs_.emplace_hint(next, new_begin, new_end);
  return is_new;
}

bool ReadCoverage::holds(std::uint64_t offset) const {
  const auto next = runs_.upper_bound(offset);
  return next != runs_.begin() && std::prev(next)->second > offset;
}

bool MediumReads::add(const MediumRead& read, Time now) {
  ++reads_;
  if (has_map_) {
    return place(read, now, now);
  }
  keep(read, now);
  const bool is_new =
      coverage_.add(read.offset, read.offset + read.length, [](std::uint64_t, std::uint64_t) {});
  if (is_new) {
    has_read_ = true;
    last_offset_ = read.offset;
  }
  return is_new;
}

void MediumReads::keep(const MediumRead& read, Time now) {
  if (!waiting_.empty() && waiting_.back().end == read.offset &&
      now - waiting_.back().first < kLongestRun) {
    Waiting& last = waiting_.back();
    last.end += read.length;
    last.last = now;
  } else if (waiting_.size() < kMostWaiting) {
    waiting_.push_back({now, now, read.offset, read.offset + read.length});
  }
}

void MediumReads::set_map(std::shared_ptr<const MediumMap> map) {
  if (has_map_) {
    return;
  }
  map_ = std::move(map);
  has_map_ = true;
  coverage_ = {};
  for (const Waiting& one : std::exchange(waiting_, {})) {
    // What was read in one go may be several parts: it is cut where they end.
    for (std::uint64_t at = one.begin; at < one.end;) {
      std::uint64_t end = one.end;
      if (map_) {
        const auto parts = map_->within(at, one.end);
        if (!parts.empty()) {
          end = parts.front().begin > at ? parts.front().begin : std::min(end, parts.front().end);
        }
      }
      place({at, end - at}, one.first, one.last);
      at = end;
    }
  }
}

std::optional<std::size_t> MediumReads::main_item(const MediumRead& read) const {
  if (!map_) {
    return std::nullopt;
  }
  std::optional<std::size_t> best;
  std::uint64_t most = 0;
  const std::uint64_t end = read.offset + read.length;
  auto parts = map_->within(read.offset, end);
  parts = parts.first(std::min(parts.size(), kMostCompared));
  for (const MediumMap::Segment& part : parts) {
    const std::uint64_t here = std::min(end, part.end) - std::max(read.offset, part.begin);
    if (here > most) {
      most = here;
      best = part.item;
    }
  }
  return best;
}

/// A read that is mostly for another part may be the last one of a file whose run is open.
void MediumReads::renew_percent(const std::vector<std::size_t>& items, std::uint64_t end,
                                Time now) {
  for (ReadRun& run : open_) {
    if (run.item && std::find(items.begin(), items.end(), *run.item) != items.end()) {
      run.percent = percent(*run.item);
      run.end = std::max(run.end, end);
      run.last = now;
    }
  }
}

bool MediumReads::place(const MediumRead& read, Time first_read, Time now) {
  std::vector<std::size_t> grown;  // Items of which more is known to be read, some of them.
  std::vector<std::size_t> first;  // Items of which nothing was read before.
  const auto count = [&](std::uint64_t begin, std::uint64_t end) {
    if (!map_) {
      return;
    }
    for (const MediumMap::Segment& part : map_->within(begin, end)) {
      const auto [entry, is_first] = progress_.try_emplace(part.item, Progress{});
      if (is_first) {
        touched_.push_back(part.item);
        first.push_back(part.item);
      }
      entry->second.covered += std::min(end, part.end) - std::max(begin, part.begin);
      if (grown.size() < kMostCompared) {
        grown.push_back(part.item);
      }
    }
  };
  const bool is_new = coverage_.add(read.offset, read.offset + read.length, count);
  const std::optional<std::size_t> item = main_item(read);
  if (is_new) {
    has_read_ = true;
    last_item_ = item;
    last_offset_ = read.offset;
  }
  std::erase_if(grown, [&](std::size_t one) { return one == item; });
  renew_percent(grown, read.offset + read.length, now);
  extend_run(item, read, first_read, now);
  std::vector<std::size_t>& also = open_.back().also;
  for (const std::size_t one : first) {
    if (one != item && also.size() < kMostAlso) {
      also.push_back(one);
    }
  }
  return is_new;
}

void MediumReads::extend_run(std::optional<std::size_t> item, const MediumRead& read, Time first,
                             Time now) {
  auto run = std::find_if(open_.begin(), open_.end(),
                          [&](const ReadRun& one) { return one.item == item; });
  if (run != open_.end() && (now - run->last >= kIdle || now - run->first >= kLongestRun)) {
    close_run(static_cast<std::size_t>(run - open_.begin()));
    run = open_.end();
  }
  if (run == open_.end()) {
    if (open_.size() >= kMostOpen) {
      close_run(0);
    }
    ReadRun begun;
    begun.first = first;
    begun.item = item;
    begun.begin = read.offset;
    open_.push_back(begun);
  } else {
    std::rotate(run, run + 1, open_.end());
  }
  ReadRun& current = open_.back();
  current.last = now;
  current.begin = std::min(current.begin, read.offset);
  current.end = std::max(current.end, read.offset + read.length);
  current.bytes += read.length;
  ++current.reads;
  current.percent = item ? percent(*item) : std::nullopt;
}

void MediumReads::close_run(std::size_t index) {
  const auto run = open_.begin() + static_cast<std::ptrdiff_t>(index);
  if (closed_.size() < kMostClosed) {
    closed_.push_back(*run);
  }
  open_.erase(run);
}

std::vector<ReadRun> MediumReads::take_runs(Time now, bool all) {
  for (std::size_t i = 0; i < open_.size();) {
    const ReadRun& run = open_[i];
    if (all || now - run.last >= kIdle || now - run.first >= kLongestRun) {
      close_run(i);
    } else {
      ++i;
    }
  }
  std::vector<ReadRun> runs = std::exchange(closed_, {});
  std::stable_sort(runs.begin(), runs.end(),
                   [](const ReadRun& a, const ReadRun& b) { return a.first < b.first; });
  return runs;
}

const MediumReads::Progress* MediumReads::progress(std::size_t item) const {
  const auto found = progress_.find(item);
  return found == progress_.end() ? nullptr : &found->second;
}

std::optional<unsigned> MediumReads::percent(std::size_t item) const {
  if (!map_ || item >= map_->items().size() || !map_->items()[item].is_file) {
    return std::nullopt;
  }
  const std::uint64_t size = map_->items()[item].size;
  const Progress* read = progress(item);
  if (read == nullptr || size == 0) {
    return 0;
  }
  constexpr double kAll = 100;
  return read->covered >= size
             ? 100U
             : std::min(99U, static_cast<unsigned>(kAll * static_cast<double>(read->covered) /
                                                   static_cast<double>(size)));
}

std::string MediumReads::describe(std::size_t item) const {
  if (!map_) {
    return {};
  }
  const std::string label = map_->label(item);
  const std::optional<unsigned> share = percent(item);
  if (!share) {
    return label;
  }
  const std::string size = size_text(map_->items()[item].size);
  return *share == 100 ? fmt::format("{} to its end ({})", label, size)
                       : fmt::format("{} {} % (of {})", label, *share, size);
}

std::string MediumReads::last_text() const {
  if (!has_read_) {
    return {};
  }
  return last_item_ ? describe(*last_item_)
                    : fmt::format("bytes without a name at offset {}", last_offset_);
}

std::string MediumReads::doing(Time::duration quiet) const {
  if (!has_read_) {
    return "nothing was read from the medium";
  }
  const std::chrono::duration<double> seconds = quiet;
  constexpr double kNow = 1;
  return seconds.count() < kNow
             ? fmt::format("reading {}", last_text())
             : fmt::format("reading {}, no new reads for {:.1f} s", last_text(), seconds.count());
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::array<std::string_view, 4> kUnits{"KiB", "MiB", "GiB", "TiB"};
  constexpr double kStep = 1024;
  if (static_cast<double>(bytes) < kStep) {
    return fmt::format("{} bytes", bytes);
  }
  double size = static_cast<double>(bytes) / kStep;
  std::size_t unit = 0;
  while (size >= kStep && unit + 1 < kUnits.size()) {
    size /= kStep;
    ++unit;
  }
  return fmt::format("{:.1f} {}", size, kUnits.at(unit));
}

}  // namespace bootproof
