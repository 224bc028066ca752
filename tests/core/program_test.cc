#include "harness/core/program.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>

#include "harness/core/spawn.h"

namespace bootproof {
namespace {

ProgramCall shell(std::string script) {
  ProgramCall call;
  call.arguments = {"sh", "-c", std::move(script)};
  return call;
}

TEST(RunProgram, GivesExitCodeAndBothOutputs) {
  const ProgramResult result = *run_program(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(result.output, "out\n");
  EXPECT_EQ(result.error_output, "err\n");
}

TEST(RunProgram, GivesInputAndSurvivesAProgramThatDoesNotReadIt) {
  ProgramCall call = shell("cat");
  call.input = std::string(300'000, 'x');
  EXPECT_EQ(run_program(call)->output.size(), 300'000U);
  call.arguments = {"true"};
  EXPECT_EQ(run_program(call)->exit_code, 0);
}

TEST(RunProgram, KeepsNoMoreOutputThanItsLimit) {
  ProgramCall call = shell("head -c 100000 /dev/zero");
  call.output_limit = 1000;
  EXPECT_EQ(run_program(call)->output.size(), 1000U);
}

TEST(RunProgram, KillsAProgramAndItsChildrenAtTheLimit) {
  ProgramCall call = shell("sleep 100 & sleep 100");
  call.limit = std::chrono::milliseconds(100);
  EXPECT_EQ(run_program(call).error().message(), "sh did not end within 0 s and was killed");
}

TEST(RunProgram, NamesAProgramThatIsNotThere) {
  ProgramCall call;
  call.arguments = {"no-such-program-here"};
  EXPECT_EQ(run_program(call).error().message(), "no-such-program-here: not found in PATH");
}

TEST(RunProgram, TellsDeathBySignalAs128Plus) {
  EXPECT_EQ(run_program(shell("kill -9 $$"))->exit_code, 128 + 9);
}

TEST(RunProgram, ThrowsWithTheLastWordsOfAFailure) {
  try {
    run_program_or_throw(shell("echo first >&2; echo 'disk full' >&2; exit 1"), ErrorKind::kBuild);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBuild);
    EXPECT_EQ(error.message(), "sh ended with exit code 1");
    EXPECT_EQ(error.hint(), "it said:\nfirst\ndisk full");
  }
}

TEST(RunProgram, EscapesWhatAProgramSays) {
  try {
    run_program_or_throw(shell("printf '\\033[2Jx' >&2; exit 1"), ErrorKind::kBuild);
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.hint(), "it said:\n\\x1b[2Jx");
  }
}

TEST(Spawn, GivesTheChildOnlyTheDescriptorsThatAreNamed) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe(ends.data()), 0);  // Without FD_CLOEXEC: the child must not get it all the same.
  const ProgramResult result = *run_program(shell("ls /proc/self/fd | wc -l"));
  EXPECT_EQ(result.output, "4\n");  // 0, 1, 2 and the folder that ls reads.
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST(Spawn, ChildDiesWithItsParentEvenBySigkill) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    SpawnOptions options;
    options.arguments = {"sleep", "1000"};
    const Result<SpawnedChild> child = spawn(options);
    const pid_t pid = child ? child->pid : -1;
    [[maybe_unused]] const ssize_t told = ::write(ends[1], &pid, sizeof pid);
    ::pause();
    ::_exit(0);
  }
  pid_t child = -1;
  ASSERT_EQ(::read(ends[0], &child, sizeof child), static_cast<ssize_t>(sizeof child));
  ASSERT_GT(child, 0);
  const int pidfd = static_cast<int>(::syscall(SYS_pidfd_open, child, 0U));
  ASSERT_GE(pidfd, 0);
  ::kill(parent, SIGKILL);
  pollfd ended{pidfd, POLLIN, 0};
  EXPECT_EQ(::poll(&ended, 1, 10'000), 1) << "the child outlived its parent";
  ::waitpid(parent, nullptr, 0);
  ::close(pidfd);
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace bootproof
