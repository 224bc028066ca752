#include "harness/diagnosis/line_loop.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace bootproof {
namespace {

constexpr Signature row_of(std::string_view cause) {
  Signature row;
  row.cause = cause;
  return row;
}

constexpr Signature kFirst = row_of("a.loop");
constexpr Signature kSecond = row_of("a.loop");
constexpr Signature kOther = row_of("another.loop");

/// Adds finished lines, each with the next number.
class Lines {
 public:
  Lines& add(const Signature* row, std::string_view text) {
    loop_.add(row, {++id_, text, true});
    return *this;
  }
  [[nodiscard]] const LineLoop& loop() const { return loop_; }

 private:
  LineLoop loop_;
  std::uint64_t id_ = 0;
};

TEST(LineLoop, CountsLinesThatDifferInDigitsStarsAndBlanksAlone) {
  Lines lines;
  lines.add(&kFirst, "[*  ] job (1s)")
      .add(&kFirst, "[** ] job (22s)")
      .add(&kFirst, "[ **] job (3s)");
  EXPECT_EQ(lines.loop().count(), 3U);
  EXPECT_EQ(lines.loop().text(), "[ **] job (3s)");
  EXPECT_EQ(lines.loop().line_id(), 3U);
}

TEST(LineLoop, LinesOfOneCauseAlternate) {
  Lines lines;
  for (int i = 0; i < 3; ++i) {
    lines.add(&kFirst, "can't run a").add(&kSecond, "can't run b");
  }
  EXPECT_EQ(lines.loop().count(), 3U);
  EXPECT_TRUE(lines.loop().goes_round("a.loop", 3));
  EXPECT_FALSE(lines.loop().goes_round("a.loop", 4));
  EXPECT_FALSE(lines.loop().goes_round("another.loop", 1));
}

TEST(LineLoop, AnotherCauseBeginsAnew) {
  Lines lines;
  lines.add(&kFirst, "x").add(&kFirst, "x").add(&kOther, "z");
  EXPECT_EQ(lines.loop().count(), 1U);
  EXPECT_EQ(lines.loop().row(), &kOther);
}

TEST(LineLoop, AnyOtherLineEndsIt) {
  Lines lines;
  lines.add(&kFirst, "x").add(&kFirst, "x").add(nullptr, "Starting network");
  EXPECT_EQ(lines.loop().row(), nullptr);
  EXPECT_EQ(lines.loop().count(), 0U);
}

TEST(LineLoop, LinesThatAreAlwaysOthersAreNoLoop) {
  Lines lines;
  for (char c = 'a'; c <= 'z'; ++c) {
    lines.add(&kFirst, std::string("can't run ") + c);
  }
  EXPECT_EQ(lines.loop().count(), 1U);
}

}  // namespace
}  // namespace bootproof
