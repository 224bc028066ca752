#include "harness/core/thread_waits.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

namespace bootproof {
namespace {

using std::chrono::nanoseconds;

TEST(ThreadWaits, OfNoProcessAreZero) {
  EXPECT_EQ(ThreadWaits().look(), nanoseconds{});
  EXPECT_EQ(ThreadWaits(999'999'999).look(), nanoseconds{});
}

/// Threads that want the one CPU that they may use wait for each other.
TEST(ThreadWaits, AreSeenWhereThreadsShareACpu) {
  cpu_set_t allowed;
  ASSERT_EQ(::sched_getaffinity(0, sizeof allowed, &allowed), 0);
  std::size_t first = 0;
  while (!CPU_ISSET(first, &allowed)) {
    ++first;
  }
  std::atomic<bool> is_over{false};
  std::vector<std::thread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&is_over, first] {
      cpu_set_t one;
      CPU_ZERO(&one);
      CPU_SET(first, &one);
      ::sched_setaffinity(0, sizeof one, &one);
      while (!is_over) {
      }
    });
  }
  ThreadWaits waits(::getpid());
  nanoseconds waited{};
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (waited == nanoseconds{} && std::chrono::steady_clock::now() < limit) {
    waited = waits.look();
  }
  is_over = true;
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_GT(waited, nanoseconds{});
}

}  // namespace
}  // namespace bootproof
