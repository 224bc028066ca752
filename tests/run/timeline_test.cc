#include "harness/run/timeline.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace json = boost::json;
using std::chrono_literals::operator""ms;
using testing::content_of;
using testing::kCutSizes;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;
using Time = Timeline::Time;

/// All lines of a closed timeline, each proved to be an object.
std::vector<json::object> objects_in(const std::filesystem::path& file) {
  std::vector<json::object> objects;
  std::string text = content_of(file);
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    EXPECT_NE(end, std::string_view::npos);
    objects.push_back(json::parse(rest.substr(0, end)).as_object());
    rest.remove_prefix(std::min(end, rest.size() - 1) + 1);
  }
  return objects;
}

Lines texts_of(const std::vector<json::object>& objects, std::string_view event) {
  Lines texts;
  for (const json::object& object : objects) {
    if (std::string_view(object.at("event").as_string()) == event) {
      texts.emplace_back(object.at("text").as_string());
    }
  }
  return texts;
}

/// A timeline in a folder of its own.
struct Written {
  TemporaryFolder folder;
  std::filesystem::path file = folder.path() / "timeline.jsonl";
  Timeline timeline{file};
  Time start{};

  Written() { timeline.start(1, "7.2.22", start); }
  std::vector<json::object> objects() {
    timeline.close();
    return objects_in(file);
  }
};

TEST(Timeline, BeginsWithItsFormat) {
  Written written;
  EXPECT_EQ(json::serialize(written.objects().at(0)),
            R"({"at_ms":0,"event":"started","format":"bootproof-timeline","version":1,"boot":1,)"
            R"("qemu_version":"7.2.22"})");
}

TEST(Timeline, HasALineForEachLineOfTheConsoleHoweverItIsCut) {
  for (const std::size_t size : kCutSizes) {
    Written written;
    const std::string_view said = "one\r\n\r\n\x1b[1;31mtwo\x1b[0m\r\nlogin: ";
    for (std::size_t at = 0; at < said.size(); at += size) {
      written.timeline.console(said.substr(at, size), written.start + 5ms);
    }
    written.timeline.verdict({}, written.start + 9ms);
    EXPECT_EQ(texts_of(written.objects(), "serial"), (Lines{"one", "two", "login:"}));
  }
}

TEST(Timeline, IsJsonWhateverBytesCome) {
  Written written;
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    bytes += static_cast<char>(255 - i);
    bytes += i % 16 == 0 ? "\n" : "\"";
  }
  written.timeline.console(bytes, written.start);
  written.timeline.debug_port(bytes, written.start);
  written.timeline.screen("terminal", bytes, written.start);
  CaseNote note;
  note.kind = "step-passed";
  note.text = bytes;
  note.match = bytes;
  note.when = written.start;
  written.timeline.note(note);
  written.timeline.action(SendSerial{bytes}, written.start);
  Verdict verdict;
  verdict.message = bytes;
  verdict.evidence = {bytes};
  written.timeline.verdict(verdict, written.start);
  EXPECT_GT(written.objects().size(), 20U);
}

