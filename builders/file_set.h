#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "harness/core/file_source.h"

namespace bootproof {

/// A symbolic link: what it says, as it is. Relative or absolute; it is written, never followed.
struct SymbolicLink {
  std::string target;
};

/// A file to be put on a medium: absolute path there, and where its bytes come from. Short texts
/// can stand in the recipe itself: `{text: "...", mode: '0755'}`, links are `{link: TARGET}`.
struct PlacedFile {
  std::string path;
  std::variant<FileSource, std::string, SymbolicLink> content;
  /// Permission bits. Nothing: 0644, or 0755 where the source is executable on this host.
  std::optional<unsigned> mode;
  SourceMark mark;
};

/// Many files at once: a folder of this host (`{folder: DIR, at: /}`) or an archive
/// (`{tar: SOURCE, at: /}`).
struct PlacedTree {
  bool is_archive = false;
  FileSource source;  ///< A path where it is a folder.
  std::string at;     ///< Absolute, on the medium.
  SourceMark mark;
};

/// What a recipe puts into one file system: `files` and `trees`. A file of `files` replaces one of
/// a tree at the same path; of two trees the later one wins.
struct FileSet {
  std::vector<PlacedFile> files;  ///< Sorted by path.
  std::vector<PlacedTree> trees;  ///< As the recipe has them.
};

/// A path that a recipe may not use, and why.
struct ReservedPath {
  std::string_view path;
  std::string_view reason;
};

/// Reads the keys `files` (a map from absolute paths on the medium to sources) and `trees` (a list)
/// of `node`. Throws Error (kScenario) that points at the key: for a path that is not absolute and
/// normal, is too long, holds control characters, stands in `reserved`, or needs a folder where
/// another file is.
FileSet read_file_set(const YamlNode& node, const std::vector<ReservedPath>& reserved);

/// Where the recipe names what stands at `path`: the file, else the last of the trees, else
/// `fallback`.
const SourceMark& mark_of(const FileSet& files, std::string_view path, const SourceMark& fallback);

/// What is wrong with `path` as an absolute path on a medium; empty where nothing is. At most 1024
/// bytes, names of at most 255 (Rock Ridge and Linux).
std::string_view medium_path_problem(std::string_view path);

}  // namespace bootproof
