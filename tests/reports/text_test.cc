#include <gtest/gtest.h>

#include <chrono>

#include "reports/time_text.h"

namespace bootproof {
namespace {

using std::chrono::milliseconds;

TEST(DurationText, IsShortAndForPeople) {
  EXPECT_EQ(duration_text(milliseconds(-5)), "0.0s");
  EXPECT_EQ(duration_text(milliseconds(0)), "0.0s");
  EXPECT_EQ(duration_text(milliseconds(499)), "0.4s");
  EXPECT_EQ(duration_text(milliseconds(59'999)), "59.9s");
  EXPECT_EQ(duration_text(milliseconds(60'000)), "1m00s");
  EXPECT_EQ(duration_text(milliseconds(192'000)), "3m12s");
  EXPECT_EQ(duration_text(milliseconds(3'723'999)), "1h02m03s");
  EXPECT_EQ(duration_text(std::chrono::hours(100)), "100h00m00s");
}

TEST(SecondsText, HasThreeDecimals) {
  EXPECT_EQ(seconds_text(milliseconds(12'345)), "12.345");
  EXPECT_EQ(seconds_text(milliseconds(7)), "0.007");
  EXPECT_EQ(seconds_text(milliseconds(-7)), "0.000");
}

TEST(TimestampText, IsIso8601InUtc) {
  constexpr std::chrono::sys_days kDay{std::chrono::year(2024) / 2 / 29};
  const auto time = kDay + std::chrono::hours(23) + milliseconds(59'007);
  EXPECT_EQ(timestamp_text(time), "2024-02-29T23:00:59.007Z");
  EXPECT_EQ(junit_timestamp_text(time), "2024-02-29T23:00:59");
}

TEST(TimestampText, CountsBackFromTheEpoch) {
  EXPECT_EQ(timestamp_text(std::chrono::system_clock::time_point(milliseconds(-1))),
            "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace bootproof
