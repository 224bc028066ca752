#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <system_error>

#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

/// What is signed boots and says that Secure Boot is on; one bit turned over, or no signature, is
/// refused for that alone. The kernels come from the user's cache, which `quickstart test` has
/// filled.
TEST(SecureBoot, IsBelievedOnlyWithItsControls) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  if (const std::string why = why_no_packages(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  expect_shipped_run({"secure-boot.yaml", 13, 13}, folder.path());
}

}  // namespace
}  // namespace bootproof::testing
