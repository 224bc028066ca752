#include "harness/run/shard.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/yaml_reader.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;
using Lines = std::vector<std::string>;
using Variables = std::map<std::string, std::string>;

/// "2/5 by --shard", or the message and hint of the usage error.
template <typename Ask>
std::string shard_text(Ask ask) {
  try {
    const std::optional<Shard> shard = ask();
    return shard ? shard->text() + " by " + shard->source : "none";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.message() + "\n" + error.hint();
  }
}

std::string parsed(std::string_view text) {
  return shard_text([&] { return std::optional(parse_shard(text, "--shard")); });
}

std::string told_by(const Variables& variables) {
  return shard_text([&] {
    return shard_from_environment([&](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    });
  });
}

TEST(ParseShard, TakesThePartAndTheirNumber) {
  EXPECT_EQ(parsed("2/5"), "2/5 by --shard");
  EXPECT_EQ(parsed("1/1"), "1/1 by --shard");
  EXPECT_EQ(parsed("10000/10000"), "10000/10000 by --shard");
}

TEST(ParseShard, RefusesWhatIsNoPart) {
  for (const std::string_view bad : {"", "/", "2", "2/", "/5", "a/b", "2/5/7", " 2/5", "2/5 ",
                                     "+2/5", "-1/5", "0x2/5", "2.0/5", "99999999999/5"}) {
    EXPECT_EQ(parsed(bad), fmt::format("--shard '{}', expected I/N\n"
                                       "write --shard 2/5 for the second of five, or --shard none "
                                       "for all cases",
                                       bad));
  }
}

TEST(ParseShard, RefusesAPartThatIsNoneOfThem) {
  for (const std::string_view bad : {"0/5", "6/5", "0/0", "1/10001"}) {
    const std::size_t slash = bad.find('/');
    EXPECT_EQ(parsed(bad),
              fmt::format("part {} of {} (--shard): the part must be from 1 to their number, and "
                          "that at most 10000\n"
                          "write --shard 2/5 for the second of five, or --shard none for all cases",
                          bad.substr(0, slash), bad.substr(slash + 1)));
  }
}

TEST(ParseShard, ShowsNoControlCharacter) {
  EXPECT_THAT(parsed("2/\x1b[2J"), HasSubstr("'2/\\x1b[2J'"));
}

TEST(ShardFromEnvironment, IsNoneWhereNobodySaysSo) { EXPECT_EQ(told_by({}), "none"); }

TEST(ShardFromEnvironment, KnowsEachSystem) {
  EXPECT_EQ(told_by({{"CI_NODE_INDEX", "2"}, {"CI_NODE_TOTAL", "5"}}),
            "2/5 by GitLab's CI_NODE_INDEX");
  EXPECT_EQ(told_by({{"TEST_SHARD_INDEX", "0"}, {"TEST_TOTAL_SHARDS", "3"}}),
            "1/3 by Bazel's TEST_SHARD_INDEX");
  EXPECT_EQ(told_by({{"GTEST_SHARD_INDEX", "2"}, {"GTEST_TOTAL_SHARDS", "3"}}),
            "3/3 by GoogleTest's GTEST_SHARD_INDEX");
  EXPECT_EQ(told_by({{"JOB_COMPLETION_INDEX", "3"}, {"BOOTPROOF_SHARD_COUNT", "4"}}),
            "4/4 by Kubernetes's JOB_COMPLETION_INDEX");
}

/// An array job of Slurm: `sbatch --array=MIN-MAX:STEP`.
std::string slurm(const char* id, const char* count, const char* min, const char* step) {
  return told_by({{"SLURM_ARRAY_TASK_ID", id},
                  {"SLURM_ARRAY_TASK_COUNT", count},
                  {"SLURM_ARRAY_TASK_MIN", min},
                  {"SLURM_ARRAY_TASK_STEP", step}});
}

