#include <fmt/format.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "tests/cli/program.h"

// `diagnose` of folders without a run.json: a killed run's, and one scenario's of a run.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class DiagnoseUnended : public ::testing::Test {
 protected:
  /// What a run leaves that was killed: a case that had failed, one that had passed, one that was
  /// under way.
  DiagnoseUnended() {
    program_.write("k/.bootproof-run", "running as process 1\n");
    program_.write("k/events.jsonl", "{}\n");
    program_.write("k/s/a.seabios/serial.log", "No bootable device.\r\n");
    program_.write("k/s/a.seabios/verdict.json", verdict("a.seabios", "failed", "machine.silent"));
    program_.write("k/s/b.seabios/serial.log", "login: ");
    program_.write("k/s/b.seabios/verdict.json", verdict("b.seabios", "passed", ""));
    program_.write("k/s/c.seabios/serial.log", "GRUB loading.\r\n");
    program_.write("k/s/d.seabios/notes", "no case");
  }
  static std::string verdict(const std::string& id, const std::string& outcome,
                             const std::string& cause) {
    const std::string said = R"("outcome":")" + outcome + R"(","stage":"firmware","cause":")" +
                             cause + R"(","message":"nothing came","hint":"look")";
    return R"({"format":"bootproof-verdict","version":1,"suite":"s","id":")" + id +
           R"(","properties":{"machine":"pc"},"attempts":[{"attempt":1,)" + said +
           R"(,"folder":"x"}],)" + said + "}";
  }
  [[nodiscard]] static bool names(const ProgramResult& result, const std::string& id) {
    return result.output.find("s/" + id + "\n") != std::string::npos;
  }
  BootproofProgram program_;
};

TEST_F(DiagnoseUnended, TellsThatTheRunDidNotEndAndDiagnosesWhatItsCasesLeft) {
  const ProgramResult result = program_.run({"diagnose", "k"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.error_output,
            "warning: k is of a run that did not end: it was killed, or it still runs; what its 3 "
            "cases left is diagnosed\n");
  EXPECT_NE(result.output.find("firmware.no-bootable-device"), std::string::npos) << result.output;
  EXPECT_TRUE(names(result, "a.seabios")) << result.output;
  EXPECT_FALSE(names(result, "b.seabios")) << result.output;
  EXPECT_TRUE(names(result, "c.seabios")) << result.output;
  EXPECT_FALSE(names(result, "d.seabios")) << result.output;
  EXPECT_NE(result.output.find("then said: nothing; no verdict was kept"), std::string::npos);
}

TEST_F(DiagnoseUnended, TakesTheFolderOfOneScenario) {
  const ProgramResult result = program_.run({"diagnose", "--json", "k/s"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.error_output, "");
  const json::object object = json::parse(result.output).as_object();
  EXPECT_EQ(object.at("kind"), "suite");
  const json::array& cases = object.at("cases").as_array();
  ASSERT_EQ(cases.size(), 2U);
  EXPECT_EQ(cases[0].as_object().at("id"), "a.seabios");
  EXPECT_EQ(cases[1].as_object().at("id"), "c.seabios");
}

TEST_F(DiagnoseUnended, CountsTheLastAttemptOfACaseAlone) {
  fs::rename(program_.folder() / "k/s/b.seabios", program_.folder() / "k/s/a.seabios.2");
  program_.write("k/s/c.seabios/verdict.json", verdict("c.seabios", "passed", ""));
  const ProgramResult second = program_.run({"diagnose", "k/s"});
  EXPECT_EQ(second.exit_code, 0);
  EXPECT_EQ(second.output, "no case failed\n");
  program_.write("k/s/a.seabios.3/serial.log", "No bootable device.\r\n");
  const ProgramResult third = program_.run({"diagnose", "k/s"});
  EXPECT_EQ(third.exit_code, 1);
  EXPECT_TRUE(names(third, "a.seabios.3")) << third.output;
  EXPECT_FALSE(names(third, "a.seabios")) << third.output;
}

TEST_F(DiagnoseUnended, SaysThatNoCaseLeftAnything) {
  fs::remove_all(program_.folder() / "k/s");
  EXPECT_EQ(program_.error({"diagnose", "k"}),
            "exit code 2\nbootproof: k is of a run that did not end, and no case of it has left "
            "anything\n  wait for its end if it still runs; else run it again\n");
}

TEST_F(DiagnoseUnended, FollowsNoLinkAndReadsABoundedNumber) {
  program_.write("other/s/x/serial.log", "No bootable device.\r\n");
  fs::create_directory_symlink("../other/s", program_.folder() / "k/t");
  const ProgramResult linked = program_.run({"diagnose", "k"});
  EXPECT_EQ(linked.output.find("x\n"), std::string::npos) << linked.output;
  for (int i = 0; i < 205; ++i) {
    program_.write(fmt::format("many/s/{:03}/serial.log", i), "GRUB loading.\r\n");
  }
  const ProgramResult many = program_.run({"diagnose", "--json", "many"});
  EXPECT_EQ(many.error_output, "warning: many holds more than the 200 cases that are diagnosed\n");
  EXPECT_EQ(json::parse(many.output).as_object().at("cases").as_array().size(), 200U);
}

}  // namespace
}  // namespace bootproof::testing
