#include "harness/console/standing_matches.h"

#include <algorithm>
#include <utility>

namespace bootproof {
namespace {

/// More rows than any screen has; those beyond are not compared.
constexpr std::size_t kMostRows = 200;

std::vector<std::string_view> rows_of(std::string_view screen) {
  std::vector<std::string_view> rows;
  while (rows.size() < kMostRows) {
    const std::size_t feed_at = screen.find('\n');
    rows.push_back(screen.substr(0, feed_at));
    if (feed_at == std::string_view::npos) {
      break;
    }
    screen.remove_prefix(feed_at + 1);
  }
  return rows;
}

/// Rows come without their trailing blanks, but most prompts end with one and are written with it
/// in patterns.
std::string with_blank_after_each_row(std::string_view screen) {
  std::string padded;
  padded.reserve(screen.size() + kMostRows);
  for (const char c : screen) {
    padded += c == '\n' ? " \n" : std::string_view(&c, 1);
  }
  return padded + ' ';
}

bool one_begins_the_other(std::string_view a, std::string_view b) {
  return a.starts_with(b) || b.starts_with(a);
}

}  // namespace

void StandingMatches::begin(std::span<const Pattern> patterns, std::string_view screen) {
  screen_ = screen;
  places_.clear();
  for (const Pattern& pattern : patterns) {
    places_.push_back(places(pattern, screen));
  }
}

std::vector<std::optional<std::string>> StandingMatches::look(std::span<const Pattern> patterns,
                                                              std::string_view screen) {
  std::vector<std::optional<std::string>> fresh(patterns.size());
  if (screen == screen_) {
    return fresh;
  }
  const bool any_old = std::any_of(places_.begin(), places_.end(),
                                   [](const auto& of_pattern) { return !of_pattern.empty(); });
  const std::optional<std::size_t> scrolled = any_old ? rows_scrolled(screen) : std::nullopt;
  for (std::size_t i = 0; i < patterns.size(); ++i) {
    std::vector<Place> still_old;
    for (Place& place : places(patterns[i], screen)) {
      const bool is_old =
          scrolled && std::any_of(places_[i].begin(), places_[i].end(), [&](const Place& old) {
            return old.row == place.row + *scrolled && old.column == place.column &&
                   one_begins_the_other(old.text, place.text);
          });
      if (is_old) {
        still_old.push_back(std::move(place));
      } else if (!fresh[i]) {
        fresh[i] = std::move(place.text);
      }
    }
    places_[i] = std::move(still_old);
  }
  screen_ = screen;
  return fresh;
}

std::vector<StandingMatches::Place> StandingMatches::places(const Pattern& pattern,
                                                            std::string_view screen) {
  std::vector<Place> places;
  const auto add_places = [&](std::string_view text) {
    std::size_t row = 0;
    std::size_t row_begin = 0;
    for (const Occurrence& found : pattern.find_all(text)) {
      for (std::size_t feed_at = text.find('\n', row_begin); feed_at < found.begin;
           feed_at = text.find('\n', row_begin)) {
        ++row;
        row_begin = feed_at + 1;
      }
      places.push_back({row, found.begin - row_begin,
                        std::string(text.substr(found.begin, found.end - found.begin))});
    }
  };
  add_places(screen);
  add_places(with_blank_after_each_row(screen));
  return places;
}

/// By how many rows the screen moved up between the last look and now: the number for which most of
/// the rows are found again (a row that has grown at its end is the same row), the smallest of
/// those. Nothing when that is less than half of the rows that would still be visible.
std::optional<std::size_t> StandingMatches::rows_scrolled(std::string_view screen) const {
  const std::vector<std::string_view> before = rows_of(screen_);
  const std::vector<std::string_view> now = rows_of(screen);
  std::optional<std::size_t> best;
  std::size_t best_found = 0;
  for (std::size_t scrolled = 0; scrolled < before.size(); ++scrolled) {
    std::size_t visible = 0;
    std::size_t found = 0;
    for (std::size_t row = scrolled; row < before.size(); ++row) {
      if (before[row].empty()) {
        continue;
      }
      ++visible;
      if (row - scrolled < now.size() && now[row - scrolled].starts_with(before[row])) {
        ++found;
      }
    }
    if (found > best_found && 2 * found >= visible) {
      best = scrolled;
      best_found = found;
    }
  }
  return best;
}

}  // namespace bootproof