TEST(Timeline, CutsLongLines) {
  Written written;
  written.timeline.console(std::string(100'000, 'x') + "\nshort\n", written.start);
  const Lines texts = texts_of(written.objects(), "serial");
  ASSERT_EQ(texts.size(), 2U);
  EXPECT_EQ(texts[0], std::string(1024, 'x') + " [98976 bytes left out]");
  EXPECT_EQ(texts[1], "short");
}

TEST(Timeline, EndsAtItsCapAndStillHasTheVerdict) {
  Written written;
  const std::string flood = std::string(1000, 'x') + "\n";
  for (int i = 0; i < 10'000; ++i) {
    written.timeline.console(flood, written.start);
  }
  for (int i = 0; i < 100'000; ++i) {
    written.timeline.machine_event({"RESET", {}}, written.start);
  }
  written.timeline.verdict({}, written.start);
  written.timeline.close();
  EXPECT_LT(std::filesystem::file_size(written.file), (5U << 20U) + (8U << 10U));
  const std::vector<json::object> objects = objects_in(written.file);
  EXPECT_EQ(texts_of(objects, "left-out"),
            (Lines{"the file is full: no more of what the streams say is written"}));
  EXPECT_EQ(objects.back().at("event"), "verdict");
}

TEST(Timeline, NeverGoesBackInTime) {
  Written written;
  written.timeline.console("a\n", written.start + 20ms);
  CaseNote note;
  note.kind = "stage";
  note.text = "loader";
  note.when = written.start + 10ms;
  written.timeline.note(note);
  const auto objects = written.objects();
  EXPECT_EQ(json::serialize(objects.at(2)),
            R"({"at_ms":20,"event":"stage-reached","stage":"loader"})");
}

TEST(Timeline, HasAScreenOnlyWhereSomethingWasDrawn) {
  Written written;
  Timeline& timeline = written.timeline;
  timeline.console("plain lines\r\nand more\x1b[0m\r\n", written.start);
  EXPECT_FALSE(timeline.wants_screen(written.start + 900ms));
  for (const char c : std::string("\x1b[2;1HMenu")) {
    timeline.console(std::string(1, c), written.start + 1000ms);
  }
  ASSERT_TRUE(timeline.wants_screen(written.start + 1000ms));
  timeline.screen("terminal", "  Menu   \n\n   \n", written.start + 1000ms);
  timeline.console("\x1b[3;1HMore", written.start + 1100ms);
  EXPECT_FALSE(timeline.wants_screen(written.start + 1400ms));
  EXPECT_TRUE(timeline.wants_screen(written.start + 1500ms));
  timeline.screen("terminal", "  Menu\n", written.start + 1500ms);  // The same.
  EXPECT_EQ(texts_of(written.objects(), "screen"), (Lines{"  Menu"}));
}

TEST(Timeline, HasReadsWithNamesAndPlaces) {
  Written written;
  MediumReads reads;
  reads.set_map(std::make_shared<const MediumMap>(
      std::vector<NamedRange>{{4096, 8192, "/boot/vmlinuz", "ISO 9660"}}));
  reads.add({4096, 2048}, written.start + 100ms);
  reads.add({6144, 2048}, written.start + 150ms);
  reads.add({0, 512}, written.start + 160ms);
  const Time now = written.start + 200ms;
  written.timeline.reads(reads.take_runs(now, true), reads, now);
  const auto objects = written.objects();
  EXPECT_EQ(json::serialize(objects.at(1)),
            R"({"at_ms":200,"event":"read","from_ms":100,"to_ms":150,"name":"/boot/vmlinuz",)"
            R"("place":"ISO 9660","percent":50,"size":8192,"offset":4096,"end":8192,"bytes":4096,)"
            R"("reads":2})");
  EXPECT_EQ(json::serialize(objects.at(2)),
            R"({"at_ms":200,"event":"read","from_ms":160,"to_ms":160,"name":"","place":"",)"
            R"("offset":0,"end":512,"bytes":512,"reads":1})");
}

TEST(Timeline, HasWhatWasSentAndDone) {
  Written written;
  written.timeline.action(SendSerial{"root\r"}, written.start);
  written.timeline.action(PressKeys{"ctrl-alt-delete"}, written.start);
  written.timeline.action(OperateMachine{OperateMachine::What::kEject, ""}, written.start);
  const auto objects = written.objects();
  EXPECT_EQ(json::serialize(objects.at(1)),
            R"({"at_ms":0,"event":"sent","to":"serial","text":"root\r"})");
  EXPECT_EQ(json::serialize(objects.at(2)),
            R"({"at_ms":0,"event":"sent","to":"keyboard","text":"ctrl-alt-delete"})");
  EXPECT_EQ(json::serialize(objects.at(3)),
            R"({"at_ms":0,"event":"operated","what":"eject","medium":""})");
}

}  // namespace
}  // namespace bootproof
