#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "tests/cli/program.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

/// A host on which the user has masked all installed firmware, and a scenario that needs it.
class HostWithoutFirmware : public ::testing::Test {
 protected:
  HostWithoutFirmware() {
    fs::create_directories(program_.folder() / "config/qemu/firmware");
    std::error_code code;
    for (const fs::directory_entry& entry :
         fs::directory_iterator("/usr/share/qemu/firmware", code)) {
      program_.write("config/qemu/firmware/" + entry.path().filename().string(), "");
    }
    program_.set("XDG_CONFIG_HOME", (program_.folder() / "config").string());
    program_.write("disk.img", std::string(512, '\0'));
    program_.write("boot.yaml",
                   "version: 1\nmedia:\n  disk: {path: disk.img}\nscenarios:\n"
                   "  - {name: boots, media: [disk], firmware: [ovmf], device: [usb-storage], "
                   "steps: [{expect: 'login:'}]}\n");
  }
  BootproofProgram program_;
};

TEST_F(HostWithoutFirmware, SkipsTheCellAndNamesThePackage) {
  const ProgramResult result = program_.run({"run", "boot.yaml", "--accel", "tcg", "-q"});
  EXPECT_EQ(result.exit_code, 0) << text_of(result);
  EXPECT_THAT(result.output, HasSubstr("1 skipped"));
  EXPECT_THAT(result.output, HasSubstr("no firmware ovmf for machine q35"));
  EXPECT_THAT(result.output, HasSubstr("apt-get install ovmf"));
}

TEST_F(HostWithoutFirmware, IsAnErrorWhereThatIsAskedFor) {
  const ProgramResult result =
      program_.run({"run", "boot.yaml", "--accel", "tcg", "-q", "--strict"});
  EXPECT_EQ(result.exit_code, 3) << text_of(result);
  EXPECT_THAT(result.output, HasSubstr("1 error,"));
  EXPECT_THAT(result.output, HasSubstr("host.not-installed"));
  EXPECT_THAT(result.output, HasSubstr("apt-get install ovmf"));
}

}  // namespace
}  // namespace bootproof::testing
