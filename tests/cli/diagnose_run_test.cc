#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>

#include "tests/cli/program.h"

// `diagnose` of a run that is over and of its cases. The runs are written by hand: what a real one
// leaves is diagnosed in tests/boot.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

class DiagnoseRun : public ::testing::Test {
 protected:
  /// A run below out/ with a case that failed for a silence and one that passed.
  DiagnoseRun() {
    program_.write("out/r/run.json",
                   R"({"format":"bootproof-run","version":1,"name":"r","cases":[)" +
                       case_json("disk.seabios.ide-cd", "failed", "s/disk.seabios.ide-cd") + "," +
                       case_json("disk.ovmf.usb-storage", "passed", "s/disk.ovmf.usb-storage") +
                       "]}\n");
    program_.write("out/r/s/disk.seabios.ide-cd/serial.log", "No bootable device.\r\n");
    program_.write("out/r/s/disk.ovmf.usb-storage/serial.log", "login: ");
  }
  static std::string case_json(const std::string& id, const std::string& outcome,
                               const std::string& folder) {
    const std::string cause = outcome == "failed" ? "machine.silent" : "";
    const std::string verdict = R"("outcome":")" + outcome + R"(","stage":"firmware","cause":")" +
                                cause + R"(","message":"nothing came","hint":"look")";
    return R"({"suite":"s","id":")" + id +
           R"(","properties":{"machine":"pc"},"attempts":[{"attempt":1,)" + verdict +
           R"(,"folder":")" + folder + R"("}],)" + verdict + "}";
  }
  BootproofProgram program_;
};

TEST_F(DiagnoseRun, SaysOfEachFailedCaseWhatTodaysRulesSay) {
  const ProgramResult result = program_.run({"diagnose", "out/r"});
  EXPECT_EQ(result.exit_code, 1) << result.error_output;
  EXPECT_EQ(result.output,
            "s/disk.seabios.ide-cd\n"
            "foretold: nothing; the medium was not inspected for this case\n"
            "came to: firmware after 0.0s\n"
            "s/disk.seabios.ide-cd: FAILED  firmware: firmware.no-bootable-device: the firmware "
            "found nothing on the medium that it can boot\n"
            "  certain: a line that only a lost boot prints\n"
            "    No bootable device.\n"
            "  what to do: for a CD: an El Torito entry with platform ID 0 and a boot image; for a "
            "disk or stick: boot code and the signature 0xAA55 in the first sector\n"
            "  evidence in: out/r/s/disk.seabios.ide-cd\n"
            "  then said: firmware: machine.silent: nothing came\n"
            "  the streams were read: one stream after the other: there is no timeline.jsonl\n"
            "  the folder holds: serial.log (21 bytes)\n"
            "  it lacks: firmware.log; screen.txt; screen.png; vga.txt; timeline.jsonl; qmp.log; "
            "repro.sh; verdict.json\n");
}

TEST_F(DiagnoseRun, TakesACaseByItsIdOfTheYoungestRunOrOfANamedOne) {
  const ProgramResult young = program_.run({"diagnose", "seabios"});
  EXPECT_EQ(young.exit_code, 1);
  EXPECT_NE(young.output.find("firmware.no-bootable-device"), std::string::npos) << young.output;
  const ProgramResult named = program_.run({"diagnose", "disk.ovmf.usb-storage", "--run", "out/r"});
  EXPECT_EQ(named.exit_code, 0);
  EXPECT_NE(named.output.find("passed: "), std::string::npos) << named.output;
}

TEST_F(DiagnoseRun, TakesTheFolderOfACaseThatHasNoVerdict) {
  const ProgramResult result = program_.run({"diagnose", "out/r/s/disk.seabios.ide-cd"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("then said: nothing; no verdict was kept"), std::string::npos)
      << result.output;
}

TEST_F(DiagnoseRun, TakesTheVerdictOutOfACasesFolder) {
  const std::string entry = case_json("disk.seabios.ide-cd", "failed", "x");
  program_.write("out/r/s/disk.seabios.ide-cd/verdict.json",
                 R"({"format":"bootproof-verdict","version":1,)" + entry.substr(1));
  const ProgramResult result = program_.run({"diagnose", "out/r/s/disk.seabios.ide-cd"});
  EXPECT_NE(result.output.find("then said: firmware: machine.silent: nothing came"),
            std::string::npos)
      << result.output;
}

TEST_F(DiagnoseRun, SaysWhatIsWrongWithAVerdict) {
  program_.write("out/r/s/disk.seabios.ide-cd/verdict.json", "{");
  const ProgramResult result = program_.run({"diagnose", "out/r/s/disk.seabios.ide-cd"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("could not be read: verdict.json: it is no JSON"), std::string::npos)
      << result.output;
}

TEST_F(DiagnoseRun, GivesJson) {
  const ProgramResult result = program_.run({"diagnose", "--json", "out/r"});
  EXPECT_EQ(result.exit_code, 1);
  const json::object object = json::parse(result.output).as_object();
  EXPECT_EQ(object.at("kind"), "run");
  ASSERT_EQ(object.at("cases").as_array().size(), 1U);
  const json::object& one = object.at("cases").as_array()[0].as_object();
  EXPECT_EQ(one.at("cause"), "firmware.no-bootable-device");
  EXPECT_EQ(one.at("certainty"), "certain");
  EXPECT_EQ(one.at("then").as_object().at("cause"), "machine.silent");
  EXPECT_EQ(one.at("differs"), true);
}

TEST_F(DiagnoseRun, LeavesTheRunsFolderForNothingThatAFileSays) {
  program_.write("elsewhere/serial.log", "No bootable device.\r\n");
  program_.write("out/r/run.json",
                 R"({"format":"bootproof-run","version":1,"name":"r","cases":[)" +
                     case_json("disk.seabios.ide-cd", "failed", "../../elsewhere") + "]}\n");
  const ProgramResult result = program_.run({"diagnose", "out/r"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("firmware: machine.silent"), std::string::npos) << result.output;
  EXPECT_NE(result.output.find("note: its folder '../../elsewhere' is not there, or not within "
                               "the run's"),
            std::string::npos)
      << result.output;
}

TEST_F(DiagnoseRun, OfARunWithoutFailuresIsShort) {
  program_.write("out/r/run.json",
                 R"({"format":"bootproof-run","version":1,"name":"r","cases":[)" +
                     case_json("disk.ovmf.usb-storage", "passed", "s/disk.ovmf.usb-storage") +
                     "]}\n");
  const ProgramResult result = program_.run({"diagnose", "out/r"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, "no case failed\n");
}

TEST_F(DiagnoseRun, SaysThatANameIsNeitherFileNorCase) {
  EXPECT_EQ(
      program_.error({"diagnose", "nothing"}),
      "exit code 2\n"
      "bootproof: no case of out/r matches 'nothing', and there is no file of that name\n"
      "  name a case as the run's table does, or a part of its id; --run names another run\n");
}

}  // namespace
}  // namespace bootproof::testing
