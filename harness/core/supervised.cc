#include "harness/core/supervised.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>
#include <string>

#include "harness/core/error.h"
#include "harness/core/files.h"
#include "harness/core/spawn.h"
#include "harness/core/text.h"
#include "harness/core/unique_fd.h"

namespace bootproof {
namespace {

constexpr int kSignalled = 128;

/// Waits for every process that is left: those of the child have become ours.
void reap_all() {
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

using CleanUp = std::function<void(pid_t)>;

/// What went wrong, in words; empty where nothing did.
std::string problem_of(const CleanUp& clean_up, pid_t child) {
  try {
    clean_up(child);
  } catch (const std::exception& problem) {
    return problem.what();
  }
  return {};
}

/// The cleaner's life. It has none of this process's outputs, for whose end somebody may wait.
[[noreturn]] void clean_up_apart(const CleanUp& clean_up, pid_t child, UniqueFd report) {
  const UniqueFd nothing(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (const int number : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    ::dup2(nothing.get(), number);
  }
  const std::string problem = problem_of(clean_up, child);
  if (!problem.empty() && ::write(report.get(), problem.data(), problem.size()) < 0) {
    ::_exit(1);  // Nobody listens any longer.
  }
  ::_exit(0);
}

/// What a cleaner reports until it ends or `patience` is over.
std::string read_report(const UniqueFd& report, std::chrono::milliseconds patience) {
  std::string text;
  std::array<char, 512> block{};
  pollfd readable{report.get(), POLLIN, 0};
  while (::poll(&readable, 1, static_cast<int>(patience.count())) > 0) {
    const ssize_t got = ::read(report.get(), block.data(), block.size());
    if (got <= 0) {
      break;
    }
    text.append(block.data(), static_cast<std::size_t>(got));
  }
  return text;
}

std::string clean_up_within(std::chrono::milliseconds patience, const CleanUp& clean_up,
                            pid_t child) {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return problem_of(clean_up, child);
  }
  const UniqueFd report(ends[0]);
  UniqueFd written(ends[1]);
  const pid_t cleaner = ::fork();  // The signals stay blocked in it.
  if (cleaner < 0) {
    return problem_of(clean_up, child);
  }
  if (cleaner == 0) {
    clean_up_apart(clean_up, child, std::move(written));
  }
  written.reset();
  return read_report(report, patience);
}

/// Kills what is left of the child and cleans up after it.
void put_away(pid_t child, const CleanUp& clean_up, std::chrono::milliseconds patience) {
  ::kill(child, SIGKILL);
  reap_all();
  // What stays is removed by the next build.
  if (const std::string problem = clean_up_within(patience, clean_up, child); !problem.empty()) {
    std::fprintf(stderr, "bootproof: cannot clean up: %s\n", escape_for_terminal(problem).c_str());
  }
}

/// How a supervised child came to its end.
struct Ending {
  int exit_code = 0;           ///< 128 + the signal's number where one ended it.
  bool by_own_signal = false;  ///< That signal came to this process.
};

/// The child process, with the signals blocked that end it.
class Child {
 public:
  /// In the child the signals are as they were, and is_child() is true.
  Child();
  [[nodiscard]] bool is_child() const { return child_ == 0; }
  [[nodiscard]] pid_t id() const { return child_; }
  /// Waits for its end or for a signal to this process.
  [[nodiscard]] Ending wait() const;
  /// Makes the signals what they were.
  void unblock() const { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t awaited_{};
  sigset_t before_{};
  pid_t child_ = -1;
};

Child::Child() {
  sigemptyset(&awaited_);
  sigaddset(&awaited_, SIGCHLD);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) {
      sigaddset(&awaited_, number);
    }
  }
  std::fflush(nullptr);  // What is in a buffer would be written twice.
  ::pthread_sigmask(SIG_BLOCK, &awaited_, &before_);
  const pid_t parent = ::getpid();
  child_ = ::fork();
  if (child_ < 0) {
    const int reason = errno;
    unblock();
    throw system_error("cannot start a process", reason);
  }
  if (child_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(kSignalled + SIGKILL);
    }
    unblock();
    return;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
}

Ending Child::wait() const {
  for (;;) {
    const int number = ::sigwaitinfo(&awaited_, nullptr);
    if (number == SIGCHLD) {
      int status = 0;
      for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended == child_) {
          return {exit_code_of_status(status), false};
        }
      }
    } else if (number > 0) {
      return {kSignalled + number, true};
    }
  }
}

}  // namespace

bool is_ignored(int signal_number) {
  struct sigaction action {};
  return ::sigaction(signal_number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

void continue_supervised(const CleanUp& clean_up, std::chrono::milliseconds patience) {
  const Child child;
  if (child.is_child()) {
    return;
  }
  const Ending ending = child.wait();
  if (ending.exit_code > kSignalled) {
    put_away(child.id(), clean_up, patience);
  }
  ::_exit(ending.exit_code);
}

bool do_supervised(const std::function<void()>& work, const CleanUp& clean_up,
                   std::chrono::milliseconds patience) {
  const Child child;
  if (child.is_child()) {
    try {
      work();
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  const Ending ending = child.wait();
  if (ending.exit_code > kSignalled) {
    put_away(child.id(), clean_up, patience);
  }
  if (ending.by_own_signal) {
    ::_exit(ending.exit_code);
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 0);
  child.unblock();
  return ending.exit_code == 0;
}

}  // namespace bootproof
