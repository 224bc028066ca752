#include <gtest/gtest.h>

#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

/// The shipped matrix on the real media of the packages. The packages of another architecture come
/// from the user's cache, which `quickstart` has filled.
TEST(Quickstart, AllCellsPass) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  expect_shipped_run({"quickstart.yaml", 35, 32}, folder.path());
}

}  // namespace
}  // namespace bootproof::testing
