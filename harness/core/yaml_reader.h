#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

struct YamlDocument;
struct YamlValue;

/// A place in a YAML file. Line and column count from 1; 0 means "the file as a whole".
struct SourceMark {
  std::string file;
  int line = 0;
  int column = 0;
};

/// A node of a YAML file that knows where it stands, so that whatever is wrong with it can be said
/// with file:line:column, the line, a caret and the nearest known word. Every accessor throws Error
/// (kScenario) with that text when the node is not what the accessor asks for. Cheap to copy; keeps
/// the document alive.
class YamlNode {
 public:
  /// Reads a file. Throws Error: kScenario where the file is missing, unreadable, a folder, empty,
  /// over 1 MiB, no valid YAML or UTF-8, has more than one document, duplicate keys, merge keys
  /// (`<<`), tags, or nests deeper than 64 or expands (aliases) to more than 100,000 nodes.
  static YamlNode load_file(const std::filesystem::path& file);
  /// The same for text in memory; `file_name` is what messages call it.
  static YamlNode load_text(std::string_view text, std::string file_name);

  [[nodiscard]] bool is_scalar() const;
  [[nodiscard]] bool is_list() const;
  [[nodiscard]] bool is_map() const;
  /// True for a key that is absent, and for YAML's null.
  [[nodiscard]] bool is_absent() const;
  /// Where it stands; for a key that is absent, where the map stands.
  [[nodiscard]] SourceMark mark() const;

  /// Scalars. Text is never empty.
  [[nodiscard]] std::string text() const;
  /// As text(), but may be empty.
  [[nodiscard]] std::string text_or_empty() const;
  /// As text(), with the escapes \n, \r, \t, \e and \\ resolved outside of double quotes too
  /// (inside, YAML has done it): so 'ls\n' and "ls\n" are the same. Other backslashes stay.
  [[nodiscard]] std::string text_with_escapes() const;
  [[nodiscard]] bool boolean() const;  ///< `true` or `false` only, without quotes.
  /// A decimal number without quotes, from `least` to `most`.
  [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const;
  /// "20s", "500ms", "2m", "1.5s", "1h"; more than 0 and at most 24 hours. A number without a unit
  /// is refused.
  [[nodiscard]] std::chrono::milliseconds duration() const;
  /// "512M", "2G" -> MiB, from 1M to 1024G. A number without a unit is refused.
  [[nodiscard]] std::uint32_t memory_mib() const;
  /// Index in `allowed`; an unknown word is refused with the nearest one.
  [[nodiscard]] std::size_t one_of(std::span<const std::string_view> allowed,
                                   std::string_view what) const;

  /// The elements of a list; a scalar or map that stands where a list may is a list of one.
  [[nodiscard]] std::vector<YamlNode> list_or_single() const;
  /// The elements of a list; anything else is refused.
  [[nodiscard]] std::vector<YamlNode> list() const;
  /// The entries of a map in file order, keys as text.
  [[nodiscard]] std::vector<std::pair<std::string, YamlNode>> entries() const;
  /// The value of `key` in a map; a node for which is_absent() holds where there is none.
  [[nodiscard]] YamlNode find(std::string_view key) const;
  /// The value of `key`; refused with "missing key" where there is none.
  [[nodiscard]] YamlNode require(std::string_view key) const;
  /// This map with what it does not have taken from `base`, another map: find(), require() and
  /// error_at_key() look there too; entries() and check_keys() do not.
  [[nodiscard]] YamlNode with_base(YamlNode base) const;
  /// Refuses every key of this map that is not in `known`, with the nearest known one.
  void check_keys(std::span<const std::string_view> known, std::string_view what) const;

  /// An Error (kScenario) that points here: "file:line:col: message", the line, a caret, then the
  /// hint.
  [[nodiscard]] Error error(std::string_view message, std::string_view hint = {}) const;

  /// The Error for a node of a wrong shape: "'cpus' must be `expected`, found 'x'", or "missing key
  /// 'cpus'" where it is absent.
  [[nodiscard]] Error mismatch(std::string_view expected, std::string_view hint = {}) const;
  /// As error(), pointing at `key` of this map (at the map itself where it has no such key).
  [[nodiscard]] Error error_at_key(std::string_view key, std::string_view message,
                                   std::string_view hint = {}) const;

 private:
  YamlNode(std::shared_ptr<const YamlDocument> document, std::uint32_t index);

  [[nodiscard]] const YamlValue& value() const;
  [[nodiscard]] std::string subject() const;
  [[nodiscard]] std::string found() const;
  [[nodiscard]] const std::string& scalar(std::string_view expected,
                                          std::string_view hint = {}) const;
  [[nodiscard]] std::vector<YamlNode> children() const;

  std::shared_ptr<const YamlDocument> document_;
  std::uint32_t index_ = 0;
  std::shared_ptr<const YamlNode> base_;  ///< Where keys are taken from that this map lacks.
  std::string absent_key_;  ///< Not empty: stands for a key that the map at index_ does not have.
};

/// "file:line:column: message", the source line and a caret for a mark whose document is gone;
/// without the line where the file can't be read any more.
Error error_at(const SourceMark& mark, std::string_view message, std::string_view hint = {});

}  // namespace bootproof
