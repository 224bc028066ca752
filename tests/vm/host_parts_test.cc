#include "harness/vm/host_parts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace bootproof {
namespace {

using ::testing::HasSubstr;

/// A host that has every program but one.
ProgramFinder without(const std::string& missing) {
  return [missing](const std::string& name) -> Result<std::filesystem::path> {
    if (name == missing) {
      return tl::unexpected(Error(ErrorKind::kHost, name + ": not found in PATH"));
    }
    return "/usr/bin/" + name;
  };
}

std::string hint_of(const MachineSpec& spec, const std::string& missing) {
  const std::optional<Error> error = missing_part(spec, {}, without(missing));
  return error ? error->hint() : "";
}

TEST(MissingPart, IsNothingWhereAllAreThere) {
  EXPECT_FALSE(missing_part(MachineSpec{}, {}, without("swtpm")));
}

TEST(MissingPart, NamesTheEmulatorOfTheMachinesArchitecture) {
  EXPECT_THAT(hint_of(MachineSpec{}, "qemu-system-x86_64"), HasSubstr("qemu-system-x86 "));
  MachineSpec arm;
  arm.machine = MachineType::kVirt;
  arm.firmware = Firmware::kKernel;
  EXPECT_THAT(hint_of(arm, "qemu-system-aarch64"), HasSubstr("qemu-system-arm "));
  EXPECT_EQ(hint_of(arm, "qemu-system-x86_64"), "");
}

TEST(MissingPart, NamesThePackageOfInstalledFirmwareAlone) {
  MachineSpec spec;
  spec.firmware = Firmware::kOvmf;
  EXPECT_THAT(hint_of(spec, ""), HasSubstr("install the package ovmf "));
  spec.firmware_code = "own.fd";
  EXPECT_EQ(hint_of(spec, ""), "");
}

TEST(MissingPart, NamesTheTpmOnlyWhereTheMachineHasOne) {
  MachineSpec spec;
  spec.tpm = true;
  EXPECT_THAT(hint_of(spec, "swtpm"), HasSubstr("swtpm"));
}

}  // namespace
}  // namespace bootproof
