#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <string>
#include <vector>

#include "tests/cli/program.h"

// `list`, `plan` and `reference`: what is printed about scenario files without running anything.

namespace bootproof::testing {
namespace {

namespace json = boost::json;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(List, PrintsTheIdsInTheOrderOfTheFile) {
  const ProgramResult result = BootproofProgram().run({"list", "boot.yaml"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  EXPECT_EQ(result.output,
            "boots/disk.seabios.ide-cd.pc\n"
            "boots/disk.seabios.usb-storage.pc\n"
            "boots/disk.ovmf.ide-cd.pc\n"
            "boots/disk.ovmf.usb-storage.pc\n"
            "negative/disk.ovmf-secure.scsi-cd.pc\n"
            "negative/disk.ovmf-secure.scsi-cd.q35\n");
}

TEST(List, FiltersAddUpAndTakeAway) {
  const ProgramResult result = BootproofProgram().run(
      {"list", "boot.yaml", "--filter", "boots/*", "--filter", "!usb-storage"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  EXPECT_EQ(result.output, "boots/disk.seabios.ide-cd.pc\nboots/disk.ovmf.ide-cd.pc\n");
}

TEST(List, NeedsNoMediaAndNoQemu) {
  BootproofProgram program;
  program.set("PATH", program.folder());
  EXPECT_EQ(text_of(program.run({"list", "boot.yaml"})), "exit code 0\n");
}

TEST(List, GivesJson) {
  const ProgramResult result =
      BootproofProgram().run({"list", "boot.yaml", "--json", "--filter", "*secure*"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  EXPECT_EQ(json::parse(result.output), json::parse(R"([
    {"scenario": "negative", "id": "disk.ovmf-secure.scsi-cd.pc", "medium": "disk",
     "firmware": "ovmf-secure", "device": "scsi-cd", "machine": "pc", "impossible":
     "firmware ovmf-secure needs SMM, which machine pc does not have: choose machine q35"},
    {"scenario": "negative", "id": "disk.ovmf-secure.scsi-cd.q35", "medium": "disk",
     "firmware": "ovmf-secure", "device": "scsi-cd", "machine": "q35", "impossible": ""}])"));
}

TEST(Plan, SaysWhatWouldRunTheLongestFirst) {
  BootproofProgram program;
  program.set("BOOTPROOF_CACHE", program.folder() / "cache");  // No durations of earlier runs.
  const ProgramResult result = program.run({"plan", "boot.yaml"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  const std::string image = (program.folder() / "disk.img").string() + "\n";
  EXPECT_EQ(result.output,
            "negative/disk.ovmf-secure.scsi-cd.pc: not run: firmware ovmf-secure needs SMM, which "
            "machine pc does not have: choose machine q35\n"
            "negative/disk.ovmf-secure.scsi-cd.q35: ovmf-secure on q35, 512 MiB, about 14 s, " +
                image + "boots/disk.ovmf.ide-cd.pc: ovmf on pc, 512 MiB, about 10 s, " + image +
                "boots/disk.ovmf.usb-storage.pc: ovmf on pc, 512 MiB, about 10 s, " + image +
                "boots/disk.seabios.ide-cd.pc: seabios on pc, 512 MiB, about 6 s, " + image +
                "boots/disk.seabios.usb-storage.pc: seabios on pc, 512 MiB, about 6 s, " + image +
                "5 cases would run, longest first; 1 can't\n");
}

TEST(Plan, TakesTheDurationsOfEarlierRuns) {
  BootproofProgram program;
  program.set("BOOTPROOF_CACHE", program.folder());
  program.write("durations.json", R"({"boots/disk.seabios.usb-storage.pc": 99000})");
  const ProgramResult result = program.run({"plan", "boot.yaml", "--filter", "seabios"});
  EXPECT_THAT(result.output,
              StartsWith("boots/disk.seabios.usb-storage.pc: seabios on pc, 512 MiB, about 99 s"));
}

TEST(Plan, GivesJsonWithCommandLines) {
  const ProgramResult result = BootproofProgram().run({"plan", "boot.yaml", "--json"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  const json::object plan = json::parse(result.output).as_object();
  EXPECT_EQ(plan.at("format"), "bootproof-plan");
  EXPECT_EQ(plan.at("version"), 1);
  ASSERT_EQ(plan.at("cases").as_array().size(), 6U);
  int impossible = 0;
  for (const json::value& one : plan.at("cases").as_array()) {
    const json::object& cell = one.as_object();
    if (cell.contains("impossible")) {
      ++impossible;
      continue;
    }
    const json::array& command = cell.at("command").as_array();
    ASSERT_FALSE(command.empty());
    EXPECT_EQ(command.front(), "qemu-system-x86_64");
    EXPECT_THAT(json::serialize(command), HasSubstr("disk.img"));
    EXPECT_GT(cell.at("expected_ms").as_int64(), 0);
    EXPECT_EQ(cell.at("memory_mib"), 512);
    const bool is_negative = cell.at("scenario") == "negative";
    EXPECT_EQ(cell.at("expected_failure"), is_negative ? "firmware.secure-boot-denied" : "");
    EXPECT_EQ(cell.at("steps"), is_negative ? 0 : 1);
  }
  EXPECT_EQ(impossible, 1);
}

TEST(Reference, OfScenariosNamesTheirKeys) {
  const ProgramResult result = BootproofProgram().run({"reference", "scenario"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  EXPECT_THAT(result.output, StartsWith("# "));
  for (const char* key : {"media", "firmware", "expect_failure", "wait_quiet", "silence_limit"}) {
    EXPECT_THAT(result.output, HasSubstr(std::string("`") + key + "`")) << key;
  }
}

TEST(Reference, OfCausesNamesThoseOfSignaturesAndOfTheRunner) {
  const ProgramResult result = BootproofProgram().run({"reference", "causes"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  for (const char* cause : {"firmware.no-bootable-device", "kernel.panic.no-root",
                            "machine.reset-loop", "host.kvm-broken"}) {
    EXPECT_THAT(result.output, HasSubstr(std::string("| `") + cause + "` |")) << cause;
  }
}

TEST(Reference, OfTheSchemaIsAJsonSchema) {
  const ProgramResult result = BootproofProgram().run({"reference", "schema"});
  EXPECT_EQ(text_of(result), "exit code 0\n");
  const json::object schema = json::parse(result.output).as_object();
  EXPECT_EQ(schema.at("$schema"), "https://json-schema.org/draft/2020-12/schema");
  EXPECT_EQ(schema.at("additionalProperties"), false);
  EXPECT_TRUE(schema.at("properties").as_object().contains("scenarios"));
}

TEST(StandardOutput, ThatIsClosedByItsReaderIsNoInternalError) {
  const ProgramResult result =
      BootproofProgram().shell("(BOOTPROOF reference causes; echo $? >&2) | true");
  EXPECT_EQ(result.error_output.find("internal error"), std::string::npos) << result.error_output;
}

}  // namespace
}  // namespace bootproof::testing