TEST(ShardFromEnvironment, SlurmsArraysBeginWhereTheUserLikesAndHaveSteps) {
  EXPECT_EQ(slurm("1", "3", "1", "1"), "1/3 by Slurm's SLURM_ARRAY_TASK_ID");
  EXPECT_EQ(slurm("0", "3", "0", "1"), "1/3 by Slurm's SLURM_ARRAY_TASK_ID");
  EXPECT_EQ(slurm("16", "4", "10", "3"), "3/4 by Slurm's SLURM_ARRAY_TASK_ID");
  EXPECT_EQ(told_by({{"SLURM_ARRAY_TASK_ID", "1"}, {"SLURM_ARRAY_TASK_COUNT", "3"}}),
            "2/3 by Slurm's SLURM_ARRAY_TASK_ID");
}

TEST(ShardFromEnvironment, ASlurmArrayWithHolesIsRefused) {
  EXPECT_EQ(slurm("7", "3", "1", "5"),
            "SLURM_ARRAY_TASK_ID is 7, which does not belong to a series from 1 in steps of 5\n"
            "say `--shard I/N` yourself");
  EXPECT_EQ(slurm("0", "3", "1", "1"),
            "SLURM_ARRAY_TASK_ID is 0, which does not belong to a series from 1 in steps of 1\n"
            "say `--shard I/N` yourself");
  EXPECT_EQ(slurm("1", "3", "1", "0"),
            "SLURM_ARRAY_TASK_ID is 1, which does not belong to a series from 1 in steps of 0\n"
            "say `--shard I/N` yourself");
  EXPECT_THAT(slurm("7", "3", "1", "1"), HasSubstr("part 7 of 3"));
}

TEST(ShardFromEnvironment, AnIndexWithoutACountIsRefused) {
  EXPECT_EQ(told_by({{"JOB_COMPLETION_INDEX", "3"}}),
            "JOB_COMPLETION_INDEX (Kubernetes) is set, and BOOTPROOF_SHARD_COUNT is not\n"
            "set BOOTPROOF_SHARD_COUNT to the number of parts, or say `--shard none` to run all "
            "cases here");
}

TEST(ShardFromEnvironment, ValuesThatAreNoNumbersAreRefused) {
  for (const std::string_view bad : {"", "two", "-1", "1e3", "99999999999999999999"}) {
    EXPECT_EQ(told_by({{"CI_NODE_INDEX", std::string(bad)}, {"CI_NODE_TOTAL", "5"}}),
              fmt::format("CI_NODE_INDEX is '{}', expected a whole number\n"
                          "correct the environment, or say `--shard none` to run all cases here",
                          bad));
  }
  EXPECT_THAT(told_by({{"CI_NODE_INDEX", "1"}, {"CI_NODE_TOTAL", "\x1b[2J"}}),
              HasSubstr("CI_NODE_TOTAL is '\\x1b[2J'"));
}

TEST(ShardFromEnvironment, AnIndexThatIsNoneOfThemIsRefused) {
  EXPECT_THAT(told_by({{"CI_NODE_INDEX", "6"}, {"CI_NODE_TOTAL", "5"}}),
              HasSubstr("part 6 of 5 (GitLab's CI_NODE_INDEX)"));
  EXPECT_THAT(told_by({{"CI_NODE_INDEX", "0"}, {"CI_NODE_TOTAL", "5"}}),
              HasSubstr("CI_NODE_INDEX is 0, which does not belong to a series from 1"));
  EXPECT_THAT(told_by({{"TEST_SHARD_INDEX", "3"}, {"TEST_TOTAL_SHARDS", "3"}}),
              HasSubstr("part 4 of 3 (Bazel's TEST_SHARD_INDEX)"));
  EXPECT_THAT(told_by({{"TEST_SHARD_INDEX", "4294967295"}, {"TEST_TOTAL_SHARDS", "3"}}),
              HasSubstr("of 3 (Bazel's TEST_SHARD_INDEX)"));
}

