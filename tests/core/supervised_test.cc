#include "harness/core/supervised.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <functional>
#include <stdexcept>
#include <string>

#include "harness/core/unique_fd.h"

namespace bootproof {
namespace {

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{-1, -1};
    EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    read = UniqueFd(ends[0]);
    write = UniqueFd(ends[1]);
  }
  UniqueFd read;
  UniqueFd write;
};

/// Bytes until all writers are gone.
std::string all_of(const UniqueFd& fd) {
  std::string text;
  std::array<char, 256> block{};
  for (ssize_t got = 0; (got = ::read(fd.get(), block.data(), block.size())) > 0;) {
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

constexpr std::chrono::minutes kLong{5};

/// A process whose work never ends, and that has begun. Its stderr is `output`.
pid_t start(const std::function<void(pid_t)>& clean_up, std::chrono::milliseconds patience,
            Pipe& output) {
  Pipe begun;
  const pid_t process = ::fork();
  if (process == 0) {
    ::dup2(output.write.get(), STDERR_FILENO);
    output.write.reset();
    continue_supervised(clean_up, patience);
    static_cast<void>(::write(begun.write.get(), "b", 1));
    for (;;) {
      ::pause();
    }
  }
  output.write.reset();
  char byte = 0;
  EXPECT_EQ(::read(begun.read.get(), &byte, 1), 1);
  return process;
}

int exit_code_of(pid_t process) {
  int status = 0;
  EXPECT_EQ(::waitpid(process, &status, 0), process);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

TEST(Supervised, DoesItsWorkInAChildAndGoesOn) {
  Pipe worked;
  const pid_t self = ::getpid();
  EXPECT_TRUE(do_supervised(
      [&] {
        const bool elsewhere = ::getpid() != self;
        static_cast<void>(::write(worked.write.get(), elsewhere ? "child" : "here", 5));
      },
      [](pid_t /*child*/) { FAIL() << "nothing is left behind"; }));
  worked.write.reset();
  EXPECT_EQ(all_of(worked.read), "child");
  sigset_t blocked;
  ASSERT_EQ(::pthread_sigmask(SIG_SETMASK, nullptr, &blocked), 0);
  EXPECT_EQ(sigismember(&blocked, SIGTERM), 0);
}

TEST(Supervised, TellsThatTheWorkFailedAndCleansUpWhereItWasKilled) {
  const auto never = [](pid_t /*child*/) { FAIL() << "nothing is left behind"; };
  EXPECT_FALSE(do_supervised([] { throw std::runtime_error("no"); }, never));
  Pipe cleaned;
  EXPECT_FALSE(do_supervised(
      [] { ::raise(SIGKILL); },
      [&](pid_t /*child*/) { static_cast<void>(::write(cleaned.write.get(), "yes", 3)); }));
  cleaned.write.reset();
  EXPECT_EQ(all_of(cleaned.read), "yes");
}

TEST(Supervised, EndsWithItsWorkOnASignal) {
  Pipe begun;
  Pipe cleaned;
  const pid_t process = ::fork();
  if (process == 0) {
    do_supervised(
        [&] {
          static_cast<void>(::write(begun.write.get(), "b", 1));
          for (;;) {
            ::pause();
          }
        },
        [&](pid_t /*child*/) { static_cast<void>(::write(cleaned.write.get(), "yes", 3)); });
    ::_exit(1);
  }
  char byte = 0;
  EXPECT_EQ(::read(begun.read.get(), &byte, 1), 1);
  ASSERT_EQ(::kill(process, SIGINT), 0);
  EXPECT_EQ(exit_code_of(process), 128 + SIGINT);
  cleaned.write.reset();
  EXPECT_EQ(all_of(cleaned.read), "yes");
}

TEST(Supervised, CleansUpBeforeItEndsOnASignal) {
  Pipe output;
  Pipe done;
  const auto clean_up = [&](pid_t /*child*/) {
    EXPECT_EQ(::write(done.write.get(), "done", 4), 4);
  };
  const pid_t process = start(clean_up, kLong, output);
  ASSERT_EQ(::kill(process, SIGTERM), 0);
  EXPECT_EQ(exit_code_of(process), 128 + SIGTERM);
  done.write.reset();
  EXPECT_EQ(all_of(done.read), "done");
  EXPECT_EQ(all_of(output.read), "");
}

TEST(Supervised, LeavesACleaningThatTakesLongToTheBackgroundAndKeepsNoOutputOpen) {
  Pipe output;
  Pipe go;
  Pipe done;
  const auto clean_up = [&](pid_t /*child*/) {
    go.write.reset();
    static_cast<void>(all_of(go.read));
    EXPECT_EQ(::write(done.write.get(), "done", 4), 4);
  };
  const pid_t process = start(clean_up, std::chrono::milliseconds(1), output);
  ASSERT_EQ(::kill(process, SIGINT), 0);
  EXPECT_EQ(exit_code_of(process), 128 + SIGINT);
  EXPECT_EQ(all_of(output.read), "");
  go.write.reset();
  done.write.reset();
  EXPECT_EQ(all_of(done.read), "done");
}

TEST(Supervised, SaysWhyItCouldNotCleanUp) {
  Pipe output;
  const pid_t process =
      start([](pid_t /*child*/) { throw std::runtime_error("no such place"); }, kLong, output);
  ASSERT_EQ(::kill(process, SIGHUP), 0);
  EXPECT_EQ(exit_code_of(process), 128 + SIGHUP);
  EXPECT_EQ(all_of(output.read), "bootproof: cannot clean up: no such place\n");
}

}  // namespace
}  // namespace bootproof
