#include "reports/read_run.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "reports/run_json.h"
#include "tests/reports/samples.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

/// What is wrong with this document.
std::string refusal(std::string_view text) {
  try {
    read_run_json(text);
    return "none";
  } catch (const NotARun& problem) {
    return problem.what();
  }
}

/// A run with these members beside its format.
std::string run_with(std::string_view members) {
  return R"({"format":"bootproof-run","version":1,)" + std::string(members) + "}";
}

std::string case_with(std::string_view members) {
  return run_with(R"("cases":[{"suite":"s","id":"i",)" + std::string(members) + "}]");
}

TEST(ReadRunJson, IsTheInverseOfWriting) {
  for (const RunResult& run : {testing::sample_run(), testing::foretold_run(), RunResult{}}) {
    const std::string text = run_json(run);
    EXPECT_EQ(run_json(read_run_json(text)), text);
  }
}

TEST(ReadRunJson, GivesBackEachField) {
  const RunResult written = testing::foretold_run();
  const RunResult run = read_run_json(run_json(written));
  EXPECT_EQ(run.name, written.name);
  EXPECT_EQ(run.started, written.started);
  EXPECT_EQ(run.duration, written.duration);
  EXPECT_EQ(run.properties, written.properties);
  ASSERT_EQ(run.cases.size(), written.cases.size());
  for (std::size_t i = 0; i < run.cases.size(); ++i) {
    const CaseResult& read = run.cases[i];
    const CaseResult& wrote = written.cases[i];
    EXPECT_EQ(read.full_id(), wrote.full_id());
    EXPECT_EQ(read.properties, wrote.properties);
    EXPECT_EQ(read.console_tail, wrote.console_tail);
    EXPECT_EQ(read.verdict().outcome, wrote.verdict().outcome);
    EXPECT_EQ(read.verdict().cause, wrote.verdict().cause);
    EXPECT_EQ(read.verdict().evidence, wrote.verdict().evidence);
    EXPECT_EQ(read.attempts.front().started, wrote.attempts.front().started);
    EXPECT_EQ(read.attempts.front().duration, wrote.attempts.front().duration);
    EXPECT_EQ(read.foretold.forecast, wrote.foretold.forecast);
    EXPECT_EQ(read.foretold.agreement, wrote.foretold.agreement);
    EXPECT_EQ(chain_of(read.foretold), chain_of(wrote.foretold));
    if (!wrote.foretold.links.empty()) {
      EXPECT_EQ(read.foretold.links.back().offset, wrote.foretold.links.back().offset);
    }
  }
}

TEST(ReadRunJson, TakesWhatAHostileGuestPrinted) {
  const std::string once = run_json(read_run_json(run_json(testing::hostile_run())));
  const RunResult again = read_run_json(once);
  EXPECT_EQ(again.cases.size(), testing::hostile_run().cases.size());
  EXPECT_EQ(totals_of(again).failed, totals_of(testing::hostile_run()).failed);
  EXPECT_EQ(run_json(again), once) << "what was escaped once stays as it is";
}

TEST(ReadRunJson, TakesTheLargestOffset) {
  RunResult run = testing::foretold_run();
  run.cases[0].foretold.links[0].offset = ~std::uint64_t{0};
  EXPECT_EQ(read_run_json(run_json(run)).cases[0].foretold.links[0].offset, ~std::uint64_t{0});
}

TEST(ReadRunJson, PassesOverKeysThatItDoesNotKnow) {
  EXPECT_EQ(read_run_json(run_with(R"("name":"n","later":{"a":[1]})")).name, "n");
}

TEST(ReadRunJson, TakesMissingKeysForNothing) {
  const RunResult run = read_run_json(R"({"format":"bootproof-run"})");
  EXPECT_EQ(run.name, "");
  EXPECT_EQ(run.duration, milliseconds(0));
  EXPECT_TRUE(run.cases.empty());
  EXPECT_EQ(read_run_json(case_with(R"("x":0)")).cases.front().verdict().outcome, Outcome::kError)
      << "a case without any attempt";
}

