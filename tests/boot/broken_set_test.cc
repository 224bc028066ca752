#include "tests/boot/broken_set.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <set>
#include <string>
#include <vector>

#include "harness/core/program.h"
#include "harness/diagnosis/signature.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

/// Issue: at least so many boots are broken by one change each.
constexpr std::size_t kLeastBoots = 60;
/// From the bytes that prove a cause to the verdict.
constexpr long kLongestDelay = 2000;

TEST(BrokenSet, IsLargeAndExpectsOnlyCausesThatThereAre) {
  const std::vector<ExpectedLoss> expected = read_expected_losses();
  EXPECT_GE(expected.size(), kLeastBoots);
  for (const ExpectedLoss& one : expected) {
    EXPECT_TRUE(is_cause(one.cause)) << one.id << ": " << one.cause;
  }
}

/// The page is made by boots. What it says is what is expected, and the boots below hold that.
TEST(BrokenSet, IsWhatTheConfusionTableShows) {
  const std::vector<ExpectedLoss> expected = read_expected_losses();
  std::vector<NamedLoss> named;
  for (const ExpectedLoss& one : expected) {
    named.push_back({one.family, one.id, "failed", one.stage, one.cause, {}, 0});
  }
  EXPECT_EQ(confusion_page(expected, named), content_of(BOOTPROOF_SOURCE_DIR "/docs/confusion.md"))
      << "cmake --build build --target confusion writes docs/confusion.md anew";
}

std::string named_text(const NamedLoss& one) {
  return is_healthy(one) ? one.outcome + one.cause
                         : fmt::format("{} {}: {}", one.outcome, one.stage, one.cause);
}

std::string expected_text(const NamedLoss& one, const std::vector<ExpectedLoss>& expected) {
  if (is_healthy(one)) {
    return "passed";
  }
  const auto wanted = std::find_if(expected.begin(), expected.end(),
                                   [&](const ExpectedLoss& loss) { return loss.id == one.id; });
  return wanted == expected.end() ? "not in expected.yaml"
                                  : fmt::format("failed {}: {}", wanted->stage, wanted->cause);
}

/// Boots once more what was named otherwise than expected, where that is little: on a host that is
/// busy with other things a clock of an emulated machine may run wild. Gives those that were lost.
std::vector<std::string> boot_once_more(std::string_view family,
                                        const std::vector<ExpectedLoss>& expected,
                                        const std::filesystem::path& folder,
                                        std::vector<NamedLoss>& named) {
  constexpr std::size_t kFew = 2;
  std::vector<std::string> others;
  for (const NamedLoss& one : named) {
    if (named_text(one) != expected_text(one, expected)) {
      others.push_back(one.id);
    }
  }
  if (others.empty() || others.size() > kFew) {
    return others;
  }
  for (NamedLoss& again : run_broken_family(BOOTPROOF_PROGRAM, family, folder, others)) {
    const auto place = std::find_if(named.begin(), named.end(),
                                    [&](const NamedLoss& one) { return one.id == again.id; });
    fmt::print("booted once more: {}, first {}, then {}\n", again.id, named_text(*place),
               named_text(again));
    *place = std::move(again);
  }
  return others;
}

/// What is diagnosed of a run's folder afresh is what the run said, in the order of its timelines.
/// Those of `others` are left out: a busy host showed their run less than they said.
void expect_same_diagnosis(const std::filesystem::path& run,
                           const std::vector<std::string>& others) {
  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM, "diagnose", run.string(), "--json"};
  const ProgramResult result = value_or_throw(run_program(call));
  const boost::json::value document = boost::json::parse(result.output);
  for (const boost::json::value& one : document.at("cases").as_array()) {
    const std::string id = fmt::format("{}/{}", std::string_view(one.at("suite").as_string()),
                                       std::string_view(one.at("id").as_string()));
    if (std::find(others.begin(), others.end(), id) != others.end()) {
      continue;
    }
    EXPECT_EQ(one.at("cause"), one.at("then").at("cause")) << id;
    EXPECT_EQ(one.at("stage"), one.at("then").at("stage")) << id;
    EXPECT_EQ(one.at("order"), "in the order of timeline.jsonl") << id;
    EXPECT_EQ(one.at("problems"), boost::json::array()) << id;
    EXPECT_FALSE(one.at("stages").as_array().empty()) << id;
  }
}

class BrokenFamily : public ::testing::TestWithParam<std::string_view> {};

/// Each medium that one change broke is diagnosed with its stage and cause, and whole ones boot.
/// The packages come from the user's cache, which `quickstart test` has filled.
TEST_P(BrokenFamily, IsDiagnosedWithStageAndCause) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  if (const std::string why = why_no_packages(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  std::vector<ExpectedLoss> expected = read_expected_losses();
  std::erase_if(expected, [](const ExpectedLoss& one) { return one.family != GetParam(); });
  std::set<std::string> booted;
  std::vector<NamedLoss> named =
      run_broken_family(BOOTPROOF_PROGRAM, GetParam(), folder.path() / "out");
  const std::vector<std::string> others =
      boot_once_more(GetParam(), expected, folder.path() / "again", named);
  expect_same_diagnosis(folder.path() / "out", others);
  for (const NamedLoss& one : named) {
    EXPECT_LE(one.verdict_delay, kLongestDelay) << one.id;
    EXPECT_EQ(named_text(one), expected_text(one, expected)) << one.id << "\n" << one.text;
    booted.insert(one.id);
  }
  for (const ExpectedLoss& loss : expected) {
    EXPECT_TRUE(booted.contains(loss.id)) << loss.id << " was not booted";
  }
}

INSTANTIATE_TEST_SUITE_P(Broken, BrokenFamily,
                         ::testing::ValuesIn(broken_families().begin(), broken_families().end()),
                         [](const auto& family) { return std::string(family.param); });

}  // namespace
}  // namespace bootproof::testing
