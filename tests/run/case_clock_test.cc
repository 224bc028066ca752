#include "harness/run/case_clock.h"

#include <gtest/gtest.h>

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const CaseClock::Time kStart{100s};

TEST(CaseClock, IsTheWallsWhereNothingWasLost) {
  CaseClock clock;
  clock.account(1s, 0s, 0s);
  EXPECT_EQ(clock.at(kStart), kStart);
  EXPECT_EQ(clock.wall(kStart), kStart);
}

TEST(CaseClock, LeavesOutTimeInWhichTheHarnessWasStopped) {
  CaseClock clock;
  clock.account(21s, 20s, 0s);
  EXPECT_EQ(clock.at(kStart + 21s), kStart + 1s);
  EXPECT_EQ(clock.wall(kStart + 1s), kStart + 21s);
  EXPECT_EQ(clock.lost(), 20s);
}

TEST(CaseClock, LeavesOutTimeInWhichQemuGotNoCpu) {
  CaseClock clock;
  clock.account(1s, 0s, 700ms);
  clock.account(1s, 0s, 300ms);
  EXPECT_EQ(clock.lost(), 1s);
}

TEST(CaseClock, CountsAnOrdinaryDelay) {
  CaseClock clock;
  clock.account(1s, CaseClock::kOrdinaryDelay, 0s);
  clock.account(1s, -500ms, 0s);
  EXPECT_EQ(clock.lost(), 0s);
}

TEST(CaseClock, CountsTheSameDelayOnceAndNeverMoreThanPassed) {
  CaseClock clock;
  clock.account(5s, 4s, 3s);
  EXPECT_EQ(clock.lost(), 4s);
  clock.account(1s, 0s, 9s);
  EXPECT_EQ(clock.lost(), 5s);
}

TEST(CaseClock, ATimeThatNeverComesStaysOne) {
  CaseClock clock;
  clock.account(5s, 4s, 0s);
  EXPECT_EQ(clock.wall(CaseClock::Time::max()), CaseClock::Time::max());
}

}  // namespace
}  // namespace bootproof
