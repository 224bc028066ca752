#include <gtest/gtest.h>

#include "tests/boot/boot_run.h"
#include "tests/boot/forecast.h"

namespace bootproof::testing {
namespace {

/// The shipped matrix on the real media of the packages. The packages of another architecture come
/// from the user's cache, which `quickstart` has filled.
TEST(Quickstart, AllCellsPass) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM,
                    "run",
                    BOOTPROOF_SOURCE_DIR "/scenarios/quickstart.yaml",
                    "--out",
                    (folder.path() / "out").string(),
                    "--retries",
                    "1"};
  call.limit = std::chrono::minutes(9);
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(folder.path() / "out/junit.xml"),
            "tests=35 failures=0 errors=0 skipped=0");
  EXPECT_EQ(compare_forecasts(folder.path() / "out/run.json"), 32U);
}

}  // namespace
}  // namespace bootproof::testing
