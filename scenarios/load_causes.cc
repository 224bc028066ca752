#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string_view>
#include <utility>

#include "harness/core/text.h"
#include "scenarios/reader.h"

namespace bootproof {
namespace {

constexpr std::size_t kLongestId = 64;
constexpr std::size_t kLongestPattern = 1024;
/// Bounds what the patterns of a file cost.
constexpr std::size_t kMostCauses = 256;
constexpr std::size_t kMostPatterns = 16;

bool is_cause_id(std::string_view text) {
  const auto is_word = [](std::string_view word) {
    return !word.empty() && word.front() != '-' &&
           std::all_of(word.begin(), word.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
  };
  std::size_t words = 0;
  std::string_view rest = text;
  while (true) {
    const std::size_t dot = rest.find('.');
    if (!is_word(rest.substr(0, dot))) {
      return false;
    }
    ++words;
    if (dot == std::string_view::npos) {
      return words > 1 && text.size() <= kLongestId;
    }
    rest = rest.substr(dot + 1);
  }
}

std::string read_id(const YamlNode& node, const Vocabulary& vocabulary) {
  std::string id = node.text();
  if (!is_cause_id(id)) {
    throw node.error(fmt::format("'{}' can't be the id of a cause", id),
                     fmt::format("words of small letters, digits and - with dots between, at most "
                                 "{} characters: site.nic-firmware",
                                 kLongestId));
  }
  const std::string_view first = first_word(id);
  const std::set<std::string_view> taken = taken_first_words(vocabulary);
  if (taken.count(first) != 0) {
    throw node.error(fmt::format("'{}' begins with '{}', as bootproof's own causes do", id, first),
                     fmt::format("begin with a word of your own, such as 'site.{}'; taken are {}",
                                 id.substr(id.find('.') + 1), fmt::join(taken, ", ")));
  }
  const auto& before = vocabulary.own_causes;
  if (std::find(before.begin(), before.end(), id) != before.end()) {
    throw node.error(fmt::format("a cause '{}' is defined already", id),
                     "ids are unique over this file and those of --causes: change one");
  }
  return id;
}

std::string read_pattern(const YamlNode& node) {
  std::string pattern = node.text();
  if (pattern.size() > kLongestPattern) {
    throw node.error(fmt::format("the pattern has {} characters, {} are allowed", pattern.size(),
                                 kLongestPattern));
  }
  RE2::Options options;
  options.set_log_errors(false);
  const RE2 compiled(pattern, options);
  if (!compiled.ok()) {
    throw node.error(fmt::format("bad pattern '{}': {}", pattern, compiled.error()),
                     "the syntax is that of RE2; \\ makes ( ) [ ] . * + ? | { } plain");
  }
  if (RE2::PartialMatch("", compiled)) {
    throw node.error(fmt::format("the pattern '{}' matches an empty line, and so any", pattern),
                     "name at least one character that has to be there");
  }
  return pattern;
}

std::vector<std::string> read_patterns(const YamlNode& node) {
  std::vector<std::string> patterns;
  for (const YamlNode& entry : node.list_or_single()) {
    patterns.push_back(read_pattern(entry));
  }
  if (patterns.empty() || patterns.size() > kMostPatterns) {
    throw node.error(
        fmt::format("'pattern' must be one or up to {}, found {}", kMostPatterns, patterns.size()));
  }
  return patterns;
}

std::string read_link(const YamlNode& node) {
  std::string link = read_plain_text(node);
  const bool is_address = (link.starts_with("https://") || link.starts_with("http://")) &&
                          link.find(' ') == std::string::npos;
  if (!is_address) {
    throw node.error(fmt::format("'link' must be an address, found '{}'", link),
                     "it begins with https:// or http:// and has no blanks");
  }
  return link;
}

std::vector<std::string> read_globs(const YamlNode& node) {
  std::vector<std::string> globs;
  for (const YamlNode& entry : node.list_or_single()) {
    globs.push_back(entry.text());
    const bool is_plain = std::all_of(globs.back().begin(), globs.back().end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
             std::string_view("-.*?").find(c) != std::string_view::npos;
    });
    if (!is_plain || globs.back().size() > kLongestId) {
      throw entry.error(fmt::format("'{}' is no cause and no pattern of causes", globs.back()),
                        "such as machine.silent, 'kernel.panic.*' or '*'");
    }
  }
  if (globs.empty()) {
    throw node.error("'explains' is an empty list", "name the causes that it is the reason of");
  }
  return globs;
}

/// "2027-01-31".
std::chrono::sys_days read_date(const YamlNode& node) {
  const std::string text = node.text();
  const auto number = [&text](std::size_t at, std::size_t size) {
    unsigned value = 0;
    const char* const end = text.data() + at + size;
    const auto [stop, error] = std::from_chars(text.data() + at, end, value);
    return error == std::errc{} && stop == end ? static_cast<int>(value) : -1;
  };
  constexpr std::size_t kLength = 10;
  std::chrono::year_month_day day{};
  if (text.size() == kLength && text[4] == '-' && text[7] == '-' && number(0, 4) >= 0 &&
      number(5, 2) >= 0 && number(8, 2) >= 0) {
    day = std::chrono::year(number(0, 4)) / number(5, 2) / number(8, 2);
  }
  if (!day.ok()) {
    throw node.error(fmt::format("'{}' is no day", text), "write it as 2027-01-31");
  }
  return std::chrono::sys_days(day);
}

/// Refuses a key that another one has to go with.
void check_goes_with(const YamlNode& node, std::string_view key, bool is_right,
                     std::string_view other) {
  if (!is_right && !node.find(key).is_absent()) {
    throw node.error_at_key(key, fmt::format("'{}' goes with `{}`", key, other),
                            fmt::format("write `{}`, or remove '{}'", other, key));
  }
}

OwnCause read_own_cause(const YamlNode& node, const Vocabulary& vocabulary) {
  check_section(node, Section::kCause);
  OwnCause cause;
  cause.mark = node.mark();
  cause.id = read_id(node.require("id"), vocabulary);
  cause.stage = kStageWords.at(node.require("stage").one_of(kStageWords, "stage"));
  cause.patterns = read_patterns(node.require("pattern"));
  cause.sentence = read_plain_text(node.require("sentence"));
  const YamlNode hint = node.find("hint");
  cause.hint = hint.is_absent() ? std::string() : read_plain_text(hint);
  const YamlNode link = node.find("link");
  cause.link = link.is_absent() ? std::string() : read_link(link);
  const YamlNode proof = node.find("proof");
  if (!proof.is_absent()) {
    cause.proof = static_cast<OwnProof>(proof.one_of(kProofWords, "word for 'proof'"));
  }
  check_goes_with(node, "settle", cause.proof == OwnProof::kSettled, "proof: settled");
  check_goes_with(node, "explains", cause.proof == OwnProof::kExplains, "proof: explains");
  const YamlNode settle = node.find("settle");
  if (!settle.is_absent()) {
    cause.settle = settle.duration();
  }
  const YamlNode explains = node.find("explains");
  if (!explains.is_absent()) {
    cause.explains = read_globs(explains);
  }
  const YamlNode ignore = node.find("ignore");
  cause.ignore = !ignore.is_absent() && ignore.boolean();
  check_goes_with(node, "expires", cause.ignore, "ignore: true");
  const YamlNode expires = node.find("expires");
  if (!expires.is_absent()) {
    cause.expires = read_date(expires);
  }
  return cause;
}

}  // namespace

std::string_view first_word(std::string_view id) { return id.substr(0, id.find('.')); }

std::set<std::string_view> taken_first_words(const Vocabulary& vocabulary) {
  std::set<std::string_view> taken;
  for (const std::string_view cause : vocabulary.causes) {
    taken.insert(first_word(cause));
  }
  return taken;
}

std::vector<OwnCause> read_own_causes(const YamlNode& node, const Vocabulary& vocabulary) {
  std::vector<OwnCause> causes;
  const std::vector<YamlNode> entries = node.list();
  if (entries.size() > kMostCauses) {
    throw node.error(fmt::format("{} causes, {} are allowed", entries.size(), kMostCauses));
  }
  causes.reserve(entries.size());  // The vocabulary refers to them.
  Vocabulary known = vocabulary;
  for (const YamlNode& entry : entries) {
    causes.push_back(read_own_cause(entry, known));
    known.own_causes.push_back(causes.back().id);
  }
  return causes;
}

std::vector<OwnCause> load_own_causes(const std::filesystem::path& file,
                                      const Vocabulary& vocabulary) {
  const YamlNode root = YamlNode::load_file(file);
  check_section(root, Section::kCausesFile);
  const YamlNode version = root.require("version");
  if (version.text() != "1") {
    throw version.error(fmt::format("version {} is not known", version.text()),
                        "this program reads version 1");
  }
  return read_own_causes(root.require("causes"), vocabulary);
}

}  // namespace bootproof
