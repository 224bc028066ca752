#include "harness/vm/capped_log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <string>

#include "harness/core/error.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using testing::content_of;
using testing::TemporaryFolder;

TEST(CappedLog, KeepsAllBelowItsLimit) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "log";
  {
    CappedLog log(file, 10, 4);
    log.write("12345");
    EXPECT_EQ(content_of(file), "12345") << "it stands on the disk at once";
    log.write("67890abcd");
  }
  EXPECT_EQ(content_of(file), "1234567890abcd");
}

TEST(CappedLog, KeepsHeadAndTailOfAFloodAndSaysWhatIsMissing) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "log";
  {
    CappedLog log(file, 10, 4);
    log.write("0123456789");
    for (int i = 0; i < 1000; ++i) {
      log.write("xyz");
    }
    log.write("the end");
  }
  EXPECT_EQ(content_of(file), "0123456789\n[3003 bytes left out here]\n end");
}

TEST(CappedLog, IsTheSameHoweverTheBytesAreCut) {
  const TemporaryFolder folder;
  const std::string text(5000, 'a');
  std::string first;
  for (const std::size_t cut : {1U, 2U, 7U, 4096U}) {
    const auto file = folder.path() / std::to_string(cut);
    {
      CappedLog log(file, 100, 50);
      for (std::size_t at = 0; at < text.size(); at += cut) {
        log.write(std::string_view(text).substr(at, cut));
      }
    }
    first = first.empty() ? content_of(file) : first;
    EXPECT_EQ(content_of(file), first) << cut;
  }
}

TEST(CappedLog, RemembersThatTheDeviceIsFull) {
  if (::access("/dev/full", W_OK) != 0) {
    GTEST_SKIP() << "this host has no /dev/full";
  }
  CappedLog log("/dev/full");
  log.write("x");
  EXPECT_EQ(log.problem(), ENOSPC);
}

TEST(CappedLog, RefusesAFileThatCanNotBeMade) {
  EXPECT_THROW(CappedLog("/no/such/folder/log"), Error);
}

}  // namespace
}  // namespace bootproof
