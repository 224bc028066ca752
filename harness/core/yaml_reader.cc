#include "harness/core/yaml_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <system_error>

#include "harness/core/files.h"
#include "harness/core/source_excerpt.h"
#include "harness/core/text.h"
#include "harness/core/yaml_document.h"

namespace bootproof {
namespace {

/// A unit and what one of it is in the smallest unit.
struct Unit {
  std::string_view name;
  std::int64_t factor;
};

constexpr std::array<Unit, 4> kTimeUnits{
    {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}}};
constexpr std::array<Unit, 2> kMemoryUnits{{{"M", 1}, {"G", 1024}}};

/// `text` cut to what fits into a message.
std::string shortened(std::string_view text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) {
    return std::string(text);
  }
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0U) == 0x80U) {
    --end;
  }
  return fmt::format("{}...", text.substr(0, end));
}

/// "a, b, c", at most the first 60 of them.
std::string comma_separated(std::span<const std::string_view> words) {
  constexpr std::size_t kMost = 60;
  const std::string list =
      fmt::format("{}", fmt::join(words.first(std::min(kMost, words.size())), ", "));
  return words.size() > kMost ? list + ", ..." : list;
}

/// "did you mean 'x'? known keys: a, b" with `what` "known keys".
std::string known_words_hint(std::string_view word, std::span<const std::string_view> known,
                             std::string_view what) {
  const std::string list = fmt::format("{}: {}", what, comma_separated(known));
  const std::string_view nearest = nearest_word(word, known);
  return nearest.empty() ? list : fmt::format("did you mean '{}'? {}", nearest, list);
}

/// A decimal number with at most three decimals and a unit, in the smallest unit; nothing where
/// `text` is not that, or not a whole number of the smallest unit.
std::optional<std::int64_t> parse_quantity(std::string_view text, std::span<const Unit> units) {
  constexpr std::size_t kMaximumDigits = 9;
  std::int64_t thousandths = 0;
  std::size_t at = 0;
  const auto read_digits = [&](std::size_t most) {
    const std::size_t start = at;
    for (; at < text.size() && at - start < most && text[at] >= '0' && text[at] <= '9'; ++at) {
      thousandths = thousandths * 10 + (text[at] - '0');
    }
    return at - start;
  };
  if (read_digits(kMaximumDigits) == 0) {
    return std::nullopt;
  }
  std::size_t decimals = 0;
  if (at < text.size() && text[at] == '.') {
    ++at;
    decimals = read_digits(3);
    if (decimals == 0) {
      return std::nullopt;
    }
  }
  for (; decimals < 3; ++decimals) {
    thousandths *= 10;
  }
  for (const Unit& unit : units) {
    if (text.substr(at) == unit.name) {
      const std::int64_t product = thousandths * unit.factor;
      return product % 1000 == 0 ? std::optional(product / 1000) : std::nullopt;
    }
  }
  return std::nullopt;
}

}  // namespace

YamlNode::YamlNode(std::shared_ptr<const YamlDocument> document, std::uint32_t index)
    : document_(std::move(document)), index_(index) {}

YamlNode YamlNode::load_file(const std::filesystem::path& file) {
  const auto refuse = [&](std::string_view message, std::string_view hint) {
    return yaml_error(file.string(), {}, 0, 0, message, hint);
  };
  std::error_code code;
  const std::filesystem::file_status status = std::filesystem::status(file, code);
  if (status.type() == std::filesystem::file_type::not_found) {
    throw refuse("no such file", "check the path; relative paths start at the current folder");
  }
  if (code) {
    throw refuse(code.message(), "check the permissions of the file and of its folders");
  }
  if (std::filesystem::is_directory(status)) {
    throw refuse("is a folder, expected a YAML file", "name the file in it");
  }
  if (!std::filesystem::is_regular_file(status)) {
    throw refuse("is not a regular file", "copy its text to a file first");
  }
  const Result<std::string> bytes = read_file(file, kMaximumYamlBytes);
  if (!bytes) {
    if (std::filesystem::file_size(file, code) > kMaximumYamlBytes && !code) {
      throw refuse("larger than 1 MiB",
                   "a scenario or recipe file is text of a few pages: is this the right file?");
    }
    throw Error(ErrorKind::kScenario, bytes.error().message(), bytes.error().hint());
  }
  return load_text(*bytes, file.string());
}

YamlNode YamlNode::load_text(std::string_view text, std::string file_name) {
  std::shared_ptr<const YamlDocument> document = parse_yaml(text, std::move(file_name));
  const std::uint32_t root = document->root;
  return {std::move(document), root};
}

