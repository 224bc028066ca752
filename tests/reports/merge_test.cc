#include "reports/merge.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "reports/read_run.h"
#include "reports/run_json.h"
#include "tests/reports/samples.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::case_of;
using Lines = std::vector<std::string>;

/// A part of a run: one case of this id that passed.
RunPart part(const std::string& place, const std::string& id, const std::string& plan = "abc") {
  RunPart one;
  one.run.name = "quickstart";
  one.run.properties = {{"bootproof", "0.1.0"}, {"accelerator", "tcg"}};
  if (!place.empty()) {
    one.run.properties.emplace_back("shard", place);
    one.run.properties.emplace_back("shard-plan", plan);
  }
  one.run.cases = {case_of(id, {testing::passed_attempt()})};
  one.run.cases.front().attempts.front().folder = "reaches-a-shell/" + id;
  one.folder = "../part-" + place.substr(0, place.find('/'));
  return one;
}

Lines ids_of(const RunResult& run) {
  Lines ids;
  for (const CaseResult& result : run.cases) {
    ids.push_back(result.id);
  }
  return ids;
}

Lines problems_of(std::vector<RunPart> parts) { return merge_runs(std::move(parts)).problems; }

TEST(MergeRuns, JoinsAllPartsInTheirOrderWhateverOrderTheyCameIn) {
  const MergedRun merged = merge_runs({part("3/3", "c"), part("1/3", "a"), part("2/3", "b")});
  EXPECT_EQ(merged.problems, Lines{});
  EXPECT_EQ(ids_of(merged.run), (Lines{"a", "b", "c"}));
  EXPECT_EQ(merged.run.name, "quickstart");
}

TEST(MergeRuns, OfMoreThanNinePartsOrdersThemByNumber) {
  std::vector<RunPart> parts;
  Lines expected;
  for (int i = 11; i >= 1; --i) {
    parts.push_back(part(fmt::format("{}/11", i), fmt::format("case-{}", i)));
    expected.insert(expected.begin(), fmt::format("case-{}", i));
  }
  EXPECT_EQ(ids_of(merge_runs(std::move(parts)).run), expected);
}

TEST(MergeRuns, PutsEvidenceBehindEachPartsFolder) {
  const MergedRun merged = merge_runs({part("1/2", "a"), part("2/2", "b")});
  EXPECT_EQ(merged.run.cases[1].attempts[0].folder, "../part-2/reaches-a-shell/b");
}

TEST(MergeRuns, BeganWithTheFirstAndTookAsLongAsTheLongest) {
  RunPart one = part("1/2", "a");
  one.run.started += seconds(100);
  one.run.duration = milliseconds(5'000);
  RunPart other = part("2/2", "b");
  other.run.started += seconds(40);
  other.run.duration = milliseconds(9'000);
  const MergedRun merged = merge_runs({one, other});
  EXPECT_EQ(merged.run.started, other.run.started);
  EXPECT_EQ(merged.run.duration, milliseconds(9'000));
}

TEST(MergeRuns, KeepsThePropertiesOnWhichAllAgree) {
  RunPart one = part("1/2", "a");
  one.run.properties.emplace_back("host-cpus", "2");
  RunPart other = part("2/2", "b");
  other.run.properties.emplace_back("host-cpus", "4");
  EXPECT_EQ(
      merge_runs({one, other}).run.properties,
      (Properties{
          {"bootproof", "0.1.0"}, {"accelerator", "tcg"}, {"shard-plan", "abc"}, {"parts", "2"}}));
}

TEST(MergeRuns, NamesEachPartThatIsMissing) {
  EXPECT_EQ(problems_of({part("2/4", "b")}),
            (Lines{"shard 1/4 is missing", "shard 3/4 is missing", "shard 4/4 is missing"}));
}

TEST(MergeRuns, NamesAPartThatIsThereTwice) {
  RunPart again = part("1/2", "b");
  again.folder = "../again";
  EXPECT_EQ(problems_of({part("1/2", "a"), part("2/2", "c"), again}),
            Lines{"shard 1 is there twice: ../part-1 and ../again"});
}

TEST(MergeRuns, NamesPartsOfDifferentRuns) {
  EXPECT_EQ(problems_of({part("1/2", "a"), part("2/3", "b")}),
            Lines{"the parts are of runs in different numbers of shards"});
  EXPECT_EQ(problems_of({part("1/2", "a"), part("2/2", "b", "def")}),
            Lines{"the parts were shared out differently: other scenario files, filters or "
                  "durations"});
}

TEST(MergeRuns, NamesAPartThatIsNone) {
  for (const char* place : {"x", "1/", "0/2", "3/2", "1/10001", "-1/2", "1/2/3"}) {
    RunPart odd = part("2/2", "b");
    odd.folder = "../odd";
    odd.run.properties[2].second = place;
    EXPECT_EQ(problems_of({part("1/2", "a"), odd}),
              (Lines{"../odd is no part of a run in shards", "shard 2/2 is missing"}))
        << place;
  }
}

TEST(MergeRuns, NamesACaseThatTwoPartsRan) {
  EXPECT_EQ(problems_of({part("1/2", "a"), part("2/2", "a")}),
            Lines{"reaches-a-shell/a was run twice: in ../part-1 and in ../part-2"});
}

TEST(MergeRuns, NamesAPartThatWasInterrupted) {
  RunPart cut = part("2/2", "b");
  cut.run.interrupted = true;
  const MergedRun merged = merge_runs({part("1/2", "a"), cut});
  EXPECT_TRUE(merged.run.interrupted);
  EXPECT_EQ(merged.problems, Lines{"the run in ../part-2 was interrupted"});
}

TEST(MergeRuns, JoinsRunsThatAreNoPartsAsTheyCome) {
  const MergedRun merged = merge_runs({part("", "b"), part("", "a")});
  EXPECT_EQ(merged.problems, Lines{});
  EXPECT_EQ(ids_of(merged.run), (Lines{"b", "a"}));
}

TEST(MergeRuns, APartWithoutCasesIsAPartToo) {
  RunPart empty = part("2/2", "b");
  empty.run.cases.clear();
  const MergedRun merged = merge_runs({part("1/2", "a"), empty});
  EXPECT_EQ(merged.problems, Lines{});
  EXPECT_EQ(ids_of(merged.run), Lines{"a"});
}

TEST(MergeRuns, OfNothingIsAnEmptyRun) {
  const MergedRun merged = merge_runs({});
  EXPECT_EQ(merged.problems, Lines{});
  EXPECT_TRUE(merged.run.cases.empty());
}

TEST(MergeRuns, GivesWhatCanBeReadAndJoinedAgain) {
  const MergedRun merged = merge_runs({part("1/2", "a"), part("2/2", "b")});
  const std::string text = run_json(merged.run);
  EXPECT_EQ(run_json(read_run_json(text)), text);
}

}  // namespace
}  // namespace bootproof
