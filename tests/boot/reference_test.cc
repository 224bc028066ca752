#include <gtest/gtest.h>

#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

/// The ways in which people make boot media and try them. Packages of another architecture come
/// from the user's cache, which `quickstart` has filled.
TEST(ReferenceMatrix, AllCellsPassAsForetold) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  ShippedRun reference;
  reference.file = "reference.yaml";
  reference.cases = 40;
  reference.foretold = 36;
  reference.by_hand = "disk-mbr-no-menu.seabios.ide-hd";
  expect_shipped_run(reference, folder.path());
}

}  // namespace
}  // namespace bootproof::testing
