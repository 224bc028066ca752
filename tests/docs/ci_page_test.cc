#include <gtest/gtest.h>

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/program.h"
#include "harness/core/yaml_reader.h"
#include "tests/docs/markdown.h"
#include "tests/support/temporary_folder.h"

// docs/ci.md is copied into other people's pipelines: what it shows has to be read by a parser and
// to name options that are there.

namespace bootproof::testing {
namespace {

std::string ci_page() { return content_of(BOOTPROOF_SOURCE_DIR "/docs/ci.md"); }

/// What the program says of a command.
const std::string& help_of(const std::string& command) {
  static std::map<std::string, std::string> known;
  const auto [entry, is_new] = known.try_emplace(command);
  if (is_new) {
    ProgramCall call;
    call.arguments = {BOOTPROOF_BINARY_DIR "/bootproof", command, "--help"};
    entry->second = run_program_or_throw(call, ErrorKind::kBug).output;
  }
  return entry->second;
}

/// "run --shard", for each option of each `bootproof COMMAND` on a line of the page.
std::vector<std::pair<std::string, std::string>> options_in(std::string_view page) {
  constexpr std::string_view kProgram = "bootproof ";
  constexpr std::string_view kWord = "abcdefghijklmnopqrstuvwxyz-";
  std::vector<std::pair<std::string, std::string>> found;
  for (std::size_t at = page.find(kProgram); at != std::string_view::npos;
       at = page.find(kProgram, at + 1)) {
    std::string_view rest = page.substr(at + kProgram.size());
    rest = rest.substr(0, rest.find_first_of("`\n|>"));
    const std::string command(rest.substr(0, rest.find_first_not_of(kWord)));
    for (std::size_t dash = rest.find(" --"); dash != std::string_view::npos;
         dash = rest.find(" --", dash + 1)) {
      const std::string_view option = rest.substr(dash + 1);
      found.emplace_back(command, option.substr(0, option.find_first_not_of(kWord)));
    }
  }
  return found;
}

TEST(CiPage, HasYamlThatIsRead) {
  const std::vector<std::string> yaml = markdown_blocks(ci_page(), "yaml");
  EXPECT_GE(yaml.size(), 5U);
  for (const std::string& block : yaml) {
    EXPECT_TRUE(YamlNode::load_text(block, "ci.md").is_map()) << block;
  }
}

TEST(CiPage, HasShellScriptsThatAShellReads) {
  const std::vector<std::string> scripts = markdown_blocks(ci_page(), "sh");
  EXPECT_GE(scripts.size(), 2U);
  for (const std::string& script : scripts) {
    ProgramCall call;
    call.arguments = {"sh", "-n"};
    call.input = script;
    const Result<ProgramResult> result = run_program(call);
    ASSERT_TRUE(result.has_value());
    EXPECT_EQ(result->exit_code, 0) << script << result->error_output;
  }
}

TEST(CiPage, NamesOptionsThatAreThere) {
  const auto options = options_in(ci_page());
  EXPECT_GE(options.size(), 12U);
  for (const auto& [command, option] : options) {
    EXPECT_NE(help_of(command).find(option), std::string::npos) << command << " " << option;
  }
}

TEST(CiPage, NamesEachVariableThatARunReads) {
  const std::string source = content_of(BOOTPROOF_SOURCE_DIR "/harness/run/shard.cc");
  const std::string page = ci_page();
  std::size_t variables = 0;
  for (const std::string_view name :
       {"CI_NODE_INDEX", "CI_NODE_TOTAL", "TEST_SHARD_INDEX", "TEST_TOTAL_SHARDS",
        "GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS", "SLURM_ARRAY_TASK_ID", "JOB_COMPLETION_INDEX",
        "BOOTPROOF_SHARD_COUNT"}) {
    EXPECT_NE(source.find(name), std::string::npos) << name;
    EXPECT_NE(page.find(name), std::string::npos) << name;
    ++variables;
  }
  EXPECT_EQ(variables, 9U);
}

TEST(OptionsIn, AreThoseOfTheCommandOnItsLine) {
  EXPECT_EQ(
      options_in("`bootproof run a --shard 1/2 --out x` --no\n`bootproof merge b`"),
      (std::vector<std::pair<std::string, std::string>>{{"run", "--shard"}, {"run", "--out"}}));
}

}  // namespace
}  // namespace bootproof::testing
