#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/program.h"

// Runs in shards, joined again, matrices for CI systems, and `explain`. The medium is one that
// nothing boots, so that no QEMU is started.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr std::string_view kSixCells = R"(version: 1
media: {disk: {path: disk.img}}
scenarios:
  - name: boots
    media: disk
    firmware: [seabios, ovmf]
    device: [ide-hd, nvme, usb-storage]
    steps: [reach: prompt]
)";

class Shards : public ::testing::Test {
 protected:
  Shards() {
    program_.write("boot.yaml", kSixCells);
    program_.write("disk.img", std::string(100'000, '\0'));
  }

  ProgramResult run(std::vector<std::string> more) {
    std::vector<std::string> arguments{"run", "boot.yaml", "--accel", "tcg", "-q"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return program_.run(std::move(arguments));
  }
  /// Runs part I of N into `partI`.
  void run_part(int index, int count) {
    const ProgramResult result =
        run({"--shard", fmt::format("{}/{}", index, count), "--out", fmt::format("part{}", index)});
    EXPECT_EQ(text_of(result), "exit code 0\n");
  }
  /// The full ids in a run's run.json.
  [[nodiscard]] std::vector<std::string> ids_in(const std::string& folder) const {
    const json::value run = json::parse(content_of(program_.folder() / folder / "run.json"));
    std::vector<std::string> ids;
    for (const json::value& one : run.at("cases").as_array()) {
      ids.emplace_back(one.at("id").as_string());
    }
    return ids;
  }
  [[nodiscard]] std::string property_in(const std::string& folder, const char* name) const {
    const json::value run = json::parse(content_of(program_.folder() / folder / "run.json"));
    const json::object& properties = run.at("properties").as_object();
    return properties.contains(name) ? std::string(properties.at(name).as_string()) : "";
  }

  BootproofProgram program_;
};

TEST_F(Shards, JoinToOneReportOfAllCases) {
  for (const int index : {1, 2, 3}) {
    run_part(index, 3);
  }
  const ProgramResult merged = program_.run({"merge", "part3", "part1/run.json", "part2"});
  EXPECT_EQ(text_of(merged), "exit code 0\n");
  EXPECT_THAT(merged.output, HasSubstr("\n0 passed, 0 failed, 0 errors, 6 skipped, 0 flaky in "));
  EXPECT_THAT(merged.output, HasSubstr("report: out/merged/junit.xml\n"));
  EXPECT_THAT(ids_in("out/merged"),
              ::testing::UnorderedElementsAre("disk.seabios.ide-hd", "disk.seabios.nvme",
                                              "disk.seabios.usb-storage", "disk.ovmf.ide-hd",
                                              "disk.ovmf.nvme", "disk.ovmf.usb-storage"));
  EXPECT_THAT(content_of(program_.folder() / "out/merged/junit.xml"), HasSubstr("tests=\"6\""));
  EXPECT_EQ(program_.run({"merge", "part1", "part2", "part3"}).exit_code, 0) << "a second time";
}

TEST_F(Shards, TellWhichPartTheyAre) {
  run_part(2, 3);
  EXPECT_EQ(property_in("part2", "shard"), "2/3");
  EXPECT_EQ(property_in("part2", "shard-source"), "--shard");
  EXPECT_EQ(property_in("part2", "shard-plan").size(), 64U);
}

TEST_F(Shards, AreNamedInTheRunFolder) {
  EXPECT_EQ(run({"--shard", "2/3"}).exit_code, 0);
  EXPECT_TRUE(fs::exists(program_.folder() / "out/boot.shard-2-of-3/run.json"));
}

TEST_F(Shards, ComeFromTheEnvironmentUnlessToldOtherwise) {
  program_.set("CI_NODE_INDEX", "1");
  program_.set("CI_NODE_TOTAL", "6");
  EXPECT_EQ(run({"--out", "told"}).exit_code, 0);
  EXPECT_EQ(ids_in("told").size(), 1U);
  EXPECT_EQ(property_in("told", "shard-source"), "GitLab's CI_NODE_INDEX");
  EXPECT_EQ(run({"--out", "all", "--shard", "none"}).exit_code, 0);
  EXPECT_EQ(ids_in("all").size(), 6U);
  EXPECT_EQ(property_in("all", "shard"), "");
}

TEST_F(Shards, OfMorePartsThanCellsMayBeEmpty) {
  for (int index = 1; index <= 7; ++index) {
    run_part(index, 7);
  }
  EXPECT_THAT(ids_in("part7"), ElementsAre());
  const ProgramResult merged =
      program_.run({"merge", "part1", "part2", "part3", "part4", "part5", "part6", "part7"});
  EXPECT_EQ(text_of(merged), "exit code 0\n");
  EXPECT_EQ(ids_in("out/merged").size(), 6U);
}

TEST_F(Shards, AreSharedOutByTheTimesOfAnEarlierRun) {
  EXPECT_EQ(run({"--out", "all", "--shard", "none"}).exit_code, 0);
  EXPECT_EQ(run({"--out", "part1", "--shard", "1/2", "--durations", "all"}).exit_code, 0);
  EXPECT_EQ(ids_in("part1").size(), 3U);
  EXPECT_EQ(text_of(run({"--out", "part2", "--shard", "2/2", "--durations", "nowhere"})),
            "exit code 2\n"
            "bootproof: cannot open nowhere: No such file or directory\n"
            "  name the folder of a run that has ended (--out of `bootproof run`)\n");
}

TEST_F(Shards, ThatMakeNoSenseAreRefused) {
  EXPECT_EQ(text_of(run({"--shard", "3/2"})),
            "exit code 2\n"
            "bootproof: part 3 of 2 (--shard): the part must be from 1 to their number, and that "
            "at most 10000\n"
            "  write --shard 2/5 for the second of five, or --shard none for all cases\n");
  EXPECT_EQ(text_of(run({"--shard", "half"})),
            "exit code 2\n"
            "bootproof: --shard 'half', expected I/N\n"
            "  write --shard 2/5 for the second of five, or --shard none for all cases\n");
  program_.set("JOB_COMPLETION_INDEX", "0");
  EXPECT_EQ(
      text_of(run({})),
      "exit code 2\n"
      "bootproof: JOB_COMPLETION_INDEX (Kubernetes) is set, and BOOTPROOF_SHARD_COUNT is not\n"
      "  set BOOTPROOF_SHARD_COUNT to the number of parts, or say `--shard none` to run all "
      "cases here\n");
}

TEST_F(Shards, OfWhichOneIsMissingMakeNoWholeReport) {
  run_part(1, 3);
  run_part(3, 3);
  const ProgramResult merged = program_.run({"merge", "part1", "part3"});
  EXPECT_EQ(text_of(merged),
            "exit code 3\n"
            "bootproof: shard 2/3 is missing\n"
            "  the report is not whole: run what is missing, then merge all parts\n");
  EXPECT_EQ(ids_in("out/merged").size(), 4U) << "what there is stands in the report";
}

TEST_F(Shards, OfWhichOneIsThereTwiceMakeNoWholeReport) {
  run_part(1, 2);
  run_part(2, 2);
  const ProgramResult merged = program_.run({"merge", "part1", "part2", "part2", "--out", "m"});
  EXPECT_THAT(text_of(merged),
              StartsWith("exit code 3\n"
                         "bootproof: shard 2 is there twice: ../part2 and ../part2\n"
                         "bootproof: boots/disk."));
}

TEST_F(Shards, OfAnotherScenarioFileDoNotFit) {
  run_part(1, 2);
  program_.write("boot.yaml", std::string(kSixCells).replace(kSixCells.find("ide-hd, "), 8, ""));
  run_part(2, 2);
  EXPECT_THAT(text_of(program_.run({"merge", "part1", "part2"})),
              HasSubstr("exit code 3\n"
                        "bootproof: the parts were shared out differently: other scenario files, "
                        "filters or durations\n"));
}

TEST_F(Shards, AreNotOverwrittenByTheirReport) {
  run_part(1, 1);
  const std::string before = content_of(program_.folder() / "part1/run.json");
  EXPECT_EQ(program_.error({"merge", "part1", "--out", "part1"}),
            "exit code 2\n"
            "bootproof: --out part1 is one of the runs\n"
            "  name another folder for the joined report\n");
  EXPECT_EQ(program_.run({"merge", "part1/run.json", "--out", "part1"}).exit_code, 2);
  EXPECT_EQ(content_of(program_.folder() / "part1/run.json"), before);
}

TEST_F(Shards, InTheCurrentFolderAreFoundByTheirRunJson) {
  run_part(1, 1);
  const ProgramResult merged =
      program_.shell("cd part1 && BOOTPROOF merge run.json --out ../m && cat ../m/run.json");
  EXPECT_EQ(text_of(merged), "exit code 0\n");
  const ProgramResult onto_itself = program_.shell("cd part1 && BOOTPROOF merge run.json --out .");
  EXPECT_EQ(onto_itself.exit_code, 2) << onto_itself.error_output;
}

TEST_F(Shards, ThatAreNoRunsAreRefused) {
  program_.write("junit/run.json", "<testsuites/>");
  program_.write("other/run.json", R"({"format":"bootproof-plan","version":1})");
  EXPECT_EQ(program_.error({"merge"}),
            "exit code 2\n"
            "bootproof: runs is required\n"
            "  see `bootproof merge --help`\n");
  EXPECT_EQ(program_.error({"merge", "nowhere"}),
            "exit code 2\n"
            "bootproof: cannot open nowhere: No such file or directory\n"
            "  name the folder of a run that has ended (--out of `bootproof run`)\n");
  EXPECT_THAT(program_.error({"merge", "junit"}),
              StartsWith("exit code 2\nbootproof: junit/run.json is no run: it is no JSON: "));
  EXPECT_EQ(program_.error({"merge", "other"}),
            "exit code 2\n"
            "bootproof: other/run.json is no run: its format is 'bootproof-plan', expected "
            "'bootproof-run'\n"
            "  name the folder of a run, or its run.json\n");
  EXPECT_FALSE(fs::exists(program_.folder() / "out"));
}

TEST_F(Shards, AreTheJobsOfAMatrixForGithub) {
  const ProgramResult matrix =
      program_.run({"plan", "boot.yaml", "--github-matrix", "--shards", "4"});
  EXPECT_EQ(text_of(matrix), "exit code 0\n");
  EXPECT_EQ(matrix.output, R"({"include":[{"shard":"1/4","cells":2,"expected_seconds":16},)"
                           R"({"shard":"2/4","cells":1,"expected_seconds":10},)"
                           R"({"shard":"3/4","cells":1,"expected_seconds":10},)"
                           R"({"shard":"4/4","cells":2,"expected_seconds":12}]})"
                           "\n");
  const json::value jobs = json::parse(matrix.output);
  for (const json::value& job : jobs.at("include").as_array()) {
    const std::string shard(job.at("shard").as_string());
    EXPECT_EQ(run({"--shard", shard, "--out", "one"}).exit_code, 0);
    EXPECT_EQ(ids_in("one").size(), job.at("cells").to_number<std::size_t>()) << shard;
  }
}

TEST_F(Shards, CellsAreTheJobsOfAMatrixForGithub) {
  const ProgramResult matrix = program_.run({"plan", "boot.yaml", "--github-matrix"});
  const json::value jobs = json::parse(matrix.output);
  ASSERT_EQ(jobs.at("include").as_array().size(), 6U);
  for (const json::value& job : jobs.at("include").as_array()) {
    const std::string cell(job.at("cell").as_string());
    EXPECT_EQ(run({"--filter", cell, "--out", "one"}).exit_code, 0);
    EXPECT_THAT(ids_in("one"), ElementsAre(cell.substr(cell.find('/') + 1)));
  }
}

TEST_F(Shards, OrCellsAreTheJobsOfAMatrixForGitlab) {
  EXPECT_EQ(program_.run({"plan", "boot.yaml", "--gitlab", "--shards", "2"}).output,
            "# Written by bootproof plan --gitlab. A job of a child pipeline extends it and runs\n"
            "#   bootproof run boot.yaml --shard \"$BOOTPROOF_SHARD\"\n"
            ".bootproof-matrix:\n"
            "  parallel:\n"
            "    matrix:\n"
            "      - BOOTPROOF_SHARD:\n"
            "          - '1/2'\n"
            "          - '2/2'\n");
  EXPECT_EQ(program_.run({"plan", "boot.yaml", "--gitlab", "--filter", "nvme"}).output,
            "# Written by bootproof plan --gitlab. A job of a child pipeline extends it and runs\n"
            "#   bootproof run boot.yaml --shard none --filter \"$BOOTPROOF_CELL\"\n"
            ".bootproof-matrix:\n"
            "  parallel:\n"
            "    matrix:\n"
            "      - BOOTPROOF_CELL:\n"
            "          - 'boots/disk.seabios.nvme'\n"
            "          - 'boots/disk.ovmf.nvme'\n");
}

TEST_F(Shards, OfMorePartsThanCellsAreNoFurtherJobs) {
  const ProgramResult matrix =
      program_.run({"plan", "boot.yaml", "--github-matrix", "--shards", "10000"});
  EXPECT_EQ(json::parse(matrix.output).at("include").as_array().size(), 6U);
}

/// A scenario file with `count` scenarios of six cells.
std::string large_file(int count) {
  std::string text = "version: 1\nmedia: {disk: {path: disk.img}}\nscenarios:\n";
  for (int i = 0; i < count; ++i) {
    text += fmt::format(
        "  - {{name: s{}, media: disk, firmware: [seabios, ovmf], device: [ide-hd, nvme, "
        "usb-storage], steps: [reach: prompt]}}\n",
        i);
  }
  return text;
}

TEST_F(Shards, OrCellsThatAreMoreThanAMatrixTakesAreRefused) {
  program_.write("large.yaml", large_file(43));
  EXPECT_EQ(program_.error({"plan", "large.yaml", "--github-matrix"}),
            "exit code 2\n"
            "bootproof: 258 jobs, and a matrix of GitHub Actions takes at most 256\n"
            "  share the cases out with --shards 256 or less\n");
  EXPECT_EQ(program_.error({"plan", "large.yaml", "--github-matrix", "--shards", "257"}),
            "exit code 2\n"
            "bootproof: 257 jobs, and a matrix of GitHub Actions takes at most 256\n"
            "  share the cases out with --shards 256 or less\n");
  EXPECT_EQ(program_.run({"plan", "large.yaml", "--github-matrix", "--shards", "256"}).exit_code,
            0);
  EXPECT_EQ(program_.error({"plan", "large.yaml", "--gitlab", "--shards", "201"}),
            "exit code 2\n"
            "bootproof: 201 jobs, and a matrix of GitLab takes at most 200\n"
            "  share the cases out with --shards 200 or less\n");
  EXPECT_EQ(program_.run({"plan", "large.yaml", "--gitlab", "--shards", "200"}).exit_code, 0);
}

TEST_F(Shards, AreNoOptionOfAPlanByItself) {
  EXPECT_EQ(program_.error({"plan", "boot.yaml", "--shards", "2"}),
            "exit code 2\n"
            "bootproof: --shards belongs to --github-matrix and --gitlab\n"
            "  `bootproof run --shard I/N` runs one of N parts\n");
  EXPECT_EQ(program_.run({"plan", "boot.yaml", "--gitlab", "--github-matrix"}).exit_code, 2);
  EXPECT_EQ(program_.run({"plan", "boot.yaml", "--gitlab", "--json"}).exit_code, 2);
}

TEST_F(Shards, ACaseOfARunIsExplained) {
  EXPECT_EQ(run({"--out", "all"}).exit_code, 0);
  EXPECT_EQ(program_.run({"explain", "seabios.nvme", "--run", "all"}).output,
            "boots/disk.seabios.nvme\n"
            "foretold for BIOS, disk: cannot boot\n"
            "   1. entry      MBR\n"
            "      foretold:  cannot boot: it has no signature 55 aa\n"
            "not booted: case.foretold-not-to-boot: MBR: it has no signature 55 aa\n");
}

TEST_F(Shards, TheYoungestRunIsExplainedWhereNoneIsNamed) {
  EXPECT_EQ(run({}).exit_code, 0);
  EXPECT_THAT(program_.run({"explain", "boots/disk.ovmf.nvme"}).output,
              StartsWith("boots/disk.ovmf.nvme\nforetold for UEFI x64, disk: cannot boot\n"));
}

TEST_F(Shards, APartOfAnIdExplainsAllItMatches) {
  EXPECT_EQ(run({}).exit_code, 0);
  const std::string all = program_.run({"explain", "*.usb-storage"}).output;
  EXPECT_THAT(all, HasSubstr("\n\nboots/disk.ovmf.usb-storage\n"));
  EXPECT_THAT(all, StartsWith("boots/disk.seabios.usb-storage\n"));
}

TEST_F(Shards, ACaseThatNoRunHasIsNotExplained) {
  EXPECT_EQ(program_.error({"explain", "disk.seabios.nvme"}),
            "exit code 2\n"
            "bootproof: there is no run below out/\n"
            "  name its folder with --run, or run `bootproof boot IMAGE` first\n");
  EXPECT_EQ(run({}).exit_code, 0);
  EXPECT_EQ(
      program_.error({"explain", "aavmf\x1b[2J"}),
      "exit code 2\n"
      "bootproof: no case of out/boot matches 'aavmf\\x1b[2J'\n"
      "  name a case as the run's table does, or a part of its id; --run names another run\n");
  EXPECT_EQ(program_.error({"explain", "nvme", "--run", "nowhere"}),
            "exit code 2\n"
            "bootproof: cannot open nowhere: No such file or directory\n"
            "  name the folder of a run that has ended (--out of `bootproof run`)\n");
  EXPECT_EQ(program_.error({"explain"}),
            "exit code 2\n"
            "bootproof: case is required\n"
            "  see `bootproof explain --help`\n");
}

}  // namespace
}  // namespace bootproof::testing
