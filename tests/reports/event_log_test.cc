#include "reports/event_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>

#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

class EventLogFile : public ::testing::Test {
 protected:
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "events.jsonl"; }

  [[nodiscard]] std::string content() const { return testing::content_of(file()); }

 private:
  const testing::TemporaryFolder folder_;
};

TEST_F(EventLogFile, HasEachLineAsSoonAsItIsAppended) {
  EventLog log;
  ASSERT_EQ(log.open(file()), 0);
  ASSERT_EQ(log.append("one\n"), 0);
  EXPECT_EQ(content(), "one\n");
  ASSERT_EQ(log.append("two\n"), 0);
  EXPECT_EQ(content(), "one\ntwo\n");
  EXPECT_EQ(log.close(), 0);
  EXPECT_EQ(log.first_error(), 0);
}

TEST_F(EventLogFile, KeepsWhatIsThere) {
  std::ofstream(file()) << "before\n";
  EventLog log;
  ASSERT_EQ(log.open(file()), 0);
  ASSERT_EQ(log.append("after\n"), 0);
  EXPECT_EQ(content(), "before\nafter\n");
}

TEST_F(EventLogFile, IsStillOpenAfterAMove) {
  EventLog log;
  ASSERT_EQ(log.open(file()), 0);
  EventLog other = std::move(log);
  EXPECT_EQ(other.append("moved\n"), 0);
  EventLog third;
  third = std::move(other);
  EXPECT_EQ(third.append("twice\n"), 0);
  EXPECT_EQ(content(), "moved\ntwice\n");
}

TEST_F(EventLogFile, TellsThatAFolderIsNoFile) {
  EventLog log;
  EXPECT_EQ(log.open(file().parent_path()), EISDIR);
  EXPECT_EQ(log.open(file() / "below"), ENOENT);
}

TEST_F(EventLogFile, TellsThatNoFileIsOpen) {
  EventLog log;
  EXPECT_EQ(log.append("lost\n"), EBADF);
  EXPECT_EQ(log.first_error(), EBADF);
  EXPECT_EQ(log.close(), 0);
}

TEST_F(EventLogFile, TellsThatTheDeviceIsFull) {
  if (!std::filesystem::exists("/dev/full")) {
    GTEST_SKIP() << "this host has no /dev/full";
  }
  EventLog log;
  ASSERT_EQ(log.open("/dev/full"), 0);
  EXPECT_EQ(log.append("lost\n"), ENOSPC);
  EXPECT_EQ(log.first_error(), ENOSPC);
}

/// While it lives, files can't grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    static_cast<void>(std::signal(SIGXFSZ, handler_));
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

TEST_F(EventLogFile, BeginsALineOfItsOwnAfterATornOne) {
  EventLog log;
  ASSERT_EQ(log.open(file()), 0);
  int torn = 0;
  {
    const FileSizeLimit limit(6);
    torn = log.append("0123456789\n");
  }
  EXPECT_EQ(torn, EFBIG);
  EXPECT_EQ(log.append("whole\n"), 0);
  EXPECT_EQ(log.append("next\n"), 0);
  EXPECT_EQ(content(), "012345\nwhole\nnext\n");
  EXPECT_EQ(log.first_error(), EFBIG);
}

}  // namespace
}  // namespace bootproof
