#include "builders/guestfs/supervisor.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <set>
#include <string>
#include <system_error>
#include <vector>

#include "harness/core/text.h"

namespace bootproof::guestfs {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr std::array<int, 4> kSignals{SIGCHLD, SIGTERM, SIGINT, SIGHUP};

/// Why the work came to its end.
enum class End { kByItself, kLimit, kSignal };

sigset_t watched_signals() {
  sigset_t set;
  ::sigemptyset(&set);
  for (const int number : kSignals) {
    ::sigaddset(&set, number);
  }
  return set;
}

std::vector<pid_t> children_of_this() {
  std::vector<pid_t> children;
  std::ifstream list(fmt::format("/proc/self/task/{}/children", ::getpid()));
  for (pid_t child = 0; list >> child;) {
    children.push_back(child);
  }
  return children;
}

/// Inode numbers of the sockets that a process has open.
std::set<std::string> sockets_of(pid_t process) {
  constexpr std::string_view kPrefix = "socket:[";
  std::set<std::string> inodes;
  std::error_code code;
  for (const fs::directory_entry& entry :
       fs::directory_iterator(fmt::format("/proc/{}/fd", process), code)) {
    const std::string target = fs::read_symlink(entry.path(), code).string();
    if (target.starts_with(kPrefix) && target.ends_with(']')) {
      inodes.insert(target.substr(kPrefix.size(), target.size() - kPrefix.size() - 1));
    }
  }
  return inodes;
}

/// The folder of libguestfs's own sockets: for root it is always made in /tmp (lib/tmpdirs.c), so
/// it is found by the sockets that the process has open. Empty where there is none.
fs::path socket_folder(pid_t process) {
  const std::set<std::string> inodes = sockets_of(process);
  std::ifstream list("/proc/net/unix");
  for (std::string line; std::getline(list, line);) {
    const std::size_t slash = line.find(" /");
    if (slash == std::string::npos) {
      continue;
    }
    const std::size_t blank = line.find_last_of(' ', slash - 1);
    const fs::path path = line.substr(slash + 1);
    if (blank != std::string::npos && inodes.contains(line.substr(blank + 1, slash - blank - 1)) &&
        path.parent_path().filename().string().starts_with("libguestfs")) {
      return path.parent_path();
    }
  }
  return {};
}

/// Waits for the end of `child`, for a signal or for the limit.
End wait_for_end(pid_t child, std::chrono::milliseconds limit, int& status) {
  const sigset_t set = watched_signals();
  const Clock::time_point end = Clock::now() + limit;
  while (true) {
    if (::waitpid(child, &status, WNOHANG) == child) {
      return End::kByItself;
    }
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) {
      return End::kLimit;
    }
    timespec wait{};
    wait.tv_sec = left.count() / 1000;
    wait.tv_nsec = (left.count() % 1000) * 1'000'000;
    const int number = ::sigtimedwait(&set, nullptr, &wait);
    if (number > 0 && number != SIGCHLD) {
      return End::kSignal;
    }
  }
}

/// Kills all children and waits for them. Grandchildren become children when their parents end:
/// this process is their subreaper.
void end_all_children() {
  while (true) {
    for (const pid_t child : children_of_this()) {
      ::kill(child, SIGKILL);
    }
    if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) {
      return;
    }
  }
}

int run_work(const std::function<int()>& work, pid_t supervisor) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != supervisor) {
    return 1;
  }
  const sigset_t set = watched_signals();
  ::sigprocmask(SIG_UNBLOCK, &set, nullptr);
  return work();
}

/// The file by which the worker tells that the appliance runs.
fs::path launch_mark(const Job& job) { return job.folder / "launched"; }

bool has_launched(const Job& job) {
  std::error_code code;
  return fs::exists(launch_mark(job), code);
}

}  // namespace

void note_launch(const Job& job) { std::ofstream(launch_mark(job)) << '\n'; }

int supervise(const Job& job, const std::function<int()>& work) {
  const sigset_t set = watched_signals();
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // It was SIGKILL, after which nobody would clean up.
  const pid_t self = ::getpid();
  const pid_t child = ::getppid() == job.parent ? ::fork() : -1;
  if (child == 0) {
    std::exit(run_work(work, self));  // NOLINT(concurrency-mt-unsafe): there is one thread.
  }
  int status = 0;
  End end = End::kSignal;
  fs::path sockets;
  if (child > 0) {
    end = wait_for_end(child, job.limit, status);
    if (end != End::kByItself) {
      sockets = socket_folder(child);
    }
  }
  end_all_children();
  std::error_code code;
  if (!sockets.empty()) {
    fs::remove_all(sockets, code);
  }
  if (end == End::kSignal) {
    fs::remove_all(job.folder, code);  // Its owner may have ended.
  }
  switch (end) {
    case End::kByItself:
      break;
    case End::kLimit:
      print_failure("limit",
                    fmt::format("the work was not done within {} s", job.limit.count() / 1000));
      return 1;
    case End::kSignal:
      print_failure("interrupted", "the worker was told to end");
      return 1;
  }
  if (WIFSIGNALED(status)) {
    print_failure(has_launched(job) ? "appliance" : "launch",
                  fmt::format("the worker was ended by signal {}", WTERMSIG(status)));
    return 1;
  }
  return WEXITSTATUS(status);
}

void print_failure(std::string_view stage, std::string_view message) {
  const boost::json::object answer{{"format", "bootproof-guestfs-answer"},
                                   {"failed", stage},
                                   {"message", escape_for_terminal(message, true)}};
  fmt::print("{}\n", boost::json::serialize(answer));
  std::fflush(stdout);
}

}  // namespace bootproof::guestfs
