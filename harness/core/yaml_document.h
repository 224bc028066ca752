#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"

namespace bootproof {

/// The largest YAML file that is read. yaml-cpp keeps the tokens of a whole bracket: up to 300
/// bytes of memory for one byte of a hostile file.
inline constexpr std::size_t kMaximumYamlBytes = std::size_t{1} << 20U;
/// The deepest nesting of lists and maps.
inline constexpr std::size_t kMaximumYamlDepth = 64;
/// The most nodes of a document, with each alias counted as what it stands for.
inline constexpr std::size_t kMaximumYamlNodes = 100'000;

/// One node of a parsed document. Nodes refer to each other by index; an alias is a second
/// reference to its anchor's node.
struct YamlValue {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };
  static constexpr std::uint32_t kNoLabel = std::numeric_limits<std::uint32_t>::max();

  Kind kind = Kind::kNull;
  bool quoted = false;         ///< A scalar in quotes or a block scalar.
  bool double_quoted = false;  ///< A scalar in double quotes: YAML's escapes are resolved in it.
  bool element = false;        ///< Stands in a list.
  int line = 0;                ///< From 1.
  int column = 0;              ///< From 1, in characters.
  std::uint32_t label = kNoLabel;       ///< The key of the nearest map entry that holds this node.
  std::string text;                     ///< Of a scalar.
  std::vector<std::uint32_t> children;  ///< Elements; for a map key, value, key, value.
};

/// A whole document: plain values, of bounded number and depth, free of duplicate and merge keys,
/// tags and control characters in its source.
struct YamlDocument {
  std::string file;  ///< What messages call it.
  std::string text;  ///< The source without byte order mark and with line feeds alone.
  std::vector<YamlValue> nodes;
  std::uint32_t root = 0;
};

/// Parses text. Throws Error (kScenario) as YamlNode::load_text says.
std::shared_ptr<const YamlDocument> parse_yaml(std::string_view text, std::string file_name);

}  // namespace bootproof
