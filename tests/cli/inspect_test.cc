#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/cli/program.h"

namespace bootproof::testing {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr const char* kGrubRescue = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";

/// A disk of 64 KiB with a boot signature and nothing else.
std::string bare_disk() {
  std::string disk(64U << 10U, '\0');
  disk[0] = '\xFA';
  disk[510] = '\x55';
  disk[511] = '\xAA';
  return disk;
}

TEST(Inspect, PrintsPathsThenFindings) {
  if (!std::filesystem::exists(kGrubRescue)) {
    GTEST_SKIP() << kGrubRescue << " is not there: package grub-rescue-pc";
  }
  const ProgramResult result = BootproofProgram().run({"inspect", "--no-notes", kGrubRescue});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.error_output, "");
  EXPECT_THAT(result.output,
              StartsWith(std::string(kGrubRescue) +
                         ": hybrid ISO 9660 'ISOIMAGE', El Torito BIOS, MBR with 1 partition\n"
                         "boot paths\n"
                         "  doubtful     BIOS, optical\n"
                         "               El Torito boot record -> El Torito initial entry "));
  EXPECT_THAT(result.output, HasSubstr("no findings\n"));
}

TEST(Inspect, GivesJsonOfItsShapeForSeveralImages) {
  const BootproofProgram program;
  program.write("disk.img", bare_disk());
  const std::string image = "disk.img";
  const ProgramResult result = program.run({"inspect", "--json", "--tree", image, image});
  const json::array reports = json::parse(result.output).as_array();
  ASSERT_EQ(reports.size(), 2U);
  const json::object& report = reports[0].as_object();
  EXPECT_EQ(report.at("format"), "bootproof-inspection");
  EXPECT_EQ(report.at("version"), 1);
  EXPECT_EQ(report.at("image"), json::string(image));
  EXPECT_EQ(report.at("size"), 65536);
  EXPECT_EQ(report.at("paths").as_array().size(), 27U);
  EXPECT_TRUE(report.at("findings").is_array());
  EXPECT_EQ(report.at("layout").as_array().at(0).at("name"), "MBR");
}

TEST(Inspect, FailsFromTheSeverityThatIsAsked) {
  const BootproofProgram program;
  program.write("cut.img", std::string(700, 'x'));
  const std::string image = "cut.img";
  EXPECT_EQ(program.run({"inspect", image}).exit_code, 0);
  EXPECT_EQ(program.run({"inspect", "--fail-on", "warning", image}).exit_code, 1);
  EXPECT_EQ(program.run({"inspect", "--fail-on", "warning", "--rule", "gpt", image}).exit_code, 0);
  EXPECT_EQ(
      program.run({"inspect", "--fail-on", "warning", "--rule", "image.partial-sector", image})
          .exit_code,
      1);
}

TEST(Inspect, RefusesWhatItCanNotRead) {
  const BootproofProgram program;
  EXPECT_EQ(text_of(program.run({"inspect", "missing.iso"})),
            "exit code 2\nbootproof: missing.iso: cannot be opened: No such file or directory\n"
            "  name an image file or a block device that this user may read\n");
  EXPECT_THAT(text_of(program.run({"inspect", "."})),
              AllOf(HasSubstr("exit code 2"), HasSubstr("block device")));
  program.write("disk.qcow2", std::string("QFI\xFB") + "data");
  const std::string qcow2 = "disk.qcow2";
  EXPECT_EQ(text_of(program.run({"inspect", qcow2})),
            "exit code 2\nbootproof: " + qcow2 +
                " is a qcow2 image\n"
                "  read it through qemu-nbd: bootproof inspect --format qcow2 " +
                qcow2 + "\n  make a raw one: qemu-img convert -f qcow2 -O raw " + qcow2 +
                " IMAGE.raw\n");
  program.write("disk.img", bare_disk());
  const std::string image = "disk.img";
  EXPECT_EQ(text_of(program.run({"inspect", "--varstore", image, image})),
            "exit code 2\nbootproof: --varstore " + image +
                " is no UEFI varstore\n"
                "  name the file with the firmware's variables, such as OVMF_VARS_4M.ms.fd\n");
}

TEST(Inspect, JudgesBySecureBootKeysOfTheFirmwareThatIsInstalled) {
  const std::string memtest = "/usr/lib/memtest86+/memtest86+x64.iso";
  const std::string descriptor = "qemu/firmware/40-edk2-x86_64-secure-enrolled.json";
  if (!std::filesystem::exists(memtest) || !std::filesystem::exists("/usr/share/" + descriptor)) {
    GTEST_SKIP() << "packages memtest86+ and ovmf are needed";
  }
  BootproofProgram program;
  program.set("XDG_CONFIG_HOME", program.folder().string());
  EXPECT_THAT(program.run({"inspect", memtest}).output, HasSubstr(": refused: "));
  // An empty descriptor of the same name takes the firmware away, and the keys with it.
  program.write(descriptor, "");
  EXPECT_THAT(program.run({"inspect", memtest}).output,
              AllOf(HasSubstr(": it is not signed"), Not(HasSubstr(": refused: "))));
}

TEST(Inspect, WhatAMediumSaysReachesTheTerminalEscaped) {
  const BootproofProgram program;
  std::string disk = bare_disk();
  disk.resize(128U << 10U);
  disk.replace(2048UL * 16, 7, std::string("\1CD001\1"));
  disk.replace((2048UL * 16) + 40, 12, "\033[31mred\033[0m");
  program.write("evil.iso", disk);
  const std::string image = "evil.iso";
  const ProgramResult result = program.run({"inspect", "--tree", image});
  EXPECT_EQ(result.output.find('\033'), std::string::npos);
  EXPECT_THAT(result.output, HasSubstr("\\x1b[31mred\\x1b[0m"));
}

TEST(Inspect, SaysWhatIsMissingForADeepReading) {
  BootproofProgram program;
  program.set("BOOTPROOF_GUESTFS_WORKER", "/nowhere/bootproof-guestfs");
  program.set("LIBGUESTFS_PATH", "/nowhere");
  program.write("disk.img", bare_disk());
  EXPECT_EQ(text_of(program.run({"inspect", "--deep", "disk.img"})),
            "exit code 3\nbootproof: /nowhere/bootproof-guestfs: no such program\n");
}

}  // namespace
}  // namespace bootproof::testing
