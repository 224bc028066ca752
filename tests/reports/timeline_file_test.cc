#include "reports/timeline_file.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using Lines = std::vector<std::string>;

constexpr std::string_view kStarted =
    R"({"at_ms":0,"event":"started","format":"bootproof-timeline","version":1,"boot":1})"
    "\n";

/// What a reader makes of a file that begins as a timeline does.
struct Read {
  std::vector<TimelineEvent> events;
  bool is_timeline = false;
  Lines problems;

  explicit Read(const std::string& file, std::size_t cut = 4096) {
    TimelineReader reader;
    const auto keep = [this](std::vector<TimelineEvent> some) {
      events.insert(events.end(), some.begin(), some.end());
    };
    for (std::size_t at = 0; at < file.size(); at += cut) {
      keep(reader.feed(std::string_view(file).substr(at, cut)));
    }
    keep(reader.finish());
    is_timeline = reader.is_timeline();
    problems = reader.problems();
  }
};

Read read_after_start(const std::string& lines, std::size_t cut = 4096) {
  return Read(std::string(kStarted) + lines, cut);
}

TEST(TimelineFile, IsJudgedByItsFirstLineAlone) {
  const std::string again = R"({"at_ms":1,"event":"started"})";
  const Read read = read_after_start(again);
  EXPECT_TRUE(read.is_timeline);
  EXPECT_EQ(read.events.size(), 2U);
  const std::string started(kStarted.substr(0, kStarted.size() - 1));
  const Read other("{\"at_ms\":0,\"event\":\"x\"}\n" + started);
  EXPECT_FALSE(other.is_timeline);
  EXPECT_EQ(other.problems, Lines{"its first line is no \"started\" of a timeline of version 1"});
}

TEST(TimelineFile, HasItsEventsHoweverItIsCut) {
  for (const std::size_t cut : {1U, 2U, 7U, 4096U}) {
    const Read read = read_after_start(
        R"({"at_ms":5,"event":"serial","text":"a \"b\" \u00fc","open":true,"serial_at":9})"
        "\n"
        R"({"at_ms":7,"event":"machine","name":"RESET","data":{"guest":true},"firmware_at":3})"
        "\n"
        R"({"at_ms":9,"event":"screen","screen":"vga","text":"x"})"
        "\n",
        cut);
    ASSERT_EQ(read.events.size(), 4U);
    EXPECT_EQ(read.events[1].at, 5ms);
    EXPECT_EQ(read.events[1].text, "a \"b\" ü");
    EXPECT_TRUE(read.events[1].is_open);
    EXPECT_EQ(read.events[1].serial_at, 9U);
    EXPECT_EQ(read.events[1].firmware_at, std::nullopt);
    EXPECT_EQ(read.events[2].name, "RESET");
    EXPECT_TRUE(read.events[2].by_guest);
    EXPECT_EQ(read.events[2].firmware_at, 3U);
    EXPECT_EQ(read.events[3].screen, "vga");
    EXPECT_EQ(read.problems, Lines{});
  }
}

TEST(TimelineFile, TellsLinesThatAreNoEventsAndGoesOn) {
  const Read read = read_after_start(
      "{\n[]\n7\n\"x\"\n{\"event\":\"serial\",\"text\":\"a\"}\n{\"at_ms\":-1,\"event\":\"x\"}\n"
      "{\"at_ms\":1.5,\"event\":\"x\"}\n{\"at_ms\":1}\n{\"at_ms\":1,\"event\":[]}\n"
      "{\"at_ms\":2,\"event\":\"serial\",\"text\":7}\n{\"at_ms\":2,\"event\":\"machine\"}\n"
      "{\"at_ms\":99999999999999,\"event\":\"x\"}\n\n"
      "{\"at_ms\":3,\"event\":\"serial\",\"text\":\"\xff\"}\n"
      "{\"at_ms\":4,\"event\":\"serial\",\"text\":\"good\"}\n");
  ASSERT_EQ(read.events.size(), 2U);
  EXPECT_EQ(read.events[1].text, "good");
  EXPECT_EQ(read.problems, Lines{"14 of its 16 lines are no events and don't count; the first is "
                                 "line 2: it is no JSON: incomplete JSON"});
}

TEST(TimelineFile, NamesTheKeyThatIsNone) {
  EXPECT_EQ(read_after_start("{\"at_ms\":2,\"event\":\"screen\",\"text\":\"a\",\"screen\":[]}\n")
                .problems,
            Lines{"1 of its 2 lines are no events and don't count; the first is line 2: its "
                  "\"screen\" is no text"});
}

TEST(TimelineFile, PassesOverALineThatIsTooLong) {
  for (const std::size_t cut : {std::size_t{1000}, std::size_t{1} << 20U}) {
    const Read read =
        read_after_start(R"({"at_ms":1,"event":"serial","text":")" + std::string(3U << 20U, 'x') +
                             "\"}\n{\"at_ms\":2,\"event\":\"serial\",\"text\":\"good\"}\n",
                         cut);
    ASSERT_EQ(read.events.size(), 2U);
    EXPECT_EQ(read.events[1].text, "good");
    EXPECT_EQ(read.problems, Lines{"1 of its 3 lines are no events and don't count; the first is "
                                   "line 2: it has more than 512 KiB"});
  }
}

TEST(TimelineFile, IsNotNestedWithoutEnd) {
  const Read read =
      read_after_start(R"({"at_ms":1,"event":"x","data":)" + std::string(100'000, '[') + "\n");
  EXPECT_EQ(read.events.size(), 1U);
  EXPECT_EQ(read.problems.size(), 1U);
}

TEST(TimelineFile, NeverLetsTimeGoBack) {
  const Read read = read_after_start(
      "{\"at_ms\":50,\"event\":\"x\"}\n{\"at_ms\":20,\"event\":\"y\"}\n"
      "{\"at_ms\":60,\"event\":\"z\"}\n");
  ASSERT_EQ(read.events.size(), 4U);
  EXPECT_EQ(read.events[2].at, 50ms);
  EXPECT_EQ(read.problems, Lines{"time goes back in 1 of its lines, first in line 3; their order "
                                 "is kept"});
}

TEST(TimelineFile, TellsThatItsLastLineIsCut) {
  const Lines told{"its last line has no end: the run was ended while it was written"};
  const Read broken = read_after_start("{\"at_ms\":50,\"event\":\"seri");
  EXPECT_EQ(broken.events.size(), 1U);
  EXPECT_EQ(broken.problems, told);
  const Read whole = read_after_start("{\"at_ms\":50,\"event\":\"x\"}");
  EXPECT_EQ(whole.events.size(), 2U);
  EXPECT_EQ(whole.problems, told);
}

TEST(TimelineFile, SaysWhyAFileIsNone) {
  EXPECT_EQ(Read("").problems, Lines{"it is empty"});
  EXPECT_EQ(Read("{\"at_ms\"").problems, Lines{"its first line is cut"});
  EXPECT_EQ(Read("hello\n").problems,
            Lines{"its first line is no event: it is no JSON: syntax error"});
  const Lines other{"its first line is no \"started\" of a timeline of version 1"};
  EXPECT_EQ(Read("{\"at_ms\":0,\"event\":\"x\"}\n").problems, other);
  EXPECT_EQ(Read("{\"at_ms\":0,\"event\":\"started\",\"format\":\"bootproof-timeline\","
                 "\"version\":2}\n")
                .problems,
            other);
  EXPECT_FALSE(Read("hello\n" + std::string(kStarted)).is_timeline);
}

}  // namespace
}  // namespace bootproof
