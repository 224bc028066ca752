#include "tests/lint/source_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <map>
#include <set>
#include <string_view>

namespace bootproof::lint {
namespace {

namespace fs = std::filesystem;

/// Files beyond this size are not read: FileSize complains about them anyway.
constexpr std::uintmax_t kLargestRead = 1U << 20U;

bool belongs_to_sources(const std::string& name) {
  if (name.starts_with('.')) {
    return name == ".ci" || name.starts_with(".clang-");
  }
  return name != "build" && !name.starts_with("build-") && name != "out";
}

std::string read_text(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::string text((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  return text.find('\0') == std::string::npos ? text : std::string();
}

SourceFile read_file(const fs::path& root, const fs::path& path) {
  const std::uintmax_t size = fs::file_size(path);
  SourceFile file = make_source_file(path.lexically_relative(root).generic_string(),
                                     size > kLargestRead ? std::string() : read_text(path));
  file.size = size;
  return file;
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

/// Whether and how a header reaches Asio.
class AsioSearch {
 public:
  explicit AsioSearch(const std::vector<SourceFile>& tree) {
    for (const SourceFile& file : tree) {
      files_[file.path] = &file;
    }
  }

  /// " -> "-joined paths from `path` to Asio's header; empty where there is no way.
  std::string way_from(const std::string& path) {
    const auto known = ways_.find(path);
    if (known != ways_.end()) {
      return known->second;
    }
    ways_[path] = {};  // also ends circles
    const auto file = files_.find(path);
    if (file == files_.end()) {
      return path.starts_with("boost/asio") ? path : std::string();
    }
    for (const Directive& directive : file->second->source.directives) {
      const std::string way = way_from(std::string(included_path(directive)));
      if (!way.empty()) {
        ways_[path] = path + " -> " + way;
        break;
      }
    }
    return ways_[path];
  }

 private:
  std::map<std::string, const SourceFile*> files_;
  std::map<std::string, std::string> ways_;
};

}  // namespace

std::vector<SourceFile> read_tree(const fs::path& root) {
  std::vector<SourceFile> tree;
  for (auto entry = fs::recursive_directory_iterator(root);
       entry != fs::recursive_directory_iterator(); ++entry) {
    if (!belongs_to_sources(entry->path().filename().string())) {
      if (entry->is_directory()) {
        entry.disable_recursion_pending();
      }
      continue;
    }
    if (entry->is_regular_file() && !entry->is_symlink()) {
      tree.push_back(read_file(root, entry->path()));
    }
  }
  std::sort(tree.begin(), tree.end(),
            [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return tree;
}

std::vector<std::string> folders_without_readme(const std::vector<SourceFile>& tree) {
  std::set<std::string> with_code;
  std::set<std::string> with_readme;
  for (const SourceFile& file : tree) {
    if (file.is_cpp()) {
      with_code.insert(folder_of(file.path));
    }
    if (file.path.ends_with("README.md")) {
      with_readme.insert(folder_of(file.path));
    }
  }
  std::vector<std::string> missing;
  std::set_difference(with_code.begin(), with_code.end(), with_readme.begin(), with_readme.end(),
                      std::back_inserter(missing));
  return missing;
}

std::vector<std::string> hidden_asio(const std::vector<SourceFile>& tree) {
  AsioSearch search(tree);
  std::vector<std::string> complaints;
  for (const SourceFile& file : tree) {
    const bool is_free =
        file.is_under("harness") || file.is_under("tests") || file.is_under("bench");
    if (is_free || !file.is_cpp()) {
      continue;
    }
    const std::string way = search.way_from(file.path);
    if (!way.empty()) {
      complaints.push_back(fmt::format("{}: reaches Asio: {}", file.path, way));
    }
  }
  return complaints;
}

}  // namespace bootproof::lint
