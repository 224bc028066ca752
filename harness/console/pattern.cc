#include "harness/console/pattern.h"

#include <fmt/format.h>

#include <string>
#include <utility>

#include "harness/core/text.h"

namespace bootproof {
namespace {

/// Put before each pattern: `^` and `$` match at line borders.
constexpr std::string_view kFlags = "(?m)";
constexpr std::int64_t kMatcherBytes = 8 << 20;
constexpr std::size_t kMostOccurrences = 10'000;

RE2::Options options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMatcherBytes);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

Error bad_pattern(std::string_view pattern, std::string_view reason, std::string hint) {
  return {ErrorKind::kScenario,
          fmt::format("bad pattern '{}': {}", escape_for_terminal(pattern), reason),
          std::move(hint)};
}

/// True unless it is plain from the pattern's letters that no match can hold a line feed: without
/// other flags than `i`, `.` matches none, and a class holds one only by negation, by an escape, a
/// name or a range that begins with a control character.
bool may_match_line_feed(std::string_view pattern) {
  constexpr std::string_view kHarmlessEscapes = "dwbBS";
  bool in_class = false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const char next = i + 1 < pattern.size() ? pattern[i + 1] : '\0';
    if (c >= '\0' && c < ' ') {
      return true;
    }
    if (c == '\\') {
      const bool letter_or_digit = (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z') ||
                                   (next >= '0' && next <= '9');
      if (letter_or_digit && kHarmlessEscapes.find(next) == std::string_view::npos) {
        return true;
      }
      ++i;
    } else if (c == '[') {
      if (next == '^' || in_class) {  // a negated class, or a named one within a class
        return true;
      }
      in_class = true;
    } else if (c == ']') {
      in_class = false;
    } else if (c == '(' && next == '?') {
      const std::string_view group = pattern.substr(i + 2);
      if (!group.starts_with(':') && !group.starts_with("i)") && !group.starts_with("i:")) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace

Pattern::Pattern(std::unique_ptr<RE2> regex, bool may_span_lines)
    : regex_(std::move(regex)), may_span_lines_(may_span_lines) {}

Result<Pattern> Pattern::compile(std::string_view pattern) {
  // Compiled without the flags first, so that RE2's message speaks of the pattern that was written.
  const RE2 alone(piece(pattern), options());
  if (!alone.ok()) {
    std::string reason = alone.error();
    const std::string whole = fmt::format(": {}", pattern);
    if (reason.size() > whole.size() && reason.ends_with(whole)) {
      reason.resize(reason.size() - whole.size());
    }
    return tl::unexpected(
        bad_pattern(pattern, escape_for_terminal(reason),
                    "patterns are RE2 expressions: write \\( for a bracket and \\. "
                    "for a dot that stand for themselves"));
  }
  auto regex = std::make_unique<RE2>(fmt::format("{}{}", kFlags, pattern), options());
  if (!regex->ok()) {
    return tl::unexpected(bad_pattern(pattern, escape_for_terminal(regex->error()), {}));
  }
  if (RE2::PartialMatch("", *regex)) {
    return tl::unexpected(
        bad_pattern(pattern, "it matches empty text",
                    "such a step would be satisfied by silence: name at least one character that "
                    "has to be there"));
  }
  return Pattern(std::move(regex), may_match_line_feed(pattern));
}

bool Pattern::find(std::string_view text, std::size_t from, Occurrence& found) const {
  re2::StringPiece match;
  if (from > text.size() ||
      !regex_->Match(piece(text), from, text.size(), RE2::UNANCHORED, &match, 1)) {
    return false;
  }
  found.begin = static_cast<std::size_t>(match.data() - text.data());
  found.end = found.begin + match.size();
  return true;
}

std::vector<Occurrence> Pattern::find_all(std::string_view text) const {
  std::vector<Occurrence> all;
  std::size_t from = 0;
  Occurrence found;
  while (all.size() < kMostOccurrences && find(text, from, found)) {
    all.push_back(found);
    from = found.end > found.begin ? found.end : found.end + 1;
  }
  return all;
}

std::string_view Pattern::text() const {
  return std::string_view(regex_->pattern()).substr(kFlags.size());
}

}  // namespace bootproof
