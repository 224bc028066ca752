#include "harness/diagnosis/medium_map.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>
#include <utility>

namespace bootproof {
namespace {

std::uint64_t end_of(const NamedRange& range) {
  return range.length > std::numeric_limits<std::uint64_t>::max() - range.offset
             ? std::numeric_limits<std::uint64_t>::max()
             : range.offset + range.length;
}

/// A range begins or ends.
struct Edge {
  std::uint64_t at = 0;
  bool begins = false;
  std::size_t range = 0;
};

bool same_but_for_case(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(),
                                            [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

MediumMap::MediumMap(const std::vector<NamedRange>& ranges) {
  std::vector<std::size_t> item_of;
  add_items(ranges, item_of);
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (ranges[i].length > 0) {
      edges.push_back({ranges[i].offset, true, i});
      edges.push_back({end_of(ranges[i]), false, i});
    }
  }
  std::sort(edges.begin(), edges.end(), [](const Edge& a, const Edge& b) { return a.at < b.at; });
  // Of the ranges that hold a byte the smallest comes first, of equal ones the first.
  const auto comes_first = [&ranges](std::size_t a, std::size_t b) {
    return std::tuple(ranges[a].length, a) < std::tuple(ranges[b].length, b);
  };
  std::set<std::size_t, decltype(comes_first)> holding(comes_first);
  for (std::size_t i = 0; i < edges.size();) {
    const std::uint64_t at = edges[i].at;
    for (; i < edges.size() && edges[i].at == at; ++i) {
      if (edges[i].begins) {
        holding.insert(edges[i].range);
      } else {
        holding.erase(edges[i].range);
      }
    }
    if (holding.empty() || i == edges.size()) {
      continue;
    }
    const std::size_t item = item_of[*holding.begin()];
    items_[item].size += edges[i].at - at;
    if (!segments_.empty() && segments_.back().item == item && segments_.back().end == at) {
      segments_.back().end = edges[i].at;
    } else {
      segments_.push_back({at, edges[i].at, item});
    }
  }
  mark_ambiguous();
}

void MediumMap::add_items(const std::vector<NamedRange>& ranges,
                          std::vector<std::size_t>& item_of) {
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> known;
  for (const NamedRange& range : ranges) {
    const auto [entry, is_new] = known.try_emplace({range.name, range.place}, items_.size());
    if (is_new) {
      Item& item = items_.emplace_back();
      item.name = range.name;
      item.place = range.place;
      item.offset = range.offset;
      item.is_file = range.name.starts_with('/');
    }
    item_of.push_back(entry->second);
  }
}

void MediumMap::mark_ambiguous() {
  std::map<std::string_view, std::size_t> first;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const auto [entry, is_new] = first.try_emplace(items_[i].name, i);
    if (!is_new) {
      items_[i].is_ambiguous = true;
      items_[entry->second].is_ambiguous = true;
    }
  }
}

std::span<const MediumMap::Segment> MediumMap::within(std::uint64_t begin,
                                                      std::uint64_t end) const {
  const auto first =
      std::partition_point(segments_.begin(), segments_.end(),
                           [&](const Segment& segment) { return segment.end <= begin; });
  const auto last = std::partition_point(
      first, segments_.end(), [&](const Segment& segment) { return segment.begin < end; });
  return {first, last};
}

std::optional<std::size_t> MediumMap::item_at(std::uint64_t offset) const {
  const std::span<const Segment> found = offset == std::numeric_limits<std::uint64_t>::max()
                                             ? std::span<const Segment>()
                                             : within(offset, offset + 1);
  return found.empty() ? std::nullopt : std::optional(found.front().item);
}

std::optional<std::size_t> MediumMap::find_file(std::string_view path) const {
  std::optional<std::size_t> similar;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    if (items_[i].is_file && items_[i].name == path) {
      return owner_of(i);
    }
    if (!similar && items_[i].is_file && same_but_for_case(items_[i].name, path)) {
      similar = i;
    }
  }
  return similar ? std::optional(owner_of(*similar)) : std::nullopt;
}

std::size_t MediumMap::owner_of(std::size_t item) const {
  return items_[item].size > 0 ? item : item_at(items_[item].offset).value_or(item);
}

std::string MediumMap::label(std::size_t item) const {
  const Item& one = items_.at(item);
  return one.is_ambiguous && !one.place.empty() ? fmt::format("{} ({})", one.name, one.place)
                                                : one.name;
}

}  // namespace bootproof
