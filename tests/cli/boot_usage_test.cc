#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/program.h"

// `bootproof boot` on what is no image, and with options that make no sense; and on images that
// nothing boots, for which no QEMU is started.

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// `boot` with these arguments in a folder with `zeros.img`, which nothing boots.
std::string error_of(std::vector<std::string> arguments) {
  const BootproofProgram program;
  program.write("zeros.img", std::string(100'000, '\0'));
  fs::create_directory(program.folder() / "folder");
  arguments.insert(arguments.begin(), "boot");
  const std::string error = program.error(std::move(arguments));
  EXPECT_EQ(content_of(program.folder() / "zeros.img"), std::string(100'000, '\0'));
  EXPECT_FALSE(fs::exists(program.folder() / "out")) << "nothing is left behind";
  return error;
}

TEST(BootUsage, NeedsAnImage) {
  EXPECT_EQ(error_of({}),
            "exit code 2\n"
            "bootproof: images is required\n"
            "  see `bootproof boot --help`\n");
}

TEST(BootUsage, RefusesWhatIsNoImageFile) {
  EXPECT_EQ(error_of({"nowhere.iso"}),
            "exit code 2\nbootproof: nowhere.iso does not exist\n"
            "  build the image first, or correct the path\n");
  EXPECT_EQ(error_of({"new\nline.iso"}),
            "exit code 2\nbootproof: new\\x0aline.iso does not exist\n"
            "  build the image first, or correct the path\n");
  EXPECT_EQ(error_of({"folder"}),
            "exit code 2\nbootproof: folder is a folder, an image file is expected\n"
            "  name the image file inside it\n");
  EXPECT_EQ(error_of({"/dev/null"}),
            "exit code 2\nbootproof: /dev/null is no regular file\n"
            "  copy the device's content into an image file first\n");
}

TEST(BootUsage, RefusesAnEmptyFile) {
  const BootproofProgram program;
  program.write("empty.iso", "");
  EXPECT_EQ(program.error({"boot", "empty.iso"}),
            "exit code 2\n"
            "bootproof: empty.iso is empty (0 bytes)\n"
            "  the build or download that makes it has failed: look there\n");
}

TEST(BootUsage, RefusesUnknownFirmwareAndDevices) {
  EXPECT_EQ(error_of({"zeros.img", "--firmware", "ovfm"}),
            "exit code 2\n"
            "bootproof: unknown firmware 'ovfm'\n"
            "  did you mean 'ovmf'? one of seabios, ovmf, ovmf-ia32, ovmf-secure, ovmf-secure-own, "
            "aavmf, aavmf-secure or aavmf-secure-own\n");
  EXPECT_EQ(error_of({"zeros.img", "--device", "usb-storage,\x1b[2J"}),
            "exit code 2\n"
            "bootproof: unknown device '\\x1b[2J'\n"
            "  one of ide-cd, ahci-cd, scsi-cd, usb-cd, usb-storage, usb-uas, virtio-blk, scsi-hd, "
            "nvme, ahci-hd, ide-hd or sd-card\n");
}

TEST(BootUsage, RefusesWhatBootsNoImage) {
  EXPECT_EQ(error_of({"zeros.img", "--firmware", "kernel"}),
            "exit code 2\n"
            "bootproof: firmware kernel boots no image\n"
            "  a kernel that QEMU starts by itself stands in a scenario file: `media: {k: {kernel: "
            "FILE}}`\n");
  EXPECT_EQ(error_of({"zeros.img", "--device", "none"}),
            "exit code 2\n"
            "bootproof: device none boots no image\n"
            "  leave out --device\n");
}

TEST(BootUsage, RefusesABadPattern) {
  EXPECT_EQ(error_of({"zeros.img", "--expect", "login("}),
            "exit code 2\n"
            "bootproof: --expect: bad pattern 'login(': missing )\n"
            "  patterns are RE2 expressions: write \\( for a bracket and \\. for a dot that stand "
            "for themselves\n");
  EXPECT_THAT(error_of({"zeros.img", "--expect", "x*"}), HasSubstr("it matches empty text"));
  for (const char* pattern : {"a\nb", "a\tb", "a\x1b[1mb"}) {
    EXPECT_THAT(error_of({"zeros.img", "--expect", pattern}),
                HasSubstr("holds a control character\n"
                          "  write it as RE2 does: \\t, \\n, \\x1b\n"));
  }
}

TEST(BootUsage, SavesOverNoImageAndNoDevice) {
  EXPECT_EQ(error_of({"zeros.img", "--save", "zeros.img"}),
            "exit code 2\n"
            "bootproof: --save zeros.img is the image itself\n"
            "  name another file for the scenarios\n");
  for (const char* name : {"/dev/null", "folder"}) {
    EXPECT_EQ(error_of({"zeros.img", "--save", name}),
              std::string("exit code 2\nbootproof: --save ") + name +
                  " is no regular file\n"
                  "  name a file that does not exist yet, or an earlier scenario file\n");
  }
}

TEST(BootUsage, WritesNoReportOverAnImage) {
  EXPECT_EQ(error_of({"zeros.img", "--junit", "zeros.img", "--accel", "tcg"}),
            "exit code 2\n"
            "bootproof: --junit zeros.img is zeros.img, which the run reads\n"
            "  name another file for the report\n");
}

TEST(BootUsage, RefusesALinkToTheImageForAReportOrScenarios) {
  const BootproofProgram program;
  program.write("zeros.img", std::string(100'000, '\0'));
  fs::create_symlink("zeros.img", program.folder() / "link");
  fs::create_hard_link(program.folder() / "zeros.img", program.folder() / "hard");
  for (const char* name : {"link", "hard"}) {
    for (const char* option : {"--junit", "--save"}) {
      EXPECT_EQ(program.run({"boot", "zeros.img", option, name, "--accel", "tcg"}).exit_code, 2)
          << option << " " << name;
    }
  }
  EXPECT_EQ(content_of(program.folder() / "zeros.img"), std::string(100'000, '\0'));
}

TEST(BootUsage, KeepsMemoryInBounds) {
  EXPECT_EQ(error_of({"zeros.img", "--memory", "4"}),
            "exit code 2\n"
            "bootproof: --memory: Value 4 not in range 16 to 65536\n"
            "  see `bootproof boot --help`\n");
}

TEST(Boot, OfAnImageThatNothingBootsGivesReasonsAndFails) {
  const BootproofProgram program;
  program.write("zeros.img", std::string(100'000, '\0'));
  const ProgramResult result = program.run({"boot", "zeros.img", "--accel", "tcg", "-q"});
  EXPECT_EQ(text_of(result), "exit code 1\n");
  EXPECT_EQ(
      result.output,
      "zeros          virtio-blk      scsi-hd         nvme            ahci-hd         ide-hd     "
      "     usb-storage\n"
      "  seabios      impossible [1]  impossible [1]  impossible [1]  impossible [1]  impossible "
      "[1]  impossible [1]\n"
      "  ovmf         impossible [2]  impossible [2]  impossible [2]  impossible [2]  impossible "
      "[2]  impossible [2]\n"
      "  ovmf-secure  impossible [2]  impossible [2]  impossible [2]  impossible [2]  -          "
      "     impossible [2]\n"
      "  aavmf        impossible [2]  impossible [2]  impossible [2]  -               -          "
      "     impossible [2]\n"
      "  [1] MBR: it has no signature 55 aa\n"
      "  [2] the medium: there is no FAT volume that UEFI could find\n"
      "\n"
      "0 passed, 0 failed, 0 errors, 21 skipped, 0 flaky in 0.0s\n"
      "report: out/zeros/junit.xml\n");
}

TEST(Boot, SavesWhatRunsTheSame) {
  const BootproofProgram program;
  program.write("a b's #1.img", std::string(100'000, '\0'));
  const ProgramResult result = program.run(
      {"boot", "a b's #1.img", "--accel", "tcg", "-q", "--save", "ci/boot it.yaml", "--quick"});
  EXPECT_EQ(text_of(result),
            "exit code 1\n"
            "saved: ci/boot it.yaml; run it with `bootproof run 'ci/boot it.yaml'`\n");
  EXPECT_EQ(program.run({"list", "ci/boot it.yaml"}).output,
            "a-b-s-1-reaches-prompt/a-b-s-1.seabios.virtio-blk\n"
            "a-b-s-1-reaches-prompt/a-b-s-1.ovmf.virtio-blk\n"
            "a-b-s-1-reaches-prompt/a-b-s-1.ovmf-secure.virtio-blk\n"
            "a-b-s-1-reaches-prompt/a-b-s-1.aavmf.virtio-blk\n");
  EXPECT_THAT(program.run({"run", "ci/boot it.yaml", "--accel", "tcg", "-q"}).output,
              HasSubstr("0 passed, 0 failed, 0 errors, 4 skipped"));
}

}  // namespace
}  // namespace bootproof::testing
