#include "harness/vm/qmp_codec.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace bootproof {
namespace {

constexpr std::string_view kTalk =
    "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 22, \"minor\": 2, \"major\": 7}, \"package\": "
    "\"Debian\"}, \"capabilities\": [\"oob\"]}}\r\n"
    "{\"return\": {}, \"id\": 1}\r\n"
    "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"RESET\", \"data\": "
    "{\"guest\": true, \"reason\": \"guest-reset\"}}\r\n"
    "{\"id\": 2, \"error\": {\"class\": \"GenericError\", \"desc\": \"There is no console\"}}\r\n";

/// What came out, as text, to be compared whole.
std::string text_of(const std::vector<QmpMessage>& messages) {
  std::string out;
  for (const QmpMessage& message : messages) {
    if (const auto* greeting = std::get_if<QmpGreeting>(&message)) {
      out += "greeting " + greeting->qemu_version + "\n";
    } else if (const auto* reply = std::get_if<QmpReply>(&message)) {
      out += "reply " + std::to_string(reply->id) + (reply->ok ? " ok" : " " + reply->error) + "\n";
    } else if (const auto* event = std::get_if<QmpEvent>(&message)) {
      out += "event " + event->name + (event->data.contains("guest") ? " by guest" : "") + "\n";
    } else {
      out += "garbage: " + std::get<QmpGarbage>(message).reason + "\n";
    }
  }
  return out;
}

std::string decoded(std::string_view bytes, std::size_t cut) {
  QmpCodec codec;
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += cut) {
    out += text_of(codec.feed(bytes.substr(at, cut)));
  }
  return out;
}

class CutTalk : public ::testing::TestWithParam<std::size_t> {};

TEST_P(CutTalk, IsUnderstoodHoweverItIsCut) {
  EXPECT_EQ(decoded(kTalk, GetParam()),
            "greeting 7.2.22\n"
            "reply 1 ok\n"
            "event RESET by guest\n"
            "reply 2 GenericError: There is no console\n");
}
INSTANTIATE_TEST_SUITE_P(Sizes, CutTalk, ::testing::Values(1, 2, 7, 4096));

TEST(QmpCodec, TellsGarbageAndGoesOn) {
  EXPECT_EQ(decoded("hello\n[1]\n{}\n{\"return\": {}, \"id\": 3}\n", 4096),
            "garbage: not a QMP message (5 bytes)\n"
            "garbage: not a QMP message (3 bytes)\n"
            "garbage: a message that is neither greeting, reply nor event\n"
            "reply 3 ok\n");
}

TEST(QmpCodec, BoundsALine) {
  QmpCodec codec;
  const std::string block(1U << 20U, 'x');
  std::string out;
  for (int i = 0; i < 17; ++i) {
    out += text_of(codec.feed(block));
  }
  EXPECT_EQ(out, "garbage: a line longer than 16 MiB\n");
}

TEST(QmpCodec, RefusesDeepNesting) {
  EXPECT_EQ(decoded(std::string(100'000, '[') + "\n", 4096),
            "garbage: not a QMP message (100000 bytes)\n");
}

TEST(QmpCodec, EncodesACommandAsALine) {
  EXPECT_EQ(QmpCodec::encode("cont", {}, 7), "{\"execute\":\"cont\",\"id\":7}\n");
  EXPECT_EQ(QmpCodec::encode("screendump", {{"filename", "a\nb"}}, 8),
            "{\"execute\":\"screendump\",\"id\":8,\"arguments\":{\"filename\":\"a\\nb\"}}\n");
}

}  // namespace
}  // namespace bootproof
