#include "harness/core/program.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <string_view>

#include "harness/core/spawn.h"
#include "harness/core/text.h"
#include "harness/core/unique_fd.h"

namespace bootproof {
namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    return tl::unexpected(system_error("cannot make a pipe", errno));
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// A socket pair for standard input: writing to it raises no SIGPIPE when the program has ended.
Result<Pipe> make_input() {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) {
    return tl::unexpected(system_error("cannot make a socket pair", errno));
  }
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

/// Reads what is there; closes at the end of the stream. Bytes over the limit are read and left
/// out.
void drain(UniqueFd& fd, std::string& text, std::uint64_t limit) {
  std::array<char, 16U << 10U> block{};
  const ssize_t got = ::read(fd.get(), block.data(), block.size());
  if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
    return;
  }
  if (got <= 0) {
    fd.reset();
    return;
  }
  const auto count = static_cast<std::size_t>(got);
  if (text.size() < limit) {
    text.append(block.data(), std::min<std::size_t>(count, limit - text.size()));
  }
}

void feed(UniqueFd& fd, std::string_view& input) {
  const ssize_t written =
      input.empty() ? 0 : ::send(fd.get(), input.data(), input.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (written < 0 && (errno == EINTR || errno == EAGAIN)) {
    return;
  }
  if (written <= 0) {
    fd.reset();  // All is written, or the program does not want the rest (EPIPE).
    return;
  }
  input.remove_prefix(static_cast<std::size_t>(written));
}

/// Moves bytes until both outputs are closed. False when the limit has passed.
bool converse(const ProgramCall& call, UniqueFd& input, UniqueFd& output, UniqueFd& error_output,
              ProgramResult& result) {
  std::string_view rest = call.input;
  if (rest.empty()) {
    input.reset();
  }
  const Clock::time_point end = Clock::now() + call.limit;
  while (output || error_output) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
    if (left.count() <= 0) {
      return false;
    }
    std::array<pollfd, 3> fds{
        {{output.get(), POLLIN, 0}, {error_output.get(), POLLIN, 0}, {input.get(), POLLOUT, 0}}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(left.count())) < 0 && errno != EINTR) {
      return true;
    }
    if (fds[0].revents != 0) {
      drain(output, result.output, call.output_limit);
    }
    if (fds[1].revents != 0) {
      drain(error_output, result.error_output, call.output_limit);
    }
    if (fds[2].revents != 0) {
      feed(input, rest);
    }
  }
  return true;
}

/// The last lines of what a program complained of, for messages.
std::string last_lines(std::string_view text, std::size_t count) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) {
    text.remove_suffix(1);
  }
  std::size_t start = text.size();
  for (std::size_t i = 0; i < count && start != 0 && start != std::string_view::npos; ++i) {
    start = text.rfind('\n', start - 1);
  }
  if (start != std::string_view::npos && start != 0) {
    text.remove_prefix(start + 1);
  }
  return escape_for_terminal(text, true);
}

}  // namespace

Result<ProgramResult> run_program(const ProgramCall& call) {
  Result<Pipe> input = make_input();
  Result<Pipe> output = make_pipe();
  Result<Pipe> error_output = make_pipe();
  if (!input || !output || !error_output) {
    return tl::unexpected(system_error("cannot make a pipe", errno));
  }
  SpawnOptions options;
  options.arguments = call.arguments;
  options.folder = call.folder;
  options.environment = call.environment;
  options.standard_input = input->read.get();
  options.standard_output = output->write.get();
  options.standard_error = error_output->write.get();
  Result<SpawnedChild> child = spawn(options);
  if (!child) {
    return tl::unexpected(child.error());
  }
  input->read.reset();
  output->write.reset();
  error_output->write.reset();

  ProgramResult result;
  const bool in_time = converse(call, input->write, output->read, error_output->read, result);
  if (!in_time) {
    ::kill(-child->pid, SIGKILL);
  }
  result.exit_code = reap(*child);
  if (!in_time) {
    return tl::unexpected(
        Error(ErrorKind::kHost, fmt::format("{} did not end within {} s and was killed",
                                            call.arguments[0], call.limit.count() / 1000)));
  }
  return result;
}

ProgramResult run_program_or_throw(const ProgramCall& call, ErrorKind kind) {
  ProgramResult result = value_or_throw(run_program(call));
  if (result.exit_code != 0) {
    std::string complaint = last_lines(result.error_output, 8);
    throw Error(kind,
                fmt::format("{} ended with exit code {}", call.arguments[0], result.exit_code),
                complaint.empty() ? "it printed nothing on stderr"
                                  : fmt::format("it said:\n{}", complaint));
  }
  return result;
}

}  // namespace bootproof
