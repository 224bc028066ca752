#include "harness/core/async.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <thread>

#include "harness/core/child.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

/// Runs a task to its end and gives its exception on.
void run(Task<void> task) {
  asio::io_context context;
  std::exception_ptr problem;
  asio::co_spawn(context, std::move(task),
                 [&problem](const std::exception_ptr& thrown) { problem = thrown; });
  context.run();
  if (problem) {
    std::rethrow_exception(problem);
  }
}

Task<int> answer() { co_return 42; }

Task<void> fail() {
  throw Error(ErrorKind::kHost, "broken");
  co_return;
}

Task<void> wait_for_ever() {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, Clock::time_point::max());
  auto waiting = timer.async_wait(asio::use_awaitable);
  co_await std::move(waiting);
}

TEST(Within, GivesTheValue) {
  run([]() -> Task<void> {
    auto task = within(std::chrono::seconds(60), "the answer", answer());
    const int value = co_await std::move(task);
    EXPECT_EQ(value, 42);
  }());
}

TEST(Within, PassesAnErrorOnAtOnce) {
  run([]() -> Task<void> {
    std::string message;
    try {
      auto task = within(std::chrono::hours(1), "something", fail());
      co_await std::move(task);
    } catch (const Error& error) {
      message = error.message();
    }
    EXPECT_EQ(message, "broken");
  }());
}

TEST(Within, EndsATaskAtItsLimitAndNamesIt) {
  run([]() -> Task<void> {
    std::string message;
    try {
      auto task = within(milliseconds(5), "the end of time", wait_for_ever());
      co_await std::move(task);
    } catch (const Error& error) {
      message = error.message();
    }
    EXPECT_EQ(message, "the end of time took longer than 5 ms");
  }());
}

TEST(Wakeup, RemembersANotificationThatCameFirst) {
  run([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    Wakeup wakeup(executor);
    wakeup.notify();
    co_await wakeup.wait_until(Clock::time_point::max());
  }());
}

TEST(Ticker, CallsAgainAndAgain) {
  asio::io_context context;
  int calls = 0;
  Ticker ticker(context.get_executor(), Clock::duration::zero(), [&] {
    if (++calls == 3) {
      ticker.stop();
    }
  });
  ticker.start();
  context.run();
  EXPECT_EQ(calls, 3);
}

TEST(Ticker, StaysStoppedWhereACallIsQueuedAlready) {
  asio::io_context context;
  int calls = 0;
  Ticker ticker(context.get_executor(), Clock::duration::zero(), [&] { ++calls; });
  asio::steady_timer earlier(context, Clock::time_point::min());
  // Both have expired when they are looked at: the ticker's call is queued behind this one.
  earlier.async_wait([&](const boost::system::error_code& /*code*/) { ticker.stop(); });
  ticker.start();
  constexpr int kMost = 100;
  for (int i = 0; i < kMost && !context.stopped(); ++i) {
    context.run_one();
  }
  EXPECT_TRUE(context.stopped());
  EXPECT_EQ(calls, 0);
}

TEST(TaskGroup, JoinWaitsForAllAndThrowsTheFirstProblem) {
  run([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    TaskGroup group(executor);
    group.spawn(fail());
    std::string message;
    try {
      co_await group.join();
    } catch (const Error& error) {
      message = error.message();
    }
    EXPECT_EQ(message, "broken");
  }());
}

TEST(Offload, GivesTheResultBackOnTheCallersThread) {
  asio::thread_pool pool(1);
  run([](asio::thread_pool& threads) -> Task<void> {
    const auto here = std::this_thread::get_id();
    auto task = offload(threads, [] { return std::this_thread::get_id(); });
    const auto there = co_await std::move(task);
    EXPECT_NE(there, here);
    EXPECT_EQ(std::this_thread::get_id(), here);
  }(pool));
  pool.join();
}

TEST(Child, TellsItsExitCode) {
  run([]() -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    SpawnOptions options;
    options.arguments = {"sh", "-c", "exit 7"};
    Child child(executor, value_or_throw(spawn(options)));
    auto waiting = child.wait();
    const int code = co_await std::move(waiting);
    EXPECT_EQ(code, 7);
  }());
}

TEST(Child, IsKilledWhenItsOwnerGoes) {
  pid_t pid = 0;
  run([](pid_t& out) -> Task<void> {
    auto executor = co_await asio::this_coro::executor;
    SpawnOptions options;
    options.arguments = {"sleep", "1000"};
    const Child child(executor, value_or_throw(spawn(options)));
    out = child.pid();
  }(pid));
  EXPECT_EQ(::kill(pid, 0), -1);
}

}  // namespace
}  // namespace bootproof
