#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <string>

#include "tests/cli/program.h"
#include "tests/diagnosis/kernel_sample.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;

class Diagnose : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file(const std::string& name, std::string_view bytes) const {
    program_.write(name, bytes);
    return (program_.folder() / name).string();
  }
  /// The memory of a kernel that panicked, 1 MiB of it.
  [[nodiscard]] static std::string panicked() {
    KernelSample sample(KernelSample::Style::kX86);
    sample.print("Linux version 6.1", 0, 5);
    sample.print("Kernel panic - not syncing: No working init found.", 2'000'000'000, 0);
    std::string memory(sample.bytes().begin(), sample.bytes().end());
    memory.resize(1U << 20U);
    return memory;
  }
  BootproofProgram program_;
};

constexpr std::string_view kPanicked =
    "# the log of Linux 6.1.0-amd64, read from the machine's memory: 2 records\n"
    "[    0.000000] Linux version 6.1\n"
    "[    2.000000] Kernel panic - not syncing: No working init found.\n"
    "\n"
    "stage reached: kernel\n"
    "cause: kernel.panic.no-init (certain): the kernel found no init that it could start\n"
    "rests on: a line that only a lost boot prints\n"
    "evidence:\n"
    "  [    2.000000] Kernel panic - not syncing: No working init found.\n"
    "what to do: the initramfs or root file system needs an executable /init or /sbin/init of this "
    "architecture, with its interpreter and libraries\n";

TEST_F(Diagnose, NamesStageAndCauseOfALog) {
  const ProgramResult result =
      program_.run({"diagnose", file("serial.log",
                                     "SeaBIOS (version 1.16.2)\r\nGRUB loading.\r\n"
                                     "\x1B[0mgrub rescue> ")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output,
            "stage reached: loader\n"
            "cause: loader.rescue-prompt (likely): GRUB did not find its own files and stopped at "
            "the rescue prompt\nrests on: a prompt or menu at the end of what was printed\n"
            "evidence:\n  grub rescue>\n"
            "what to do: GRUB's core image looks for its prefix folder on a disk that is not "
            "there: embed a configuration that searches by file or label, or install it for this "
            "kind of device\n");
}

TEST_F(Diagnose, FindsNothingInAHealthyLog) {
  const ProgramResult result = program_.run(
      {"diagnose", file("serial.log", "[    0.000000] Linux version 6.1\r\nhost login: ")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.output, "stage reached: prompt\ncause: none that is known\n");
}

TEST_F(Diagnose, PrintsTheLogInARawImageOfMemory) {
  const ProgramResult result = program_.run({"diagnose", file("memory.raw", panicked())});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, kPanicked);
}

TEST_F(Diagnose, PrintsTheLogInAnElfCore) {
  const std::string memory = panicked();
  const auto core = elf_core_of({memory.begin(), memory.end()}, 0);
  const ProgramResult result =
      program_.run({"diagnose", file("vmcore", std::string(core.begin(), core.end()))});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, kPanicked);
}

TEST_F(Diagnose, SaysWhatIsWrongWithMemoryWithoutALog) {
  const ProgramResult result =
      program_.run({"diagnose", file("memory.raw", std::string(1U << 20U, '\0'))});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("# no VMCOREINFO note in 1 MiB of memory"), std::string::npos)
      << result.output;
}

TEST_F(Diagnose, GivesJson) {
  const ProgramResult result = program_.run({"diagnose", "--json", file("memory.raw", panicked())});
  const json::object object = json::parse(result.output).as_object();
  EXPECT_EQ(object.at("kind"), "memory");
  EXPECT_EQ(object.at("stage"), "kernel");
  EXPECT_EQ(object.at("cause"), "kernel.panic.no-init");
  EXPECT_EQ(object.at("certain"), true);
  EXPECT_EQ(object.at("certainty"), "certain");
  EXPECT_EQ(object.at("basis"), "a line that only a lost boot prints");
  EXPECT_TRUE(object.at("candidates").as_array().empty());
  const json::object& record =
      object.at("kernel_log").as_object().at("records").as_array().at(1).as_object();
  EXPECT_EQ(record.at("time_ns"), 2'000'000'000);
  EXPECT_EQ(record.at("level"), 0);
  EXPECT_EQ(record.at("text"), "Kernel panic - not syncing: No working init found.");
}

TEST_F(Diagnose, TakesAFileAsItIsTold) {
  const ProgramResult result =
      program_.run({"diagnose", "--as", "text", file("memory.raw", panicked())});
  EXPECT_EQ(result.output.find("# the log of"), std::string::npos);
}

TEST_F(Diagnose, RefusesWhatIsNoFileOrAddress) {
  const ProgramResult folder = program_.run({"diagnose", program_.folder().string()});
  EXPECT_EQ(folder.exit_code, 2);
  EXPECT_NE(folder.error_output.find("holds no run and no case"), std::string::npos)
      << folder.error_output;
  const ProgramResult base =
      program_.run({"diagnose", "--base", "1g", file("memory.raw", panicked())});
  EXPECT_EQ(base.exit_code, 2);
  EXPECT_NE(base.error_output.find("--base '1g' is no address"), std::string::npos)
      << base.error_output;
  EXPECT_EQ(program_.run({"diagnose", "/nonexistent"}).exit_code, 2);
}

TEST_F(Diagnose, ReadsTheLogOfARealMachinesSerialConsole) {
  const ProgramResult result = program_.run(
      {"diagnose",
       file("minicom.cap",
            "Welcome to minicom 2.8\r\n"
            "[2024-01-01 12:00:00] [    0.000000] Linux version 6.1\r\n"
            "[2024-01-01 12:00:02] [    2.000000] Kernel panic - not syncing: No working init "
            "found.\r\n")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.output.find("stage reached: kernel\ncause: kernel.panic.no-init (certain)"),
            std::string::npos)
      << result.output;
  EXPECT_NE(result.output.find("\n  [    2.000000] Kernel panic"), std::string::npos);
}

TEST_F(Diagnose, KnowsCausesOfTheUsersOwn) {
  const std::string causes =
      file("causes.yaml",
           "version: 1\ncauses:\n  - {id: site.nic, stage: kernel, pattern: 'nic0: dead', "
           "sentence: the card is dead, hint: replace it, link: 'https://tracker.example/1'}\n"
           "  - {id: site.old, stage: kernel, pattern: 'old glitch', sentence: an old glitch, "
           "ignore: true, expires: 2001-01-31}\n");
  const ProgramResult result = program_.run(
      {"diagnose", "--causes", causes, file("serial.log", "[    1.000000] nic0: dead\r\n")});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output,
            "stage reached: kernel\ncause: site.nic (certain): the card is dead\n"
            "rests on: a line that only a lost boot prints\nevidence:\n"
            "  [    1.000000] nic0: dead\nwhat to do: replace it\n"
            "see: https://tracker.example/1\n");
  EXPECT_NE(result.error_output.find("causes.yaml:4:5: 'site.old' was to be ignored until "
                                     "2001-01-31: it counts as a failure again\n"),
            std::string::npos)
      << result.error_output;
}

}  // namespace
}  // namespace bootproof::testing
