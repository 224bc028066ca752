#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/program.h"

// Scenario files, media and run folders that are wrong: one clear message each, exit code 2 or 3.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;

const std::vector<std::string> kRun{"run", "boot.yaml", "--accel", "tcg"};

std::vector<std::string> run_with(std::initializer_list<const char*> more) {
  std::vector<std::string> arguments = kRun;
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

/// What `list` says of a scenario file with this text.
std::string error_of(std::string_view text) {
  const BootproofProgram program;
  program.write("bad.yaml", text);
  return program.error({"list", "bad.yaml"});
}

/// A file with one scenario, of which `lines` replace the firmware and steps.
std::string scenario_with(std::string_view lines) {
  return "version: 1\nmedia:\n  disk: disk.img\nscenarios:\n  - name: s\n    media: disk\n"
         "    device: ide-cd\n" +
         std::string(lines);
}

TEST(BadScenarioFile, WithAnUnknownFirmware) {
  EXPECT_EQ(
      error_of(scenario_with("    firmware: [seabois]\n    steps: [{expect: x}]\n")),
      "exit code 2\n"
      "bootproof: bad.yaml:8:16: unknown firmware 'seabois'\n"
      "        firmware: [seabois]\n"
      "                   ^\n"
      "  did you mean 'seabios'? known: seabios, ovmf, ovmf-ia32, ovmf-secure, ovmf-secure-own, "
      "aavmf, aavmf-secure, aavmf-secure-own, kernel\n");
}

TEST(BadScenarioFile, WithABadPattern) {
  EXPECT_EQ(
      error_of(scenario_with("    firmware: seabios\n    steps:\n      - expect: 'login('\n")),
      "exit code 2\n"
      "bootproof: bad.yaml:10:17: bad pattern 'login(': missing )\n"
      "          - expect: 'login('\n"
      "                    ^\n"
      "  the syntax is RE2's; put \\ before characters such as ( ) [ ] { } * + ? . | that are "
      "meant "
      "as they are\n");
}

TEST(BadScenarioFile, ThatIsMissing) {
  EXPECT_EQ(BootproofProgram().error({"list", "nowhere.yaml"}),
            "exit code 2\n"
            "bootproof: nowhere.yaml: no such file\n"
            "  check the path; relative paths start at the current folder\n");
}

TEST(BadScenarioFile, ThatIsAFolder) {
  const BootproofProgram program;
  fs::create_directory(program.folder() / "scenarios");
  EXPECT_EQ(program.error({"run", "scenarios"}),
            "exit code 2\n"
            "bootproof: scenarios: is a folder, expected a YAML file\n"
            "  name the file in it\n");
}

TEST(BadScenarioFile, ThatIsEmpty) {
  EXPECT_EQ(error_of(""),
            "exit code 2\n"
            "bootproof: bad.yaml: empty file\n"
            "  expected YAML\n");
}

TEST(BadFilter, ThatMatchesNothing) {
  EXPECT_EQ(BootproofProgram().error({"run", "boot.yaml", "--filter", "aavmf", "--filter=!x*"}),
            "exit code 2\n"
            "bootproof: no case matches the filter aavmf !x* (6 cases in the file)\n"
            "  `bootproof list` prints the ids; quote patterns with * for the shell\n");
}

/// What is said of the medium of boot.yaml.
std::string of_the_medium(const std::string& message, const std::string& remedy) {
  return "exit code 2\nbootproof: boot.yaml:3:9: FOLDER/disk.img " + message +
         "\n      disk: {path: disk.img}\n            ^\n  " + remedy + "\n";
}

TEST(BadMedium, ThatIsMissing) {
  EXPECT_EQ(BootproofProgram().error(kRun),
            of_the_medium("does not exist",
                          "build the image first, or correct the path (relative paths are relative "
                          "to the scenario file)"));
}

TEST(BadMedium, ThatIsAFolder) {
  const BootproofProgram program;
  fs::create_directory(program.folder() / "disk.img");
  EXPECT_EQ(program.error(kRun), of_the_medium("is a folder, an image file is expected",
                                               "name the image file inside it"));
}

TEST(BadMedium, ThatIsEmpty) {
  const BootproofProgram program;
  program.write("disk.img", "");
  EXPECT_EQ(program.error(kRun),
            of_the_medium("is empty (0 bytes)",
                          "the build or download that makes it has failed: look there"));
}

TEST(BadMedium, LeavesNoRunFolderBehind) {
  const BootproofProgram program;
  EXPECT_EQ(program.run(run_with({"--out", "out"})).exit_code, 2);
  EXPECT_FALSE(fs::exists(program.folder() / "out"));
}

TEST(BadRunFolder, ThatIsAFile) {
  const BootproofProgram program;
  program.write("disk.img", "image");
  program.write("out", "precious");
  EXPECT_EQ(program.error(run_with({"--out", "out"})),
            "exit code 2\n"
            "bootproof: --out out is not a folder\n"
            "  name a folder that does not exist yet, or that an earlier run made\n");
  EXPECT_EQ(content_of(program.folder() / "out"), "precious");
}

TEST(BadRunFolder, ThatHoldsOtherFiles) {
  const BootproofProgram program;
  program.write("disk.img", "image");
  EXPECT_EQ(program.error(run_with({"--out", "."})),
            "exit code 2\n"
            "bootproof: --out . holds files that no run of bootproof made\n"
            "  name a folder that does not exist yet, or that an earlier run made\n");
  EXPECT_EQ(content_of(program.folder() / "disk.img"), "image");
}

TEST(BadRunFolder, ThatCanNotBeMade) {
  const BootproofProgram program;
  program.write("disk.img", "image");
  EXPECT_EQ(program.error(run_with({"--out", "/proc/bootproof"})),
            "exit code 3\n"
            "bootproof: cannot create the folder /proc/bootproof: No such file or directory\n"
            "  choose another place with --out\n");
}

TEST(BadRunFolder, WithEscapeSequencesInItsName) {
  const BootproofProgram program;
  program.write("disk.img", "image");
  program.write("a\x1b[2Jb", "file");
  EXPECT_EQ(program.error(run_with({"--out", "a\x1b[2Jb"})),
            "exit code 2\n"
            "bootproof: --out a\\x1b[2Jb is not a folder\n"
            "  name a folder that does not exist yet, or that an earlier run made\n");
}

TEST(BadJunitFile, IsRefusedBeforeItIsReplaced) {
  const BootproofProgram program;
  program.write("disk.img", "image");
  fs::create_directory(program.folder() / "folder");
  EXPECT_EQ(program.error(run_with({"--out", "out", "--junit", "folder"})),
            "exit code 2\n"
            "bootproof: --junit folder is no regular file\n"
            "  name a file that does not exist yet, or an earlier report\n");
  EXPECT_EQ(program.error(run_with({"--out", "out", "--junit", "boot.yaml"})),
            "exit code 2\n"
            "bootproof: --junit boot.yaml is boot.yaml, which the run reads\n"
            "  name another file for the report\n");
  EXPECT_EQ(program.error(run_with({"--out", "out", "--junit", "disk.img"})),
            "exit code 2\n"
            "bootproof: --junit disk.img is FOLDER/disk.img, which the run reads\n"
            "  name another file for the report\n");
  EXPECT_EQ(content_of(program.folder() / "disk.img"), "image");
}

TEST(BadCacheFolder, ThatCanNotBeMade) {
  BootproofProgram program;
  program.write("disk.img", "image");
  program.set("BOOTPROOF_CACHE", program.folder() / "disk.img" / "cache");
  EXPECT_EQ(program.error(run_with({"--out", "out"})),
            "exit code 3\n"
            "bootproof: cannot create the folder FOLDER/disk.img/cache: Not a directory\n"
            "  set BOOTPROOF_CACHE to a folder that this user may write\n");
}

TEST(BadHost, WithoutQemu) {
  BootproofProgram program;
  program.write("disk.img", "image");
  fs::create_directory(program.folder() / "empty");
  program.set("PATH", program.folder() / "empty");
  EXPECT_EQ(program.error(run_with({"--out", "out"})),
            "exit code 3\n"
            "bootproof: qemu-system-x86_64: not found in PATH\n"
            "  run `bootproof doctor`, which names the package that brings it\n");
  EXPECT_FALSE(fs::exists(program.folder() / "out"));
}

}  // namespace
}  // namespace bootproof::testing