/// A scenario file with 18 cells; costs differ by firmware, and some are equal.
class CellsOfShard : public ::testing::Test {
 protected:
  static milliseconds cost(const Cell& cell) {
    switch (cell.firmware) {
      case Firmware::kSeabios:
        return milliseconds(6'000);
      case Firmware::kOvmf:
        return milliseconds(10'000);
      default:
        return milliseconds(1'000 + 700 * static_cast<int>(cell.device));
    }
  }

  [[nodiscard]] Lines part(unsigned index, unsigned count) const {
    return ids_of(cells_of_shard(cells_, {index, count, "test"}, cost));
  }
  static Lines ids_of(const std::vector<Cell>& cells) {
    Lines ids;
    for (const Cell& cell : cells) {
      ids.push_back(cell.full_id());
    }
    return ids;
  }

  ScenarioFile file_ = parse_scenarios(YamlNode::load_text(R"(version: 1
media: {a: a.iso, b: b.iso}
scenarios:
  - name: one
    media: [a, b]
    firmware: [seabios, ovmf, ovmf-secure]
    device: [ahci-cd, scsi-cd, usb-storage]
    steps: [reach: prompt]
)",
                                                           "/srv/boot.yaml"),
                                       {});
  std::vector<Cell> cells_ = expand(file_);
};

TEST_F(CellsOfShard, AreAllInJustOnePartForAnyNumberOfParts) {
  ASSERT_EQ(cells_.size(), 18U);
  for (unsigned count = 1; count <= 30; ++count) {
    Lines all;
    for (unsigned index = 1; index <= count; ++index) {
      const Lines mine = part(index, count);
      all.insert(all.end(), mine.begin(), mine.end());
    }
    EXPECT_THAT(all, ::testing::UnorderedElementsAreArray(ids_of(cells_))) << count;
  }
}

TEST_F(CellsOfShard, KeepTheirOrder) {
  const Lines order = ids_of(cells_);
  for (const unsigned index : {1U, 2U, 3U}) {
    std::vector<std::ptrdiff_t> places;
    for (const std::string& id : part(index, 3)) {
      places.push_back(std::find(order.begin(), order.end(), id) - order.begin());
    }
    EXPECT_TRUE(std::is_sorted(places.begin(), places.end())) << index;
  }
}

TEST_F(CellsOfShard, OfOnePartAreAll) { EXPECT_EQ(part(1, 1), ids_of(cells_)); }

TEST_F(CellsOfShard, OfPartsBehindTheLastCellAreNone) {
  EXPECT_EQ(part(18, 19).size(), 1U);
  EXPECT_EQ(part(19, 19), Lines{});
  EXPECT_EQ(part(10'000, 10'000), Lines{});
  EXPECT_EQ(ids_of(cells_of_shard({}, {1, 2, "test"}, cost)), Lines{});
}

TEST_F(CellsOfShard, DifferByLessThanTheLongestCell) {
  for (unsigned count = 2; count <= 7; ++count) {
    milliseconds least = milliseconds::max();
    milliseconds most{};
    for (unsigned index = 1; index <= count; ++index) {
      milliseconds load{};
      for (const Cell& cell : cells_of_shard(cells_, {index, count, "test"}, cost)) {
        load += cost(cell);
      }
      least = std::min(least, load);
      most = std::max(most, load);
    }
    EXPECT_LE(most - least, milliseconds(10'000)) << count;
  }
}

TEST_F(CellsOfShard, AreTheSameHoweverTheFileOrdersThem) {
  const Lines before = part(2, 3);
  std::reverse(cells_.begin(), cells_.end());
  EXPECT_THAT(part(2, 3), ::testing::UnorderedElementsAreArray(before));
}

TEST_F(CellsOfShard, AreSharedOutAlsoWhereTheyCostNothing) {
  const CellCost nothing = [](const Cell&) { return milliseconds(0); };
  for (unsigned index = 1; index <= 3; ++index) {
    EXPECT_EQ(cells_of_shard(cells_, {index, 3, "test"}, nothing).size(), 6U);
  }
}

TEST_F(CellsOfShard, ThePlansDigestChangesWithCellsAndCosts) {
  const std::string digest = shard_plan_digest(cells_, cost);
  EXPECT_EQ(digest, shard_plan_digest(cells_, cost));
  EXPECT_EQ(digest.size(), 64U);
  EXPECT_NE(digest, shard_plan_digest(cells_, [](const Cell&) { return milliseconds(1); }));
  std::vector<Cell> fewer(cells_.begin(), cells_.end() - 1);
  EXPECT_NE(digest, shard_plan_digest(fewer, cost));
}

}  // namespace
}  // namespace bootproof
