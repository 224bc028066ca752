#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <cstdint>
#include <string>

#include "tests/cli/program.h"
#include "tests/diagnosis/kernel_sample.h"

// `diagnose` of what somebody may name by mistake: packed, binary, empty and missing files.

namespace bootproof::testing {
namespace {

namespace json = boost::json;
using namespace std::string_literals;

class DiagnoseFiles : public ::testing::Test {
 protected:
  [[nodiscard]] ProgramResult diagnose(const std::string& bytes) const {
    program_.write("file", bytes);
    return program_.run({"diagnose", "file"});
  }
  /// What it says of a file that it refuses.
  [[nodiscard]] std::string refusal(const std::string& bytes) const {
    program_.write("file", bytes);
    return program_.error({"diagnose", "file"});
  }
  /// Bytes without any order (a linear congruential generator, Knuth's MMIX).
  [[nodiscard]] static std::string noise(std::size_t size) {
    std::string bytes;
    std::uint64_t state = 1;
    while (bytes.size() < size) {
      state = state * 6364136223846793005U + 1442695040888963407U;
      bytes.push_back(static_cast<char>(state >> 56U));
    }
    return bytes;
  }
  BootproofProgram program_;
};

TEST_F(DiagnoseFiles, TakesMemoryThatWasCutWithinAPageForMemory) {
  KernelSample sample(KernelSample::Style::kX86);
  sample.print("Linux version 6.1", 0, 5);
  std::string memory(sample.bytes().begin(), sample.bytes().end());
  memory.resize(1U << 20U);
  memory += "Aborted. Press any key to exit.\ngrub rescue> Out of memory\n";
  const ProgramResult result = diagnose(memory);
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_EQ(result.output,
            "# the log of Linux 6.1.0-amd64, read from the machine's memory: 1 record\n"
            "# the image was cut: 1048635 bytes are 59 more than whole pages of 4096, so what lay "
            "behind is missing\n"
            "[    0.000000] Linux version 6.1\n"
            "\n"
            "stage reached: kernel\n"
            "cause: none that is known\n");
}

TEST_F(DiagnoseFiles, RefusesPackedFilesAndSaysHowToUnpackThem) {
  const struct {
    std::string magic;
    std::string told;
  } rows[] = {
      {"\x1F\x8B\x08", "file is gzip data\n  unpack it first: `zcat < FILE > serial.log`"},
      {"\xFD"
       "7zXZ\0"s,
       "file is xz data\n  unpack it first: `xzcat < FILE > serial.log`"},
      {"\x28\xB5\x2F\xFD", "file is zstd data\n  unpack it first: `zstdcat < FILE > serial.log`"},
      {"BZh91AY&SY", "file is bzip2 data\n  unpack it first: `bzcat < FILE > serial.log`"},
      {"\x04\x22\x4D\x18", "file is lz4 data\n  unpack it first: `lz4cat < FILE > serial.log`"},
      {"\xFF\xFEK\0e\0"s,
       "file is text in UTF-16\n  convert it first: `iconv -f UTF-16 -t UTF-8 < FILE > "
       "serial.log`"},
      {"makedumpfile\0\0\0\0"s,
       "file is a flattened kernel dump (makedumpfile -F)\n  put it together first: `makedumpfile "
       "-R vmcore < FILE`"},
      {"KDUMP   ",
       "file is a compressed kernel dump (makedumpfile)\n  `makedumpfile --dump-dmesg VMLINUX FILE "
       "serial.log` prints its log; `makedumpfile -E` and QEMU's dump-guest-memory make ELF cores, "
       "which are read here"},
      {"DISKDUMP",
       "file is a compressed kernel dump (diskdump)\n  `makedumpfile --dump-dmesg VMLINUX FILE "
       "serial.log` prints its log; `makedumpfile -E` and QEMU's dump-guest-memory make ELF cores, "
       "which are read here"},
  };
  for (const auto& [magic, told] : rows) {
    EXPECT_EQ(refusal(magic + noise(6000) + "\nKernel panic - not syncing: x\n"),
              "exit code 2\nbootproof: " + told + "\n");
  }
}

TEST_F(DiagnoseFiles, RefusesBytesThatAreNeitherALogNorMemory) {
  const std::string remedy =
      "  name what a console said, a raw image of memory or an ELF core; `--as text` and `--as "
      "memory` read it all the same\n";
  EXPECT_EQ(refusal(noise(20000)),
            "exit code 2\nbootproof: file is neither a log nor a machine's memory: less than 1 MiB "
            "of binary data\n" +
                remedy);
  EXPECT_EQ(refusal(noise(3U << 20U)),
            "exit code 2\nbootproof: file is neither a log nor a machine's memory: packed or "
            "encrypted data\n" +
                remedy);
  EXPECT_EQ(refusal(std::string(5000, '\0')),
            "exit code 2\nbootproof: file is neither a log nor a machine's memory: nothing but "
            "zeros\n" +
                remedy);
}

TEST_F(DiagnoseFiles, ReadsBytesAsItIsToldAllTheSame) {
  program_.write("file", noise(20000) + "\nKernel panic - not syncing: No working init found.\n");
  const ProgramResult result = program_.run({"diagnose", "--as", "text", "file"});
  EXPECT_EQ(result.exit_code, 1) << result.error_output;
  EXPECT_NE(result.output.find("cause: kernel.panic.no-init"), std::string::npos) << result.output;
}

TEST_F(DiagnoseFiles, RefusesAnEmptyFile) {
  const std::string told =
      "exit code 2\nbootproof: file is empty, so there is nothing to diagnose\n  see whether what "
      "should have kept the console's output was attached to it (console=ttyS0 on the kernel's "
      "command line), and whether the copy was whole\n";
  EXPECT_EQ(refusal(""), told);
  EXPECT_EQ(program_.error({"diagnose", "--as", "text", "file"}), told);
}

TEST_F(DiagnoseFiles, SaysThatReadingFailed) {
  EXPECT_EQ(
      program_.error({"diagnose", "/proc/self/mem"}),
      "exit code 3\nbootproof: cannot read /proc/self/mem: Input/output error\n  copy what it "
      "holds to a file first, and name that\n");
  EXPECT_EQ(program_.error({"diagnose", "/proc/version"}),
            "exit code 2\nbootproof: /proc/version does not say how large it is\n  copy it to a "
            "file first, and name that\n");
}

TEST_F(DiagnoseFiles, PrintsNoNameRaw) {
  const std::string hostile = "q\nbootproof: all fine\x1B[2J";
  const std::string shown = "q\\x0abootproof: all fine\\x1b[2J";
  const std::string missing = program_.error({"diagnose", hostile});
  EXPECT_NE(missing.find(shown), std::string::npos) << missing;
  program_.write(hostile, "");
  const std::string empty = program_.error({"diagnose", hostile});
  EXPECT_NE(empty.find(shown + " is empty"), std::string::npos) << empty;
  program_.write("run/" + hostile + "/x", "");
  const std::string folder = program_.error({"diagnose", "run/" + hostile});
  EXPECT_NE(folder.find(shown + " holds no run"), std::string::npos) << folder;
  const std::string run = program_.error({"diagnose", "--run", "run/" + hostile, "x"});
  EXPECT_NE(run.find("cannot open run/" + shown + "/run.json"), std::string::npos) << run;
  for (const std::string& text : {missing, empty, folder, run}) {
    EXPECT_EQ(text.find("\nbootproof: all fine"), std::string::npos) << text;
  }
}

TEST_F(DiagnoseFiles, SaysThatThereIsNoFileFolderOrCaseOfThatName) {
  const std::string told =
      "exit code 2\nbootproof: there is no file, folder or case of the name 'no-such-cell', and no "
      "run below out/\n  name a log, a file of memory, or the folder of a run or a case; a case's "
      "id is looked up in the run that --run names\n";
  EXPECT_EQ(program_.error({"diagnose", "no-such-cell"}), told);
  program_.write("out/other/file", "");
  EXPECT_EQ(program_.error({"diagnose", "no-such-cell"}), told);
}

TEST_F(DiagnoseFiles, SaysWhichCausesOfTheUsersWereLetPass) {
  program_.write("causes.yaml",
                 "version: 1\ncauses:\n  - {id: site.known, stage: kernel, pattern: 'Kernel panic "
                 "- not syncing', sentence: it is known, ignore: true}\n");
  program_.write("serial.log",
                 "[    0.000000] Linux version 6.1\r\n"
                 "[    1.000000] Kernel panic - not syncing: No working init found.\r\n");
  const ProgramResult text = program_.run({"diagnose", "--causes", "causes.yaml", "serial.log"});
  EXPECT_EQ(text.exit_code, 0) << text.error_output;
  EXPECT_EQ(text.output,
            "stage reached: kernel\nlet pass: site.known\ncause: none that is known\n");
  const ProgramResult object =
      program_.run({"diagnose", "--json", "--causes", "causes.yaml", "serial.log"});
  const json::object parsed = json::parse(object.output).as_object();
  const json::array& let_pass = parsed.at("let_pass").as_array();
  ASSERT_EQ(let_pass.size(), 1U);
  EXPECT_EQ(let_pass[0], "site.known");
}

}  // namespace
}  // namespace bootproof::testing
