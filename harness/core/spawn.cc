#include "harness/core/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string_view>

namespace bootproof {
namespace {

namespace fs = std::filesystem;

/// What the child needs between fork and exec, prepared before the fork: after it only
/// async-signal-safe calls are allowed.
struct Prepared {
  std::string program;
  std::vector<char*> argv;
  std::vector<std::string> environment;
  std::vector<char*> envp;
  std::vector<int> keep;
  std::string folder;
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  out.reserve(texts.size() + 1);
  for (std::string& text : texts) {
    out.push_back(text.data());
  }
  out.push_back(nullptr);
  return out;
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& extra) {
  std::vector<std::string> out;
  for (char** entry = ::environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (extra.count(std::string(text.substr(0, text.find('=')))) == 0) {
      out.emplace_back(text);
    }
  }
  for (const auto& [name, value] : extra) {
    out.push_back(fmt::format("{}={}", name, value));
  }
  return out;
}

void close_all_but(const std::vector<int>& keep) {
  unsigned first = 3;
  for (const int fd : keep) {
    const auto kept = static_cast<unsigned>(fd);
    if (kept > first) {
      ::syscall(SYS_close_range, first, kept - 1, 0U);
    }
    first = std::max(first, kept + 1);
  }
  ::syscall(SYS_close_range, first, ~0U, 0U);
}

[[noreturn]] void report_and_exit(int report, int code) {
  [[maybe_unused]] const ssize_t written = ::write(report, &code, sizeof code);
  ::_exit(127);
}

/// Makes `source` the descriptor `target`; -1 stands for /dev/null.
bool place(int source, int target) {
  if (source >= 0) {
    return ::dup2(source, target) >= 0;
  }
  const int null = ::open("/dev/null", O_RDWR);
  return null >= 0 && (null == target || ::dup2(null, target) >= 0);
}

[[noreturn]] void become(const Prepared& prepared, const SpawnOptions& options, pid_t parent,
                         int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) {
    ::_exit(127);  // The parent died before the line above.
  }
  ::setpgid(0, 0);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGCHLD, SIGQUIT}) {
    ::signal(number, SIG_DFL);
  }
  const bool placed = place(options.standard_input, 0) && place(options.standard_output, 1) &&
                      place(options.standard_error, 2);
  if (!placed || (!prepared.folder.empty() && ::chdir(prepared.folder.c_str()) != 0)) {
    report_and_exit(report, errno);
  }
  for (const int fd : options.inherited) {
    if (::fcntl(fd, F_SETFD, 0) != 0) {
      report_and_exit(report, errno);
    }
  }
  close_all_but(prepared.keep);
  ::execve(prepared.program.c_str(), prepared.argv.data(), prepared.envp.data());
  report_and_exit(report, errno);
}

}  // namespace

Result<fs::path> find_program(const std::string& name) {
  const auto is_program = [](const fs::path& path) {
    std::error_code code;
    return fs::is_regular_file(path, code) && ::access(path.c_str(), X_OK) == 0;
  };
  if (name.find('/') != std::string::npos) {
    if (is_program(name)) {
      return fs::path(name);
    }
    return tl::unexpected(Error(ErrorKind::kHost, fmt::format("{}: no such program", name)));
  }
  const char* variable = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): never changed.
  std::string_view rest = variable == nullptr ? "/usr/bin:/bin" : variable;
  while (!rest.empty()) {
    const std::size_t colon = rest.find(':');
    const fs::path candidate = fs::path(rest.substr(0, colon)) / name;
    if (is_program(candidate)) {
      return candidate;
    }
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return tl::unexpected(Error(ErrorKind::kHost, fmt::format("{}: not found in PATH", name),
                              "run `bootproof doctor`, which names the package that brings it"));
}

Result<SpawnedChild> spawn(const SpawnOptions& options) {
  const Result<fs::path> program = find_program(options.arguments.at(0));
  if (!program) {
    return tl::unexpected(program.error());
  }
  std::array<int, 2> report{};
  if (::pipe2(report.data(), O_CLOEXEC) != 0) {
    return tl::unexpected(system_error("cannot make a pipe", errno));
  }
  const UniqueFd report_read(report[0]);
  UniqueFd report_write(report[1]);

  std::vector<std::string> arguments = options.arguments;
  Prepared prepared;
  prepared.program = program->string();
  prepared.argv = pointers(arguments);
  prepared.environment = merged_environment(options.environment);
  prepared.envp = pointers(prepared.environment);
  prepared.keep = options.inherited;
  prepared.keep.push_back(report_write.get());
  std::sort(prepared.keep.begin(), prepared.keep.end());
  prepared.folder = options.folder.string();

  const pid_t parent = ::getpid();
  SpawnedChild child;
  child.pid = ::fork();
  if (child.pid < 0) {
    return tl::unexpected(system_error(fmt::format("cannot start {}", prepared.program), errno));
  }
  if (child.pid == 0) {
    become(prepared, options, parent, report_write.get());
  }
  report_write.reset();
  child.pidfd = UniqueFd(static_cast<int>(::syscall(SYS_pidfd_open, child.pid, 0U)));
  int code = 0;
  ssize_t got = 0;
  do {
    got = ::read(report_read.get(), &code, sizeof code);
  } while (got < 0 && errno == EINTR);
  if (got == static_cast<ssize_t>(sizeof code)) {
    reap(child);
    return tl::unexpected(system_error(fmt::format("cannot start {}", prepared.program), code));
  }
  if (!child.pidfd) {
    const int problem = errno;
    ::kill(child.pid, SIGKILL);
    reap(child);
    return tl::unexpected(system_error("cannot watch a child process (pidfd_open)", problem));
  }
  return child;
}

int exit_code_of_status(int status) {
  constexpr int kSignalled = 128;
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

int reap(const SpawnedChild& child) {
  int status = 0;
  while (::waitpid(child.pid, &status, 0) < 0) {
    if (errno != EINTR) {
      return -1;
    }
  }
  return exit_code_of_status(status);
}

}  // namespace bootproof
