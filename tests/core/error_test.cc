#include "harness/core/error.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace bootproof {
namespace {

TEST(Error, PutsContextBeforeTheMessageAndTheHintOnItsOwnLine) {
  Error error(ErrorKind::kHost, "QEMU did not start: no such machine", "run `bootproof doctor`");
  error.add_context("while booting rescue.ovmf.usb-storage");
  EXPECT_STREQ(error.what(),
               "while booting rescue.ovmf.usb-storage: QEMU did not start: no such machine\n"
               "run `bootproof doctor`");
}

TEST(Error, ExitCodeSaysWhoseFaultItIs) {
  EXPECT_EQ(exit_code_of(ErrorKind::kUsage), 2);
  EXPECT_EQ(exit_code_of(ErrorKind::kScenario), 2);
  EXPECT_EQ(exit_code_of(ErrorKind::kGuest), 1);
  EXPECT_EQ(exit_code_of(ErrorKind::kHost), 3);
  EXPECT_EQ(exit_code_of(ErrorKind::kBuild), 3);
  EXPECT_EQ(exit_code_of(ErrorKind::kBug), 3);
}

TEST(Error, OfTheSystemNamesTheReason) {
  EXPECT_EQ(system_error("cannot open /a/b", EACCES).message(),
            "cannot open /a/b: Permission denied");
}

TEST(Result, ValueOrThrowThrowsTheError) {
  const Result<int> bad = tl::unexpected(Error(ErrorKind::kHost, "no"));
  EXPECT_THROW(value_or_throw(bad), Error);
  EXPECT_EQ(value_or_throw(Result<int>(7)), 7);
}

}  // namespace
}  // namespace bootproof
