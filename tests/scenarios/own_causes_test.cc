#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/own_cause.h"
#include "tests/scenarios/support.h"

namespace bootproof::testing {
namespace {

using Lines = std::vector<std::string>;

constexpr std::string_view kMatrix =
    "media: rescue\n    firmware: seabios\n    device: ide-cd\n    steps: [expect: x]\n";

std::string file_with(std::string_view causes, std::string_view scenario = {}) {
  return "version: 1\nmedia: {rescue: rescue.iso}\ncauses:\n" + std::string(causes) +
         "scenarios:\n  - name: s\n    " + std::string(kMatrix) + std::string(scenario);
}

constexpr std::string_view kFull = R"(  - id: site.nic
    stage: userspace
    pattern: ['nic0: dead', 'nic1: dead']
    sentence: the card is dead
    hint: replace it
    link: https://tracker.example/1
    proof: settled
    settle: 5s
    ignore: true
    expires: 2027-01-31
)";

TEST(OwnCause, HasAllThatWasGiven) {
  const ScenarioFile file = parsed(file_with(kFull));
  ASSERT_EQ(file.causes.size(), 1U);
  const OwnCause& cause = file.causes[0];
  EXPECT_EQ(cause.id, "site.nic");
  EXPECT_EQ(cause.stage, "userspace");
  EXPECT_EQ(cause.patterns, (Lines{"nic0: dead", "nic1: dead"}));
  EXPECT_EQ(cause.sentence, "the card is dead");
  EXPECT_EQ(cause.hint, "replace it");
  EXPECT_EQ(cause.link, "https://tracker.example/1");
  EXPECT_EQ(cause.proof, OwnProof::kSettled);
  EXPECT_EQ(cause.settle, std::chrono::seconds(5));
  EXPECT_TRUE(cause.ignore);
  EXPECT_EQ(cause.expires, std::chrono::sys_days(std::chrono::year(2027) / 1 / 31));
  EXPECT_EQ(cause.mark.line, 4);
}

TEST(OwnCause, HasDefaults) {
  const ScenarioFile file =
      parsed(file_with("  - {id: a.b, stage: kernel, pattern: x, sentence: s}\n"));
  const OwnCause& cause = file.causes.at(0);
  EXPECT_EQ(cause.hint, "");
  EXPECT_EQ(cause.link, "");
  EXPECT_EQ(cause.proof, OwnProof::kCertain);
  EXPECT_EQ(cause.settle, std::chrono::seconds(3));
  EXPECT_EQ(cause.explains, Lines{"*"});
  EXPECT_FALSE(cause.ignore);
  EXPECT_FALSE(cause.expires);
}

TEST(OwnCause, CanBeToleratedAndExpectedAndIsInherited) {
  const ScenarioFile file = parsed(
      file_with("  - {id: a.b, stage: kernel, pattern: x, sentence: s}\n"
                "  - {id: a.c, stage: kernel, pattern: y, sentence: s}\n",
                "    tolerate: a.b\n"
                "  - extends: s\n    name: t\n    expect_failure: {cause: [a.c, 'kernel.*']}\n"));
  EXPECT_EQ(file.scenarios.at(0).tolerate, Lines{"a.b"});
  EXPECT_EQ(file.scenarios.at(1).tolerate, Lines{"a.b"});
  EXPECT_EQ(file.scenarios.at(1).expect_failure.value().causes, (Lines{"a.c", "kernel.*"}));
}

TEST(OwnCause, OfAnotherFileIsKnownAndNotDefinedTwice) {
  Vocabulary words = vocabulary();
  words.own_causes = {"site.nic"};
  const auto read = [&](const std::string& text) {
    static_cast<void>(parse_scenarios(YamlNode::load_text(text, "boot.yaml"), words));
  };
  EXPECT_EQ(scenario_error([&] {
              read(file_with("  - {id: a.b, stage: kernel, pattern: x, sentence: s}\n",
                             "    tolerate: site.nic\n"));
            }),
            "no error");
  const std::string error = scenario_error(
      [&] { read(file_with("  - {id: site.nic, stage: kernel, pattern: x, sentence: s}\n")); });
  EXPECT_TRUE(error.starts_with("boot.yaml:4:10: a cause 'site.nic' is defined already\n"))
      << error;
}

TEST(OwnCause, StandsInAFileOfItsOwn) {
  const TemporaryFolder folder;
  const auto file = folder.write("causes.yaml", "version: 1\ncauses:\n" + std::string(kFull));
  const std::vector<OwnCause> causes = load_own_causes(file, vocabulary());
  ASSERT_EQ(causes.size(), 1U);
  EXPECT_EQ(causes[0].id, "site.nic");
}

TEST(OwnCause, AFileOfThemHasNothingElse) {
  const TemporaryFolder folder;
  const auto file = folder.write("causes.yaml", "version: 1\ncauses: []\nmedia: {a: b}\n");
  const std::string error =
      scenario_error([&] { static_cast<void>(load_own_causes(file, vocabulary())); });
  EXPECT_NE(error.find("causes.yaml:3:1: unknown key 'media' in a file of causes"),
            std::string::npos)
      << error;
}

}  // namespace
}  // namespace bootproof::testing
