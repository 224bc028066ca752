#include "harness/console/expectation.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "harness/console/pattern.h"
#include "harness/console/standing_matches.h"
#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::uint64_t kLongestMatch = 16U << 10U;
constexpr std::size_t kLongestQuote = 1024;

}  // namespace

std::string_view name_of(TextSource source) {
  switch (source) {
    case TextSource::kSerial:
      return "serial";
    case TextSource::kScreen:
      return "screen";
    case TextSource::kVga:
      return "vga";
  }
  return "?";
}

struct Expectation::Impl {
  std::vector<Pattern> patterns;
  bool all = false;
  SourceMask where;

  std::vector<bool> seen;  ///< For each pattern.
  std::uint64_t from = 0;
  std::uint64_t searched = 0;  ///< Serial text before this position has been looked at.
  StandingMatches screen;
  StandingMatches vga;

  [[nodiscard]] bool waits_for(std::size_t pattern) const { return !seen[pattern]; }

  /// Of the matches of one look (at most one for each pattern) the deciding one, if the step is
  /// satisfied now. `begins` are where they begin, for the order.
  std::optional<Match> decide(std::vector<std::pair<std::uint64_t, Match>> found) {
    if (found.empty()) {
      return std::nullopt;
    }
    for (const auto& [begin, match] : found) {
      seen[match.pattern] = true;
    }
    if (!all) {
      return std::min_element(found.begin(), found.end(),
                              [](const auto& a, const auto& b) { return a.first < b.first; })
          ->second;
    }
    if (std::find(seen.begin(), seen.end(), false) != seen.end()) {
      return std::nullopt;
    }
    return std::max_element(
               found.begin(), found.end(),
               [](const auto& a, const auto& b) { return a.second.end < b.second.end; })
        ->second;
  }
};

Expectation::Expectation(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Expectation::Expectation(Expectation&&) noexcept = default;
Expectation& Expectation::operator=(Expectation&&) noexcept = default;
Expectation::~Expectation() = default;

Result<Expectation> Expectation::compile(const std::vector<std::string>& patterns, bool all,
                                         SourceMask where) {
  auto impl = std::make_unique<Impl>();
  for (const std::string& text : patterns) {
    Result<Pattern> pattern = Pattern::compile(text);
    if (!pattern) {
      return tl::unexpected(std::move(pattern.error()));
    }
    impl->patterns.push_back(std::move(*pattern));
  }
  impl->all = all;
  impl->where = where;
  Expectation expectation(std::move(impl));
  expectation.begin(0, {}, {});
  return expectation;
}

void Expectation::begin(std::uint64_t from, std::string_view screen, std::string_view vga) {
  impl_->seen.assign(impl_->patterns.size(), false);
  impl_->from = from;
  impl_->searched = from;
  impl_->screen.begin(impl_->patterns, screen);
  impl_->vga.begin(impl_->patterns, vga);
}

void Expectation::see_vga_late(std::string_view said, std::string_view vga) {
  Occurrence ignored;
  const bool was_said =
      std::any_of(impl_->patterns.begin(), impl_->patterns.end(),
                  [&](const Pattern& pattern) { return pattern.find(said, 0, ignored); });
  if (was_said) {
    impl_->vga.begin(impl_->patterns, vga);
  }
}

std::optional<Match> Expectation::look_at_serial(std::uint64_t position, std::string_view serial) {
  Impl& impl = *impl_;
  const std::uint64_t end = position + serial.size();
  if (!impl.where.serial || serial.empty() || end <= impl.searched) {
    return std::nullopt;
  }
  // Text that fell out of the window is missing before the first byte: then that byte serves as
  // context alone, so that `^` doesn't match in the middle of a line.
  const std::uint64_t earliest = position > impl.from ? position + 1 : impl.from;
  const std::uint64_t searched = std::max(impl.searched, earliest);
  const std::uint64_t overlap =
      std::max(earliest, searched > kLongestMatch ? searched - kLongestMatch : 0);
  const std::string_view again = serial.substr(static_cast<std::size_t>(overlap - position),
                                               static_cast<std::size_t>(searched - overlap));
  const std::size_t last_feed = again.rfind('\n');
  const std::uint64_t open_line =
      last_feed == std::string_view::npos ? overlap : overlap + last_feed + 1;

  std::vector<std::pair<std::uint64_t, Match>> found;
  for (std::size_t i = 0; i < impl.patterns.size(); ++i) {
    const Pattern& pattern = impl.patterns[i];
    const std::uint64_t start = pattern.may_span_lines() ? overlap : open_line;
    Occurrence at;
    if (impl.waits_for(i) && pattern.find(serial, static_cast<std::size_t>(start - position), at)) {
      found.emplace_back(
          position + at.begin,
          Match{i, TextSource::kSerial,
                std::string(serial.substr(at.begin, std::min(at.end - at.begin, kLongestQuote))),
                position + at.end});
    }
  }
  impl.searched = end;
  return impl.decide(std::move(found));
}

std::optional<Match> Expectation::look_at_screen(TextSource source, std::string_view text) {
  Impl& impl = *impl_;
  const bool is_vga = source == TextSource::kVga;
  if (!(is_vga ? impl.where.vga : impl.where.screen)) {
    return std::nullopt;
  }
  StandingMatches& standing = is_vga ? impl.vga : impl.screen;
  std::vector<std::pair<std::uint64_t, Match>> found;
  std::vector<std::optional<std::string>> fresh = standing.look(impl.patterns, text);
  for (std::size_t i = 0; i < fresh.size(); ++i) {
    if (fresh[i] && impl.waits_for(i)) {
      fresh[i]->resize(std::min(fresh[i]->size(), kLongestQuote));
      found.emplace_back(i, Match{i, source, std::move(*fresh[i]), 0});
    }
  }
  return impl.decide(std::move(found));
}

std::string Expectation::missing() const {
  std::string out;
  for (std::size_t i = 0; i < impl_->patterns.size(); ++i) {
    if (impl_->waits_for(i)) {
      out += fmt::format("{}'{}'",
                         out.empty()  ? ""
                         : impl_->all ? " and "
                                      : " or ",
                         escape_for_terminal(impl_->patterns[i].text()));
    }
  }
  return out;
}

}  // namespace bootproof
