#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/cli/program.h"

// Help, and command lines that are wrong.

namespace bootproof::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(Help, NamesEveryCommandAndTheExitCodes) {
  const BootproofProgram program;
  const ProgramResult result = program.run({"--help"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  EXPECT_THAT(result.output, StartsWith("bootproof proves that boot media boot\n"));
  for (const char* command : {"inspect", "boot", "run", "explain", "merge", "list", "plan",
                              "console", "build", "doctor", "fetch", "reference"}) {
    EXPECT_THAT(result.output, HasSubstr(std::string("\n  ") + command + " ")) << command;
    const ProgramResult help = program.run({command, "--help"});
    EXPECT_EQ(text_of(help), "exit code 0\n");
    EXPECT_THAT(help.output, HasSubstr(std::string("Usage: bootproof ") + command)) << command;
  }
  EXPECT_THAT(result.output,
              HasSubstr("Exit codes: 0 all passed, 1 something failed, 2 usage or scenario file "
                        "wrong,\n3 the host or the harness failed; 130, 143, 129 ended by "
                        "SIGINT, SIGTERM, SIGHUP."));
}

TEST(Help, TellsTheVersion) {
  const ProgramResult result = BootproofProgram().run({"--version"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  EXPECT_EQ(result.output, "bootproof " BOOTPROOF_VERSION "\n");
}

struct WrongCall {
  const char* name;
  std::vector<std::string> arguments;
  std::string error;
};

void PrintTo(const WrongCall& call, std::ostream* out) { *out << call.name; }

class WrongCommandLine : public ::testing::TestWithParam<WrongCall> {};

TEST_P(WrongCommandLine, IsRefusedWithThisError) {
  const BootproofProgram program;
  const ProgramResult result = program.run(GetParam().arguments);
  EXPECT_EQ(text_of(result), "exit code 2\n" + GetParam().error);
  EXPECT_EQ(result.output, "");
}

INSTANTIATE_TEST_SUITE_P(
    Usage, WrongCommandLine,
    ::testing::Values(WrongCall{"NoCommand",
                                {},
                                "bootproof: a command is needed\n"
                                "  see `bootproof --help`\n"},
                      WrongCall{"UnknownCommandThatIsNearAnother",
                                {"rum", "boot.yaml"},
                                "bootproof: unknown command 'rum'\n"
                                "  did you mean `run`?\n"},
                      WrongCall{"UnknownCommandThatIsNearNone",
                                {"frobnicate", "--now"},
                                "bootproof: unknown command 'frobnicate'\n"
                                "  see `bootproof --help`\n"},
                      WrongCall{"UnknownCommandWithEscapeSequences",
                                {"\x1b[2J"},
                                "bootproof: unknown command '\\x1b[2J'\n"
                                "  see `bootproof --help`\n"},
                      WrongCall{"UnknownOptionWithoutCommand",
                                {"--frobnicate"},
                                "bootproof: unknown option '--frobnicate'\n"
                                "  see `bootproof --help`\n"},
                      WrongCall{"UnknownOptionThatIsNearAnother",
                                {"run", "boot.yaml", "--acel", "tcg"},
                                "bootproof: unknown option '--acel'\n"
                                "  did you mean `--accel`?\n"},
                      WrongCall{"UnknownOptionThatIsNearNone",
                                {"list", "boot.yaml", "--frobnicate"},
                                "bootproof: unknown option '--frobnicate'\n"
                                "  see `bootproof list --help`\n"},
                      WrongCall{"TooManyArguments",
                                {"list", "boot.yaml", "other.yaml"},
                                "bootproof: one argument too many: 'other.yaml'\n"
                                "  see `bootproof list --help`\n"},
                      WrongCall{"NoFile",
                                {"list"},
                                "bootproof: file is required\n"
                                "  see `bootproof list --help`\n"},
                      WrongCall{"OptionWithoutValue",
                                {"list", "boot.yaml", "--filter"},
                                "bootproof: --filter: 1 required PATTERN missing\n"
                                "  see `bootproof list --help`\n"},
                      WrongCall{"NoJobs",
                                {"run", "boot.yaml", "-j", "0"},
                                "bootproof: --jobs: Value 0 not in range 1 to 1024\n"
                                "  see `bootproof run --help`\n"},
                      WrongCall{"NegativeJobs",
                                {"run", "boot.yaml", "--jobs=-1"},
                                "bootproof: --jobs: Value -1 not in range 1 to 1024\n"
                                "  see `bootproof run --help`\n"},
                      WrongCall{"JobsThatAreNoNumber",
                                {"run", "boot.yaml", "-j", "many"},
                                "bootproof: --jobs: Value many not in range 1 to 1024\n"
                                "  see `bootproof run --help`\n"},
                      WrongCall{"TooManyRetries",
                                {"run", "boot.yaml", "--retries", "101"},
                                "bootproof: --retries: Value 101 not in range 0 to 100\n"
                                "  see `bootproof run --help`\n"},
                      WrongCall{"FlagsThatContradict",
                                {"run", "boot.yaml", "--fail-fast", "--keep-going"},
                                "bootproof: --fail-fast excludes --keep-going\n"
                                "  see `bootproof run --help`\n"},
                      WrongCall{"UnknownAccelerator",
                                {"run", "boot.yaml", "--accel", "xen"},
                                "bootproof: --accel xen: unknown accelerator\n"
                                "  choose auto, kvm or tcg\n"},
                      WrongCall{"UnknownTopic",
                                {"reference", "keys"},
                                "bootproof: topic: keys not in {scenario,causes,rules,schema}\n"
                                "  see `bootproof reference --help`\n"}),
    [](const ::testing::TestParamInfo<WrongCall>& call) { return std::string(call.param.name); });

}  // namespace
}  // namespace bootproof::testing