TEST(ReadRunJson, RefusesWhatIsNoJson) {
  for (const std::string_view text : {"", "{", "{} {}", "<junit/>", "\xff\xfe", "{\"a\":\"\xff\"}",
                                      "{\"format\":\"bootproof-run\""}) {
    EXPECT_EQ(refusal(text).substr(0, 15), "it is no JSON: ") << text;
  }
}

TEST(ReadRunJson, RefusesAnotherDocument) {
  EXPECT_EQ(refusal("[1]"), "it is no JSON object");
  EXPECT_EQ(refusal("null"), "it is no JSON object");
  EXPECT_EQ(refusal("{}"), "its format is '', expected 'bootproof-run'");
  EXPECT_EQ(refusal(R"({"format":"bootproof-verdict"})"),
            "its format is 'bootproof-verdict', expected 'bootproof-run'");
  EXPECT_EQ(refusal(R"({"format":"bootproof-run","version":2})"),
            "its version is 2, this program knows 1");
}

TEST(ReadRunJson, RefusesAValueOfAnotherKindAndSaysWhere) {
  EXPECT_EQ(refusal(R"({"format":1})"), "'format' of the run is no text");
  EXPECT_EQ(refusal(run_with(R"("name":null)")), "'name' of the run is no text");
  EXPECT_EQ(refusal(run_with(R"("started":"yesterday")")),
            "'started' of the run is no time such as 2024-05-06T07:08:09.123Z");
  EXPECT_EQ(refusal(run_with(R"("duration_ms":"5")")),
            "'duration_ms' of the run is no whole number");
  EXPECT_EQ(refusal(run_with(R"("duration_ms":1.5)")),
            "'duration_ms' of the run is no whole number");
  EXPECT_EQ(refusal(run_with(R"("duration_ms":1e300)")),
            "'duration_ms' of the run is no whole number");
  EXPECT_EQ(refusal(run_with(R"("duration_ms":-1)")),
            "'duration_ms' of the run is no whole number");
  EXPECT_EQ(refusal(run_with(R"("duration_ms":9223372036854775807)")),
            "'duration_ms' of the run is no number up to 1099511627776");
  EXPECT_EQ(refusal(case_with(R"("attempts":[{"outcome":"passed","attempt":4294967297}])")),
            "'attempt' of an entry of 'attempts' is no number up to 1000000");
  EXPECT_EQ(refusal(run_with(R"("interrupted":0)")), "'interrupted' of the run is no truth value");
  EXPECT_EQ(refusal(run_with(R"("properties":[])")), "'properties' of the run is no object");
  EXPECT_EQ(refusal(run_with(R"("properties":{"a":1})")), "'a' of 'properties' is no text");
  EXPECT_EQ(refusal(run_with(R"("cases":{})")), "'cases' of the run is no list");
  EXPECT_EQ(refusal(run_with(R"("cases":[1])")), "'cases' of the run is no list of objects");
  EXPECT_EQ(refusal(run_with(R"("cases":[{"suite":"s"}])")),
            "an entry of 'cases' has no suite or id");
  EXPECT_EQ(refusal(case_with(R"("foretold":7)")),
            "'foretold' of an entry of 'cases' is no object");
  EXPECT_EQ(refusal(case_with(R"("foretold":{"agreement":"maybe"})")),
            "'agreement' of 'foretold' is no word that is known");
  EXPECT_EQ(refusal(case_with(R"("attempts":[{"outcome":"great"}])")),
            "'outcome' of an entry of 'attempts' is no word that is known");
  EXPECT_EQ(refusal(case_with(R"("attempts":[{"outcome":"passed","evidence":[1]}])")),
            "'evidence' of an entry of 'attempts' is no list of lines");
}

TEST(ReadRunJson, RefusesANestThatIsTooDeep) {
  EXPECT_NE(refusal(run_with("\"x\":" + std::string(100'000, '['))), "none");
}

TEST(ReadRunJson, SurvivesATruncationAtEachByte) {
  const std::string text = run_json(testing::foretold_run());
  for (std::size_t size = 0; size + 2 < text.size(); size += 7) {
    EXPECT_NE(refusal(std::string_view(text).substr(0, size)), "none") << size;
  }
}

}  // namespace
}  // namespace bootproof
