#pragma once

#include <fmt/format.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <functional>
#include <string>
#include <tuple>
#include <utility>

#include "harness/core/error.h"

namespace bootproof {

namespace asio = boost::asio;

/// A coroutine that gives a T. It runs only while somebody awaits it or a TaskGroup owns it.
template <typename T>
using Task = asio::awaitable<T>;

using Clock = std::chrono::steady_clock;

/// A moment that others can wait for: a timer that is cancelled to wake whoever waits.
/// Single-threaded.
class Wakeup {
 public:
  explicit Wakeup(const asio::any_io_executor& executor) : timer_(executor) {}

  /// Wakes whoever waits now; remembered for the next wait where nobody does.
  void notify() {
    notified_ = true;
    timer_.cancel();
  }

  /// Returns when notify() is or was called since the last wait, or at `deadline`.
  Task<void> wait_until(Clock::time_point deadline) {
    if (!notified_) {
      timer_.expires_at(deadline);
      auto wait = timer_.async_wait(asio::as_tuple(asio::use_awaitable));
      co_await std::move(wait);
    }
    notified_ = false;
  }

 private:
  asio::steady_timer timer_;
  bool notified_ = false;
};

/// Returns when `duration` is over; at once when the task is cancelled.
inline Task<void> pause_for(Clock::duration duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  auto waiting = timer.async_wait(asio::as_tuple(asio::use_awaitable));
  co_await std::move(waiting);
}

/// Calls a function again and again, a period after it was called last, until it is stopped.
/// Single-threaded; must outlive the calls that the executor has queued.
class Ticker {
 public:
  Ticker(const asio::any_io_executor& executor, Clock::duration period,
         std::function<void()> on_tick)
      : timer_(executor), period_(period), on_tick_(std::move(on_tick)) {}

  void start() {
    if (stopped_) {
      return;
    }
    timer_.expires_after(period_);
    timer_.async_wait([this](const boost::system::error_code& code) {
      if (!code && !stopped_) {
        on_tick_();
        start();
      }
    });
  }

  /// For good. A call that is queued already, which no cancellation reaches any more, does nothing.
  void stop() {
    stopped_ = true;
    timer_.cancel();
  }

 private:
  asio::steady_timer timer_;
  Clock::duration period_;
  std::function<void()> on_tick_;
  bool stopped_ = false;
};

/// Owns spawned tasks: whoever spawns into the group waits for all of them with join() before the
/// group goes. The first exception of a task is kept and thrown by join().
class TaskGroup {
 public:
  explicit TaskGroup(asio::any_io_executor executor)
      : executor_(executor), idle_(std::move(executor)) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;

  void spawn(Task<void> task) {
    ++running_;
    asio::co_spawn(executor_, std::move(task), [this](const std::exception_ptr& problem) {
      --running_;
      if (problem && !problem_) {
        problem_ = problem;
      }
      idle_.notify();
    });
  }

  /// Waits until all tasks have ended.
  Task<void> join() {
    while (running_ > 0) {
      co_await idle_.wait_until(Clock::time_point::max());
    }
    if (problem_) {
      std::rethrow_exception(std::exchange(problem_, nullptr));
    }
  }

 private:
  asio::any_io_executor executor_;
  Wakeup idle_;
  int running_ = 0;
  std::exception_ptr problem_;
};

namespace detail {

inline Error took_too_long(std::chrono::milliseconds limit, const std::string& what) {
  return {ErrorKind::kHost, fmt::format("{} took longer than {} ms", what, limit.count()),
          "the host may be overloaded: run fewer machines at once (-j)"};
}

}  // namespace detail

/// Awaits `task`, at most for `limit`. When the limit passes the task is cancelled, its end
/// awaited, and Error (kHost) "WHAT took longer than N ms" thrown; an exception of the task is
/// passed on at once.
template <typename T>
Task<T> within(std::chrono::milliseconds limit, std::string what, Task<T> task) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(task), asio::deferred), timer.async_wait(asio::deferred));
  auto first = group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  auto result = co_await std::move(first);
  const bool task_was_first = std::get<0>(result)[0] == 0;
  const std::exception_ptr problem = std::get<1>(result);
  if (!task_was_first) {
    throw detail::took_too_long(limit, what);
  }
  if (problem) {
    std::rethrow_exception(problem);
  }
  if constexpr (!std::is_void_v<T>) {
    co_return std::move(std::get<2>(result));
  }
}

/// Runs a blocking function on the pool and gives its result back to the caller's executor.
template <typename Function>
auto offload(asio::thread_pool& pool, Function function) -> Task<decltype(function())> {
  using Value = decltype(function());
  auto body = [](Function call) -> Task<Value> { co_return call(); };
  auto run = asio::co_spawn(pool, body(std::move(function)), asio::use_awaitable);
  co_return co_await std::move(run);
}

}  // namespace bootproof
