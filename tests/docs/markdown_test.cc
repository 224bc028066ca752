#include "tests/docs/markdown.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/program.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// The Markdown pages of the tree.
std::vector<fs::path> pages() {
  std::vector<fs::path> found;
  for (auto at = fs::recursive_directory_iterator(BOOTPROOF_SOURCE_DIR);
       at != fs::recursive_directory_iterator(); ++at) {
    const std::string name = at->path().filename().string();
    if (at->is_directory() && (name.starts_with("build") || name == "out" || name == ".git") &&
        name != "builders") {
      at.disable_recursion_pending();
    } else if (name.ends_with(".md")) {
      found.push_back(at->path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// The targets of a page's links, `](target)`, without those that lead out of the tree and without
/// `#section`.
std::vector<std::string> link_targets(std::string_view page) {
  constexpr std::string_view kOpening = "](";
  std::vector<std::string> targets;
  for (std::size_t at = page.find(kOpening); at != std::string_view::npos;
       at = page.find(kOpening, at + 1)) {
    const std::size_t begin = at + kOpening.size();
    const std::size_t end = page.find_first_of(")\n", begin);
    const std::string_view target = page.substr(begin, end - begin);
    const std::string_view file = target.substr(0, target.find('#'));
    if (!file.empty() && file.find("://") == std::string_view::npos) {
      targets.emplace_back(file);
    }
  }
  return targets;
}

std::string page(std::string_view name) {
  return testing::content_of(fs::path(BOOTPROOF_SOURCE_DIR) / name);
}

TEST(LinkTargets, AreFilesOfTheTreeAlone) {
  EXPECT_EQ(link_targets("[a](x.md) [b](https://example.org) [c](#here) [d](y/z.md#part)"),
            (std::vector<std::string>{"x.md", "y/z.md"}));
}

TEST(Blocks, AreThoseOfTheLanguage) {
  EXPECT_EQ(testing::markdown_blocks("text\n```yaml\na: 1\n```\n```sh\nls\n```\n", "yaml"),
            (std::vector<std::string>{"a: 1\n"}));
}

TEST(Markdown, LinksToFilesThatAreThere) {
  std::vector<std::string> broken;
  for (const fs::path& file : pages()) {
    for (const std::string& target : link_targets(testing::content_of(file))) {
      if (!fs::exists(file.parent_path() / target)) {
        broken.push_back(fmt::format("{}: {}", file.string(), target));
      }
    }
  }
  EXPECT_THAT(broken, ::testing::IsEmpty());
}

TEST(Readme, ShowsScenarioFilesThatLoad) {
  std::size_t loaded = 0;
  const testing::TemporaryFolder folder;
  for (const std::string& block : testing::markdown_blocks(page("README.md"), "yaml")) {
    if (block.find("scenarios:") == std::string::npos) {
      continue;
    }
    ProgramCall call;
    call.arguments = {BOOTPROOF_BINARY_DIR "/bootproof", "list",
                      folder.write("boot.yaml", block).string()};
    const Result<ProgramResult> result = run_program(call);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->exit_code, 0) << block << result->error_output;
    ++loaded;
  }
  EXPECT_GE(loaded, 1U);
}

TEST(Readme, NamesEachCommand) {
  ProgramCall call;
  call.arguments = {BOOTPROOF_BINARY_DIR "/bootproof", "--help"};
  const std::string help = run_program_or_throw(call, ErrorKind::kBug).output;
  const std::string readme = page("README.md");
  std::size_t commands = 0;
  for (std::size_t at = help.find("\n  ", help.find("Subcommands:")); at != std::string::npos;
       at = help.find("\n  ", at + 1)) {
    const std::size_t begin = at + 3;
    if (std::islower(static_cast<unsigned char>(help[begin])) != 0) {
      const std::string name = help.substr(begin, help.find(' ', begin) - begin);
      EXPECT_NE(readme.find("`bootproof " + name), std::string::npos) << name;
      ++commands;
    }
  }
  EXPECT_GE(commands, 8U);
}

}  // namespace
}  // namespace bootproof
