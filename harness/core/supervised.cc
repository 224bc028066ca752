#include "harness/core/supervised.h"

#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <exception>

#include "harness/core/error.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

constexpr int kSignalled = 128;

bool is_ignored(int number) {
  struct sigaction action {};
  return ::sigaction(number, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

/// Waits for every process that is left: those of the child have become ours.
void reap_all() {
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

/// The exit code of the child where it has ended.
int exit_code_of_status(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

[[noreturn]] void end(int exit_code, pid_t child, const std::function<void(pid_t)>& clean_up) {
  if (exit_code > kSignalled) {
    ::kill(child, SIGKILL);
    reap_all();
    try {
      clean_up(child);
    } catch (const std::exception& problem) {  // What stays is removed by the next build.
      std::fprintf(stderr, "bootproof: cannot clean up: %s\n", problem.what());
    }
  }
  ::_exit(exit_code);
}

}  // namespace

void continue_supervised(const std::function<void(pid_t child)>& clean_up) {
  sigset_t awaited;
  sigset_t before;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGCHLD);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    if (!is_ignored(number)) {
      sigaddset(&awaited, number);
    }
  }
  std::fflush(nullptr);  // What is in a buffer would be written twice.
  ::pthread_sigmask(SIG_BLOCK, &awaited, &before);
  const pid_t parent = ::getpid();
  const pid_t child = ::fork();
  if (child < 0) {
    const int reason = errno;
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    throw system_error("cannot start a process", reason);
  }
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) {
      ::_exit(kSignalled + SIGKILL);
    }
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return;
  }
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  for (;;) {
    const int number = ::sigwaitinfo(&awaited, nullptr);
    if (number == SIGCHLD) {
      int status = 0;
      for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
        if (ended == child) {
          end(exit_code_of_status(status), child, clean_up);
        }
      }
    } else if (number > 0) {
      end(kSignalled + number, child, clean_up);
    }
  }
}

}  // namespace bootproof
