#include "harness/core/yaml_document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <array>
#include <map>
#include <sstream>
#include <tuple>
#include <unordered_set>
#include <utility>

#include "harness/core/source_excerpt.h"

namespace bootproof {
namespace {

constexpr std::string_view kQuoteHint =
    "check the indentation, and put text that holds ': ' or ' #' or begins with one of "
    "[ ] { } * & ! | > % @ ` into 'single quotes'";
constexpr std::string_view kOpenQuoteHint = "a quote is opened and never closed";

/// What to do about an error of yaml-cpp, by its message.
struct Remedy {
  std::string_view message;  ///< Begins with this.
  std::string_view hint;
};

constexpr std::array<Remedy, 6> kRemedies{{
    {"unknown escape character",
     R"(a backslash in double quotes begins an escape: write \\ for it, or use 'single quotes')"},
    {"the referenced anchor is not defined",
     "'*' begins an alias: define it before with '&', or put the text into 'single quotes'"},
    {"end of sequence flow not found", "a '[' is opened and never closed, or a comma is missing"},
    {"end of map flow not found", "a '{' is opened and never closed, or a comma is missing"},
    {"illegal document indicator in scalar", kOpenQuoteHint},
    {"illegal EOF in scalar", kOpenQuoteHint},
}};

/// The hint for an error of yaml-cpp in `line`.
std::string_view hint_for(std::string_view message, std::string_view line) {
  for (const Remedy& remedy : kRemedies) {
    if (message.substr(0, remedy.message.size()) == remedy.message) {
      return remedy.hint;
    }
  }
  const std::size_t text = line.find_first_not_of(" \t");
  if (text != std::string_view::npos && line.substr(0, text).find('\t') != std::string_view::npos) {
    return "the line is indented with a tab: YAML wants spaces";
  }
  return kQuoteHint;
}

/// Source text as the parser gets it: no byte order mark, line feeds alone. Throws Error for bytes
/// that no YAML file may hold (YAML 1.2.2, 5.1): yaml-cpp would take U+0004 for the end of the
/// file.
std::string checked_source(std::string_view bytes, const std::string& file) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (bytes.substr(0, kByteOrderMark.size()) == kByteOrderMark) {
    bytes.remove_prefix(kByteOrderMark.size());
  }
  std::string text;
  text.reserve(bytes.size());
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < bytes.size();) {
    const auto refuse = [&](std::string_view message, std::string_view hint) {
      const int column = count_characters(bytes.substr(line_start, i - line_start)) + 1;
      return yaml_error(file, bytes, line, column, message, hint);
    };
    const auto byte = static_cast<std::uint8_t>(bytes[i]);
    if (byte == '\r' && i + 1 < bytes.size() && bytes[i + 1] == '\n') {
      ++i;
      continue;
    }
    if ((byte < 0x20U && byte != '\t' && byte != '\n') || byte == 0x7FU) {
      throw refuse(fmt::format("control character 0x{:02x} in the file", byte),
                   R"(write it as an escape in double quotes, such as "\e" or "\x03")");
    }
    const std::size_t length = utf8_length(bytes.substr(i));
    if (length == 0) {
      throw refuse(fmt::format("byte 0x{:02x} is not valid UTF-8", byte), "save the file as UTF-8");
    }
    text.append(bytes.substr(i, length));
    i += length;
    if (byte == '\n') {
      ++line;
      line_start = i;
    }
  }
  return text;
}

/// Builds the document from yaml-cpp's events. Depth and number of nodes are bounded here, before
/// the parser's recursion or the memory can grow.
class DocumentBuilder : public YAML::EventHandler {
 public:
  explicit DocumentBuilder(YamlDocument& document) : document_(document) {
    for (std::size_t at = 0; at != std::string::npos;) {
      line_starts_.push_back(at);
      at = document_.text.find('\n', at);
      at += at == std::string::npos ? 0 : 1;
    }
  }

  /// True where the file held nothing but blanks and comments.
  [[nodiscard]] bool is_empty() const {
    if (document_.nodes.empty()) {
      return true;
    }
    const YamlValue& root = document_.nodes[document_.root];
    return root.kind == YamlValue::Kind::kNull &&
           std::pair(root.line, root.column) == place_at(document_.text.size());
  }

