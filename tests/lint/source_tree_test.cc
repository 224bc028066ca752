#include "tests/lint/source_tree.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace bootproof::lint {
namespace {

const std::vector<SourceFile>& tree() {
  static const std::vector<SourceFile> kTree = read_tree(BOOTPROOF_SOURCE_DIR);
  return kTree;
}

std::vector<const Rule*> pointers_to_rules() {
  std::vector<const Rule*> pointers;
  for (const Rule& rule : rules()) {
    pointers.push_back(&rule);
  }
  return pointers;
}

class SourceTree : public ::testing::TestWithParam<const Rule*> {};

TEST_P(SourceTree, Keeps) {
  std::string complaints;
  for (const SourceFile& file : tree()) {
    complaints += report(file, GetParam()->remedy, GetParam()->check(file));
  }
  EXPECT_TRUE(complaints.empty()) << "\n" << complaints;
}

INSTANTIATE_TEST_SUITE_P(Rules, SourceTree, ::testing::ValuesIn(pointers_to_rules()),
                         [](const auto& row) { return std::string(row.param->name); });

TEST(SourceTreeFiles, AreFound) {
  const auto has = [](const char* path) {
    return std::any_of(tree().begin(), tree().end(),
                       [&](const SourceFile& file) { return file.path == path; });
  };
  EXPECT_TRUE(has("CMakeLists.txt"));
  EXPECT_TRUE(has("reports/result.h"));
  EXPECT_TRUE(has("harness/core/error.h"));
  EXPECT_TRUE(has("tests/lint/source_tree_test.cc"));
  EXPECT_TRUE(has(".clang-format"));
}

TEST(SourceTreeFolders, HaveAReadmeWhereTheyHoldCode) {
  EXPECT_EQ(folders_without_readme(tree()), std::vector<std::string>{})
      << "say in README.md what the folder is, what it may include, how to add one of its kind";
}

TEST(SourceTreeFolders, DoNotReachAsioByDetours) {
  EXPECT_EQ(hidden_asio(tree()), std::vector<std::string>{});
}

TEST(FoldersWithoutReadme, AreThoseWithCodeAlone) {
  const std::vector<SourceFile> sources = {
      make_source_file("a/a.cc", ""), make_source_file("a/README.md", ""),
      make_source_file("a/b/b.h", ""), make_source_file("data/x.yaml", "")};
  EXPECT_EQ(folders_without_readme(sources), (std::vector<std::string>{"a/b"}));
}

TEST(HiddenAsio, NamesTheWay) {
  const std::vector<SourceFile> sources = {
      make_source_file("builders/a.cc", "#include \"builders/a.h\"\n"),
      make_source_file("builders/a.h", "#include \"harness/core/async.h\"\n"),
      make_source_file("harness/core/async.h", "#include <boost/asio/awaitable.hpp>\n"),
      make_source_file("harness/core/error.h", "#include <string>\n"),
      make_source_file("reports/a.cc", "#include \"harness/core/error.h\"\n")};
  EXPECT_EQ(hidden_asio(sources),
            (std::vector<std::string>{
                "builders/a.cc: reaches Asio: builders/a.cc -> builders/a.h -> "
                "harness/core/async.h -> boost/asio/awaitable.hpp",
                "builders/a.h: reaches Asio: builders/a.h -> harness/core/async.h -> "
                "boost/asio/awaitable.hpp"}));
}

/// What a shell command says, and its exit code.
std::pair<int, std::string> run(const std::string& command) {
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) {
    return {-1, "no shell"};
  }
  std::string said;
  std::array<char, 4096> buffer{};
  for (std::size_t got = 1; got > 0;) {
    got = std::fread(buffer.data(), 1, buffer.size(), pipe);
    said.append(buffer.data(), got);
  }
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, said};
}

constexpr int kNotFound = 127;

/// The lines that name a place, without the quoted source.
std::string places_in(const std::string& said) {
  std::istringstream in(said);
  std::string places;
  for (std::string line; std::getline(in, line);) {
    if (line.find(": error: ") != std::string::npos) {
      places += line + "\n";
    }
  }
  return places.empty() ? said : places;
}

TEST(SourceTreeFormat, IsClangFormats) {
  std::string command = "cd '" BOOTPROOF_SOURCE_DIR "' && clang-format-14 --dry-run -Werror";
  for (const SourceFile& file : tree()) {
    if (file.is_cpp()) {
      command += " '" + file.path + "'";
    }
  }
  const auto [code, said] = run(command);
  if (code == kNotFound) {
    GTEST_SKIP() << "this host has no clang-format-14 (package clang-format-14)";
  }
  EXPECT_EQ(code, 0) << "clang-format-14 -i mends it\n" << places_in(said);
}

TEST(ClangFormat, ComplainsAboutABadFile) {
  const std::string base =
      "printf 'int  a ;\\n' | clang-format-14 --style=file:'" BOOTPROOF_SOURCE_DIR
      "/.clang-format' --dry-run -Werror";
  const auto [code, said] = run(base);
  if (code == kNotFound) {
    GTEST_SKIP() << "this host has no clang-format-14 (package clang-format-14)";
  }
  EXPECT_EQ(code, 1);
  EXPECT_NE(said.find("-Wclang-format-violations"), std::string::npos) << said;
}

}  // namespace
}  // namespace bootproof::lint
