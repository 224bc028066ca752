#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tests/lint/rules.h"

namespace bootproof::lint {

/// All files under `root` that belong to the sources, sorted by path: without what is built
/// (`build`, `build-*`, `out`) and without hidden files and folders other than `.ci` and
/// `.clang-*`.
std::vector<SourceFile> read_tree(const std::filesystem::path& root);

/// Folders that hold C++ but no README.md.
std::vector<std::string> folders_without_readme(const std::vector<SourceFile>& tree);

/// Complaints, "path: what", about files of folders that must not see Asio and reach it through
/// other headers of ours: the path from header to header is named.
std::vector<std::string> hidden_asio(const std::vector<SourceFile>& tree);

}  // namespace bootproof::lint
