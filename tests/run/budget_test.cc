#include "harness/run/budget.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <cstdint>
#include <thread>

namespace bootproof {
namespace {

TEST(Budget, AdmitsAsManyAsThereAreSlots) {
  asio::io_context context;
  Budget budget(context.get_executor(), 2, 10'000);
  EXPECT_TRUE(budget.fits(100));
  budget.claim(100);
  EXPECT_TRUE(budget.fits(100));
  budget.claim(100);
  EXPECT_FALSE(budget.fits(100));
  EXPECT_FALSE(budget.fits(0));
  budget.release_slot();
  budget.release_memory(100);
  EXPECT_TRUE(budget.fits(100));
}

TEST(Budget, AdmitsAsMuchMemoryAsThereIs) {
  asio::io_context context;
  Budget budget(context.get_executor(), 8, 1000);
  budget.claim(600);
  EXPECT_TRUE(budget.fits(400));
  EXPECT_FALSE(budget.fits(401));
  budget.claim(400);
  EXPECT_FALSE(budget.fits(1));
  budget.release_slot();
  budget.release_memory(600);
  EXPECT_TRUE(budget.fits(600));
  EXPECT_FALSE(budget.fits(601));
}

TEST(Budget, AdmitsAMachineThatNeverFitsAlone) {
  asio::io_context context;
  Budget budget(context.get_executor(), 2, 1000);
  EXPECT_TRUE(budget.fits(5000));
  budget.claim(5000);
  EXPECT_FALSE(budget.fits(1));
  budget.release_slot();
  budget.release_memory(5000);
  budget.claim(1);
  EXPECT_FALSE(budget.fits(5000)) << "it is not alone";
  EXPECT_TRUE(budget.fits(999));
}

TEST(Budget, AFreeCpuStartsAnotherMachineOnlyWhereItsMemoryFits) {
  asio::io_context context;
  Budget budget(context.get_executor(), 1, 1000);
  budget.claim(600);
  budget.release_slot();
  EXPECT_TRUE(budget.fits(400));
  EXPECT_FALSE(budget.fits(401)) << "the first one's memory is still in use";
  EXPECT_FALSE(budget.fits(5000)) << "it is not alone";
  budget.release_memory(600);
  EXPECT_TRUE(budget.fits(5000));
}

TEST(Budget, ReleaseWakesWhoWaits) {
  asio::io_context context;
  Budget budget(context.get_executor(), 1, 1000);
  budget.claim(100);
  bool admitted = false;
  auto waiter = [&]() -> Task<void> {
    while (!budget.fits(100)) {
      co_await budget.wait();
    }
    admitted = true;
  };
  asio::co_spawn(context, waiter, asio::detached);
  context.poll();
  EXPECT_FALSE(admitted);
  budget.wake();
  context.poll();
  EXPECT_FALSE(admitted) << "woken, but nothing is free";
  budget.release_slot();
  budget.release_memory(100);
  context.poll();
  EXPECT_TRUE(admitted);
}

TEST(UsableCpus, FollowTheAffinity) {
  cpu_set_t before;
  CPU_ZERO(&before);
  ASSERT_EQ(::sched_getaffinity(0, sizeof before, &before), 0);
  EXPECT_EQ(usable_cpus(), static_cast<unsigned>(CPU_COUNT(&before)));
  unsigned on_one = 0;
  std::thread([&] {  // A thread of its own, so that the affinity of this one stays.
    cpu_set_t one;
    CPU_ZERO(&one);
    std::size_t first = 0;
    while (!CPU_ISSET(first, &before)) {
      ++first;
    }
    CPU_SET(first, &one);
    if (::sched_setaffinity(0, sizeof one, &one) == 0) {
      on_one = usable_cpus();
    }
  })
      .join();
  EXPECT_EQ(on_one, 1U);
}

TEST(AvailableMemory, IsAtMostTheMachines) {
  const auto pages = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES));
  const auto page_bytes = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  EXPECT_GT(available_memory_mib(), 0U);
  EXPECT_LE(available_memory_mib(), (pages * page_bytes) >> 20U);
}

}  // namespace
}  // namespace bootproof