const YamlValue& YamlNode::value() const { return document_->nodes[index_]; }

bool YamlNode::is_scalar() const {
  return absent_key_.empty() && value().kind == YamlValue::Kind::kScalar;
}
bool YamlNode::is_list() const {
  return absent_key_.empty() && value().kind == YamlValue::Kind::kList;
}
bool YamlNode::is_map() const {
  return absent_key_.empty() && value().kind == YamlValue::Kind::kMap;
}
bool YamlNode::is_absent() const {
  return !absent_key_.empty() || value().kind == YamlValue::Kind::kNull;
}

SourceMark YamlNode::mark() const { return {document_->file, value().line, value().column}; }

Error YamlNode::error(std::string_view message, std::string_view hint) const {
  return yaml_error(document_->file, document_->text, value().line, value().column, message, hint);
}

Error YamlNode::error_at_key(std::string_view key, std::string_view message,
                             std::string_view hint) const {
  if (is_map()) {
    const std::vector<std::uint32_t>& indices = value().children;
    for (std::size_t i = 0; i + 1 < indices.size(); i += 2) {
      if (document_->nodes[indices[i]].text == key) {
        return YamlNode(document_, indices[i]).error(message, hint);
      }
    }
  }
  if (base_ && base_->find(key).absent_key_.empty()) {
    return base_->error_at_key(key, message, hint);
  }
  return error(message, hint);
}

/// What a message is about: the key under which this stands.
std::string YamlNode::subject() const {
  if (value().label == YamlValue::kNoLabel) {
    return index_ == document_->root ? "the file" : "this";
  }
  return fmt::format("{}'{}'", value().element ? "an entry of " : "",
                     shortened(document_->nodes[value().label].text));
}

/// What stands here instead of what was expected.
std::string YamlNode::found() const {
  switch (value().kind) {
    case YamlValue::Kind::kScalar:
      return fmt::format("'{}'", shortened(value().text));
    case YamlValue::Kind::kList:
      return "a list";
    case YamlValue::Kind::kMap:
      return "a map";
    case YamlValue::Kind::kNull:
      break;
  }
  return "nothing";
}

Error YamlNode::mismatch(std::string_view expected, std::string_view hint) const {
  if (!absent_key_.empty()) {
    return error(fmt::format("missing key '{}'", absent_key_),
                 hint.empty() ? fmt::format("add '{}:' here", absent_key_) : std::string(hint));
  }
  return error(fmt::format("{} must be {}, found {}", subject(), expected, found()), hint);
}

const std::string& YamlNode::scalar(std::string_view expected, std::string_view hint) const {
  if (!is_scalar()) {
    throw mismatch(expected, hint);
  }
  return value().text;
}

std::string YamlNode::text() const {
  const std::string& text = scalar("text");
  if (text.empty()) {
    throw error(fmt::format("{} must not be empty", subject()));
  }
  return text;
}

std::string YamlNode::text_or_empty() const { return scalar("text"); }

std::string YamlNode::text_with_escapes() const {
  constexpr std::string_view kLetters = "nrte\\";
  constexpr std::string_view kMeanings = "\n\r\t\x1b\\";
  std::string text = this->text();
  if (value().double_quoted) {
    return text;
  }
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t letter = text[i] == '\\' && i + 1 < text.size() ? kLetters.find(text[i + 1])
                                                                      : std::string_view::npos;
    if (letter == std::string_view::npos) {
      out += text[i];
    } else {
      out += kMeanings[letter];
      ++i;
    }
  }
  return out;
}

bool YamlNode::boolean() const {
  const std::string& text = scalar("true or false");
  if (value().quoted || (text != "true" && text != "false")) {
    throw mismatch("true or false", "write true or false, without quotes");
  }
  return text == "true";
}

std::int64_t YamlNode::integer(std::int64_t least, std::int64_t most) const {
  const std::string expected = fmt::format("a whole number from {} to {}", least, most);
  const std::string& text = scalar(expected);
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, code] = std::from_chars(text.data(), end, number);
  if (value().quoted || code != std::errc() || stop != end || number < least || number > most) {
    throw mismatch(expected);
  }
  return number;
}

std::chrono::milliseconds YamlNode::duration() const {
  constexpr std::string_view kExpected = "a time with a unit";
  constexpr std::string_view kHint = "write for example 500ms, 20s, 1.5s or 2m";
  constexpr std::chrono::milliseconds kLongest = std::chrono::hours(24);
  const std::optional<std::int64_t> count = parse_quantity(scalar(kExpected, kHint), kTimeUnits);
  if (!count) {
    throw mismatch(kExpected, kHint);
  }
  if (*count == 0 || *count > kLongest.count()) {
    throw mismatch("a time from 1ms to 24h");
  }
  return std::chrono::milliseconds(*count);
}