  [[nodiscard]] Error error(const YAML::Mark& mark, std::string_view message,
                            std::string_view hint) const {
    const auto [line, column] = place_of(mark);
    return yaml_error(document_.file, document_.text, line, column, message, hint);
  }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_document_) {
      throw error(mark, "content after the end of the document",
                  "a file holds one YAML document: check the indentation, or remove '---'");
    }
    has_document_ = true;
  }
  void OnDocumentEnd() override {}

  /// What to throw for an error of yaml-cpp.
  [[nodiscard]] Error syntax_error(const YAML::Exception& e) const {
    const auto [line, column] = place_of(e.mark);
    const std::string_view hint = hint_for(e.msg, line_of(document_.text, line));
    if (hint == kOpenQuoteHint) {
      return yaml_error(document_.file, document_.text, last_line_, last_column_,
                        "not valid YAML: no closing quote after this", hint);
    }
    return yaml_error(document_.file, document_.text, line, column, "not valid YAML: " + e.msg,
                      hint);
  }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(YamlValue::Kind::kNull, mark, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end() || found->second.size == 0) {
      throw error(mark, "alias inside of what it stands for", "write the value out instead");
    }
    count(found->second.size, mark);
    attach(found->second.node, mark);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(tag, mark);
    add(YamlValue::Kind::kScalar, mark, anchor, value, tag == "!");
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value /*style*/) override {
    check_tag(tag, mark);
    open(YamlValue::Kind::kList, mark, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value /*style*/) override {
    check_tag(tag, mark);
    open(YamlValue::Kind::kMap, mark, anchor);
  }
  void OnMapEnd() override { close(); }

 private:
  /// A list or map whose end has not come yet.
  struct Open {
    std::uint32_t node = 0;
    YAML::anchor_t anchor = 0;
    std::size_t count_before = 0;
    bool has_key = false;  ///< In a map: a key waits for its value.
    std::unordered_set<std::string> keys;
  };
  struct Anchor {
    std::uint32_t node = 0;
    std::size_t size = 0;  ///< Nodes it stands for; 0 while it is open.
  };

  /// Offset of a mark in the text; the end of the text where it lies outside.
  [[nodiscard]] std::size_t offset_of(const YAML::Mark& mark) const {
    const auto line = static_cast<std::size_t>(std::max(mark.line, 0));
    if (line >= line_starts_.size()) {
      return document_.text.size();
    }
    return std::min(line_starts_[line] + static_cast<std::size_t>(std::max(mark.column, 0)),
                    document_.text.size());
  }

  /// Line and column, from 1. Counts on from the last answer where that stands before in the same
  /// line, which keeps the work linear for a long line with many values.
  [[nodiscard]] std::pair<int, int> place_at(std::size_t offset) const {
    const auto line = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset) - 1;
    if (counted_to_ < *line || counted_to_ > offset) {
      counted_to_ = *line;
      counted_ = 0;
    }
    counted_ += count_characters(
        std::string_view(document_.text).substr(counted_to_, offset - counted_to_));
    counted_to_ = offset;
    return {static_cast<int>(line - line_starts_.begin()) + 1, counted_ + 1};
  }
  [[nodiscard]] std::pair<int, int> place_of(const YAML::Mark& mark) const {
    return place_at(offset_of(mark));
  }

  /// Where an element that is not there would stand: yaml-cpp says where the next token stands.
  /// Goes back over blanks to the dash.
  [[nodiscard]] std::pair<int, int> place_of_nothing(const YAML::Mark& mark) const {
    const std::size_t offset = offset_of(mark);
    const std::string_view before = std::string_view(document_.text).substr(0, offset);
    const std::size_t last = before.find_last_not_of(" \n");
    const bool is_dash = last != std::string_view::npos && before[last] == '-';
    return place_at(is_dash ? last : offset);
  }

  /// True where a scalar's source begins with a double quote, after an anchor if it has one.
  [[nodiscard]] bool is_double_quoted(const YAML::Mark& mark) const {
    std::string_view source = std::string_view(document_.text).substr(offset_of(mark));
    if (!source.empty() && source[0] == '&') {
      source.remove_prefix(std::min(source.find_first_of(" \n"), source.size()));
      source.remove_prefix(std::min(source.find_first_not_of(" \n"), source.size()));
    }
    return !source.empty() && source[0] == '"';
  }

  void check_tag(const std::string& tag, const YAML::Mark& mark) const {
    if (!tag.empty() && tag != "?" && tag != "!") {
      throw error(mark, "a YAML tag has no meaning here", "remove the word that begins with '!'");
    }
  }

  void count(std::size_t nodes, const YAML::Mark& mark) {
    count_ += nodes;
    if (count_ > kMaximumYamlNodes) {
      throw error(mark, fmt::format("more than {} values in the file", kMaximumYamlNodes),
                  "split the file, and look for aliases (*name) that multiply");
    }
  }

  std::uint32_t add(YamlValue::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor,
                    const std::string& text = {}, bool quoted = false) {
    count(1, mark);
    const auto index = static_cast<std::uint32_t>(document_.nodes.size());
    YamlValue& node = document_.nodes.emplace_back();
    node.kind = kind;
    node.quoted = quoted;
    node.double_quoted = quoted && is_double_quoted(mark);
    node.text = text;
    std::tie(node.line, node.column) = place_of(mark);
    last_line_ = node.line;
    last_column_ = node.column;
    const bool is_open = kind == YamlValue::Kind::kList || kind == YamlValue::Kind::kMap;
    if (anchor != YAML::NullAnchor) {
      anchors_[anchor] = {index, is_open ? 0U : 1U};
    }
    attach(index, mark);
    return index;
  }

  /// Hangs a node into the list or map that is open.
  void attach(std::uint32_t index, const YAML::Mark& mark) {
    if (open_.empty()) {
      document_.root = index;
      return;
    }
    Open& parent = open_.back();
    YamlValue& container = document_.nodes[parent.node];
    YamlValue& node = document_.nodes[index];
    if (container.kind == YamlValue::Kind::kMap && !parent.has_key) {
      check_key(node, parent, mark);
      parent.has_key = true;
    } else if (container.kind == YamlValue::Kind::kMap) {
      parent.has_key = false;
      const std::uint32_t key = container.children.back();
      if (node.label == YamlValue::kNoLabel) {
        node.label = key;
      }
      if (node.kind == YamlValue::Kind::kNull) {
        // yaml-cpp puts a value that is not there where the next token stands.
        node.line = document_.nodes[key].line;
        node.column = document_.nodes[key].column;
      }
    } else {
      if (node.label == YamlValue::kNoLabel) {
        node.label = container.label;
        node.element = true;
      }
      if (node.kind == YamlValue::Kind::kNull) {
        std::tie(node.line, node.column) = place_of_nothing(mark);
      }
    }
    container.children.push_back(index);
  }

  void check_key(const YamlValue& key, Open& parent, const YAML::Mark& mark) const {
    if (key.kind != YamlValue::Kind::kScalar || key.text.empty()) {
      throw error(mark, "a key must be a word", kQuoteHint);
    }
    if (key.text == "<<" && !key.quoted) {
      throw error(mark, "merge keys ('<<') are not supported", "write the keys out instead");
    }
    if (!parent.keys.insert(key.text).second) {
      throw error(mark, fmt::format("duplicate key '{}'", key.text), first_use_of(key, parent));
    }
  }

  [[nodiscard]] std::string first_use_of(const YamlValue& key, const Open& parent) const {
    const std::vector<std::uint32_t>& children = document_.nodes[parent.node].children;
    for (std::size_t i = 0; i < children.size(); i += 2) {
      const YamlValue& other = document_.nodes[children[i]];
      if (other.text == key.text) {
        return fmt::format("it is given before in line {}: remove one of the two", other.line);
      }
    }
    return {};
  }

  void open(YamlValue::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (open_.size() == kMaximumYamlDepth) {
      throw error(mark, fmt::format("nested deeper than {} levels", kMaximumYamlDepth),
                  "look for brackets that are never closed");
    }
    const std::size_t count_before = count_;
    const std::uint32_t index = add(kind, mark, anchor);
    open_.push_back({index, anchor, count_before, false, {}});
  }

  void close() {
    const Open& done = open_.back();
    if (done.anchor != YAML::NullAnchor) {
      anchors_[done.anchor].size = count_ - done.count_before;
    }
    open_.pop_back();
  }

  YamlDocument& document_;
  std::vector<std::size_t> line_starts_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, Anchor> anchors_;
  std::size_t count_ = 0;
  mutable std::size_t counted_to_ = 0;  ///< Offset up to which place_at has counted,
  mutable int counted_ = 0;             ///< and how many characters of its line stand before that.
  int last_line_ = 1;
  int last_column_ = 1;
  bool has_document_ = false;
};

}  // namespace

std::shared_ptr<const YamlDocument> parse_yaml(std::string_view text, std::string file_name) {
  auto document = std::make_shared<YamlDocument>();
  document->file = std::move(file_name);
  if (text.size() > kMaximumYamlBytes) {
    throw yaml_error(document->file, {}, 0, 0, "larger than 1 MiB",
                     "a scenario or recipe file is text of a few pages: is this the right file?");
  }
  document->text = checked_source(text, document->file);
  DocumentBuilder builder(*document);
  try {
    // yaml-cpp takes the end of the file for a closing quote. The mark for the end of a document
    // can't stand in quotes, so that an open one is found.
    std::istringstream in(document->text + "\n...\n");
    YAML::Parser parser(in);
    while (parser.HandleNextDocument(builder)) {
    }
  } catch (const YAML::Exception& e) {
    throw builder.syntax_error(e);
  }
  if (builder.is_empty()) {
    throw yaml_error(document->file, {}, 0, 0, "empty file", "expected YAML");
  }
  return document;
}

}  // namespace bootproof
