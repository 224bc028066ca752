#include "harness/vm/machine_files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "harness/vm/accelerator.h"
#include "tests/support/golden.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using testing::content_of;
using testing::matches_golden;
using testing::TemporaryFolder;

TEST(CopySparsely, GivesTheSameBytesWithHolesForZeros) {
  const TemporaryFolder folder;
  std::string bytes(8U << 20U, '\0');
  bytes.replace(3U << 20U, 5, "hello");
  bytes += "tail";
  const auto from = folder.write("from", bytes);
  const auto to = folder.path() / "to";
  copy_sparsely(from, to);
  EXPECT_EQ(content_of(to), bytes);
  struct stat status {};
  ASSERT_EQ(::stat(to.c_str(), &status), 0);
  EXPECT_LT(status.st_blocks * 512, 1 << 20);
}

TEST(ReproScript, StartsTheMachineWithItsOwnVarstoreAndOverlay) {
  MachineSpec spec;
  spec.machine = MachineType::kQ35;
  spec.firmware = Firmware::kOvmf;
  spec.device = Device::kUsbStorage;
  spec.image = "/media/it's here.iso";
  MachineFiles files;
  files.firmware_code = "/firmware/CODE.fd";
  files.varstore_template = "/firmware/VARS.fd";
  files.varstore = "/run/vars.fd";
  files.overlay = "/run/overlay.qcow2";
  EXPECT_TRUE(matches_golden(repro_script(spec, files), "vm/repro.sh"));
}

TEST(ProbeBootSector, IsABootSector) {
  const std::string sector = probe_boot_sector();
  ASSERT_EQ(sector.size(), 512U);
  EXPECT_EQ(sector.substr(510), "\x55\xAA");
}

}  // namespace
}  // namespace bootproof