std::uint32_t YamlNode::memory_mib() const {
  constexpr std::string_view kExpected = "a size with a unit";
  constexpr std::string_view kHint = "write for example 512M or 2G";
  constexpr std::int64_t kMost = std::int64_t{1} << 20U;
  const std::optional<std::int64_t> mib = parse_quantity(scalar(kExpected, kHint), kMemoryUnits);
  if (!mib) {
    throw mismatch(kExpected, kHint);
  }
  if (*mib == 0 || *mib > kMost) {
    throw mismatch("a size from 1M to 1024G");
  }
  return static_cast<std::uint32_t>(*mib);
}

std::size_t YamlNode::one_of(std::span<const std::string_view> allowed,
                             std::string_view what) const {
  const std::string& word = scalar("a word", "known: " + comma_separated(allowed));
  for (std::size_t i = 0; i < allowed.size(); ++i) {
    if (allowed[i] == word) {
      return i;
    }
  }
  throw error(fmt::format("unknown {} '{}'", what, shortened(word)),
              known_words_hint(word, allowed, "known"));
}

std::vector<YamlNode> YamlNode::children() const {
  std::vector<YamlNode> nodes;
  nodes.reserve(value().children.size());
  for (const std::uint32_t child : value().children) {
    nodes.push_back(YamlNode(document_, child));
  }
  return nodes;
}

std::vector<YamlNode> YamlNode::list_or_single() const {
  if (is_absent()) {
    throw mismatch("a value or a list of values");
  }
  return is_list() ? children() : std::vector<YamlNode>{*this};
}

std::vector<YamlNode> YamlNode::list() const {
  if (!is_list()) {
    throw mismatch("a list");
  }
  return children();
}

std::vector<std::pair<std::string, YamlNode>> YamlNode::entries() const {
  if (!is_map()) {
    throw mismatch("a map");
  }
  std::vector<std::pair<std::string, YamlNode>> entries;
  const std::vector<std::uint32_t>& indices = value().children;
  entries.reserve(indices.size() / 2);
  for (std::size_t i = 0; i + 1 < indices.size(); i += 2) {
    entries.emplace_back(document_->nodes[indices[i]].text, YamlNode(document_, indices[i + 1]));
  }
  return entries;
}

YamlNode YamlNode::find(std::string_view key) const {
  if (!is_map()) {
    throw mismatch("a map");
  }
  const std::vector<std::uint32_t>& indices = value().children;
  for (std::size_t i = 0; i + 1 < indices.size(); i += 2) {
    if (document_->nodes[indices[i]].text == key) {
      return {document_, indices[i + 1]};
    }
  }
  if (base_) {
    YamlNode inherited = base_->find(key);
    if (inherited.absent_key_.empty()) {
      return inherited;
    }
  }
  YamlNode absent(document_, index_);
  absent.absent_key_ = key;
  return absent;
}

YamlNode YamlNode::require(std::string_view key) const {
  YamlNode node = find(key);
  if (!node.absent_key_.empty()) {
    throw node.mismatch("there");
  }
  if (node.is_absent()) {
    throw node.error(fmt::format("'{}' has no value", key));
  }
  return node;
}

YamlNode YamlNode::with_base(YamlNode base) const {
  YamlNode node = *this;
  node.base_ = std::make_shared<const YamlNode>(std::move(base));
  return node;
}

void YamlNode::check_keys(std::span<const std::string_view> known, std::string_view what) const {
  if (!is_map()) {
    throw mismatch("a map", fmt::format("known keys: {}", comma_separated(known)));
  }
  const std::vector<std::uint32_t>& indices = value().children;
  for (std::size_t i = 0; i + 1 < indices.size(); i += 2) {
    const std::string& key = document_->nodes[indices[i]].text;
    if (std::find(known.begin(), known.end(), key) == known.end()) {
      throw YamlNode(document_, indices[i])
          .error(fmt::format("unknown key '{}' in {}", shortened(key), what),
                 known_words_hint(key, known, "known keys"));
    }
  }
}

Error error_at(const SourceMark& mark, std::string_view message, std::string_view hint) {
  std::error_code code;
  if (mark.line > 0 && std::filesystem::is_regular_file(mark.file, code)) {
    if (const Result<std::string> text = read_file(mark.file, kMaximumYamlBytes)) {
      return yaml_error(mark.file, *text, mark.line, mark.column, message, hint);
    }
  }
  return yaml_error(mark.file, {}, mark.line, mark.column, message, hint);
}

}  // namespace bootproof
