#include "builders/file_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "harness/core/text.h"

namespace bootproof {
namespace {

constexpr std::string_view kForms =
    "write a path, {path: FILE}, {build: RECIPE}, {package: NAME, file: PATH}, "
    "{text: TEXT} or {link: TARGET}";

/// Permission bits from an octal text such as '0755'.
unsigned read_mode(const YamlNode& node) {
  const std::string text = node.text();
  const bool octal =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '7'; });
  if (!octal || text.size() < 3 || text.size() > 4 || (text.size() == 4 && text[0] != '0')) {
    throw node.error(
        fmt::format("'mode' must be three octal digits, found '{}'", escape_for_terminal(text)),
        "write for example '0755' or '0644'");
  }
  unsigned mode = 0;
  for (const char c : text) {
    mode = mode * 8 + static_cast<unsigned>(c - '0');
  }
  return mode;
}

SymbolicLink read_link(const YamlNode& node) {
  constexpr std::array<std::string_view, 1> kKeys{"link"};
  node.check_keys(kKeys, "a link");
  const YamlNode link = node.find("link");
  constexpr std::size_t kLongest = 1024;
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  std::string target = link.text();
  if (target.size() > kLongest || std::any_of(target.begin(), target.end(), is_control)) {
    throw link.error("the target of a link is at most 1024 bytes without control characters");
  }
  return {std::move(target)};
}

PlacedFile read_placed_file(const std::string& path, const YamlNode& node) {
  if (node.is_absent()) {
    throw node.error(fmt::format("{} has no source", escape_for_terminal(path)), kForms);
  }
  PlacedFile file{path, {}, {}, node.mark()};
  if (node.is_map() && !node.find("link").is_absent()) {
    file.content = read_link(node);
    return file;
  }
  if (!node.is_map() || node.find("text").is_absent()) {
    file.content = read_file_source(node);
    return file;
  }
  constexpr std::array<std::string_view, 2> kKeys{"text", "mode"};
  node.check_keys(kKeys, "a text file");
  file.content = node.find("text").text_or_empty();
  if (const YamlNode mode = node.find("mode"); !mode.is_absent()) {
    file.mode = read_mode(mode);
  }
  return file;
}

}  // namespace

const SourceMark& mark_of(const FileSet& files, std::string_view path, const SourceMark& fallback) {
  for (const PlacedFile& file : files.files) {
    if (file.path == path) {
      return file.mark;
    }
  }
  return files.trees.empty() ? fallback : files.trees.back().mark;
}

std::string_view medium_path_problem(std::string_view path) {
  constexpr std::size_t kLongestPath = 1024;
  constexpr std::size_t kLongestName = 255;
  if (path.empty() || path[0] != '/') {
    return "is not absolute";
  }
  if (path.size() > kLongestPath) {
    return "is longer than 1024 bytes";
  }
  const auto is_control = [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; };
  if (std::any_of(path.begin(), path.end(), is_control)) {
    return "holds a control character";
  }
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view name = path.substr(0, path.find('/'));
    if (name.empty()) {
      return "has an empty name in it";
    }
    if (name == "." || name == "..") {
      return "has . or .. in it";
    }
    if (name.size() > kLongestName) {
      return "has a name of more than 255 bytes in it";
    }
    path.remove_prefix(name.size());
  }
  return {};
}

namespace {

std::vector<PlacedFile> read_placed_files(const YamlNode& node,
                                          const std::vector<ReservedPath>& reserved) {
  std::vector<PlacedFile> files;
  if (node.is_absent()) {
    return files;
  }
  for (const auto& [path, value] : node.entries()) {
    const std::string shown = escape_for_terminal(path);
    if (const std::string_view problem = medium_path_problem(path); !problem.empty()) {
      throw node.error_at_key(path, fmt::format("the path '{}' {}", shown, problem),
                              "write the path on the medium as /folder/name");
    }
    for (const ReservedPath& row : reserved) {
      if (path == row.path) {
        throw node.error_at_key(path, fmt::format("{} {}", path, row.reason));
      }
    }
    files.push_back(read_placed_file(path, value));
  }
  const auto by_path = [](const PlacedFile& a, const PlacedFile& b) { return a.path < b.path; };
  std::sort(files.begin(), files.end(), by_path);
  const auto is_file = [&](std::string_view path) {
    const auto equal = [&](const ReservedPath& row) { return row.path == path; };
    const PlacedFile wanted{std::string(path), {}, {}, {}};
    return std::binary_search(files.begin(), files.end(), wanted, by_path) ||
           std::any_of(reserved.begin(), reserved.end(), equal);
  };
  for (const PlacedFile& file : files) {
    for (std::size_t end = file.path.find('/', 1); end != std::string::npos;
         end = file.path.find('/', end + 1)) {
      if (is_file(std::string_view(file.path).substr(0, end))) {
        throw node.error_at_key(
            file.path, fmt::format("{} can't be there: {} is a file, not a folder", file.path,
                                   file.path.substr(0, end)));
      }
    }
  }
  return files;
}

PlacedTree read_placed_tree(const YamlNode& node) {
  constexpr std::array<std::string_view, 3> kKeys{"folder", "tar", "at"};
  node.check_keys(kKeys, "a tree");
  const YamlNode folder = node.find("folder");
  const YamlNode tar = node.find("tar");
  if (folder.is_absent() == tar.is_absent()) {
    throw node.error("a tree needs one of 'folder' and 'tar'",
                     "write {folder: DIR, at: /} or {tar: FILE, at: /}");
  }
  PlacedTree tree;
  tree.is_archive = folder.is_absent();
  tree.source = read_file_source(tree.is_archive ? tar : folder);
  tree.mark = node.mark();
  if (!tree.is_archive && !std::holds_alternative<std::filesystem::path>(tree.source.source)) {
    throw folder.error("'folder' must be a path of a folder");
  }
  const YamlNode at = node.find("at");
  tree.at = at.is_absent() ? "/" : at.text();
  if (tree.at == "/") {
    return tree;
  }
  if (const std::string_view problem = medium_path_problem(tree.at); !problem.empty()) {
    throw at.error(fmt::format("the path '{}' {}", escape_for_terminal(tree.at), problem),
                   "write the path on the medium as /folder/name");
  }
  return tree;
}

}  // namespace

FileSet read_file_set(const YamlNode& node, const std::vector<ReservedPath>& reserved) {
  FileSet set;
  set.files = read_placed_files(node.find("files"), reserved);
  if (const YamlNode trees = node.find("trees"); !trees.is_absent()) {
    for (const YamlNode& tree : trees.list_or_single()) {
      set.trees.push_back(read_placed_tree(tree));
    }
  }
  return set;
}

}  // namespace bootproof
