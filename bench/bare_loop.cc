#include "bench/bare_loop.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <thread>

#include "harness/core/program.h"
#include "harness/core/spawn.h"

namespace bootproof::bench {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void give_up(const std::string& message) {
  fmt::print(stderr, "bare loop: {}\n", message);
  std::_Exit(1);
}

bool wait_for_text(int fd, const std::string& text) {
  const Clock::time_point end = Clock::now() + std::chrono::minutes(3);
  std::string seen;
  std::array<char, 16U << 10U> block{};
  while (Clock::now() < end) {
    pollfd readable{fd, POLLIN, 0};
    ::poll(&readable, 1, 1000);
    if (readable.revents == 0) {
      continue;
    }
    const ssize_t got = ::read(fd, block.data(), block.size());
    if (got <= 0) {
      return false;
    }
    seen.append(block.data(), static_cast<std::size_t>(got));
    if (seen.find(text) != std::string::npos) {
      return true;
    }
    if (seen.size() > 2 * text.size() + (64U << 10U)) {
      seen.erase(0, seen.size() - text.size());
    }
  }
  return false;
}

void boot(const BareBoot& one) {
  if (!one.prepare.empty()) {
    ProgramCall call;
    call.arguments = one.prepare;
    if (const auto done = run_program(call); !done || done->exit_code != 0) {
      give_up("preparing failed");
    }
  }
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) {
    give_up("no pipe");
  }
  const UniqueFd output(ends[0]);
  UniqueFd write_end(ends[1]);
  SpawnOptions options;
  options.arguments = one.command;
  options.standard_output = write_end.get();
  const Result<SpawnedChild> child = spawn(options);
  if (!child) {
    give_up(child.error().message());
  }
  write_end.reset();
  if (!wait_for_text(output.get(), one.expected)) {
    give_up(fmt::format("'{}' did not come from: {}", one.expected, fmt::join(one.command, " ")));
  }
  ::kill(child->pid, SIGKILL);
  reap(*child);
}

}  // namespace

std::chrono::milliseconds run_bare_loop(const std::vector<BareBoot>& boots, unsigned jobs) {
  const Clock::time_point start = Clock::now();
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> workers;
  for (unsigned i = 0; i < jobs; ++i) {
    workers.emplace_back([&] {
      for (std::size_t mine = next++; mine < boots.size(); mine = next++) {
        boot(boots[mine]);
      }
    });
  }
  for (std::thread& worker : workers) {
    worker.join();
  }
  return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

}  // namespace bootproof::bench
