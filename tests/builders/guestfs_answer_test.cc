#include "builders/guestfs_answer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace bootproof {
namespace {

using ::testing::ElementsAre;

constexpr std::string_view kAnswer = R"({
  "format": "bootproof-guestfs-answer", "library": "1.48.6",
  "launch_ms": 3000, "work_ms": 400, "quick": true,
  "file_systems": [
    {"device": "/dev/sda1", "type": "vfat", "label": "ESP", "uuid": "1234-ABCD", "size": 67108864,
     "mounted": true, "cut": true,
     "loaders": [{"path": "/EFI/BOOT/BOOTX64.EFI", "kind": "f", "size": 17}],
     "files": [{"path": "/EFI", "kind": "d", "size": 512}]},
    {"device": "/dev/sda2", "type": "crypto_LUKS", "mounted": false, "problem": "locked"}],
  "physical_volumes": ["/dev/sda3"], "volume_groups": ["vg"], "logical_volumes": ["/dev/vg/lv"],
  "systems": [{"root": "/dev/vg/lv", "type": "linux", "distribution": "debian", "version": "12.5",
               "product": "Debian", "architecture": "x86_64", "hostname": "h",
               "mounts": ["/ on /dev/vg/lv"]}],
  "problems": ["no time"]})";

TEST(GuestfsAnswer, IsReadWithAllItsParts) {
  const GuestfsAnswer answer = parse_guestfs_answer(kAnswer);
  EXPECT_EQ(answer.failed, "");
  const GuestfsReading& reading = answer.reading;
  EXPECT_EQ(reading.library, "1.48.6");
  EXPECT_EQ(reading.times.launch_ms, 3000U);
  EXPECT_EQ(reading.times.work_ms, 400U);
  EXPECT_TRUE(reading.times.is_quick);
  ASSERT_EQ(reading.file_systems.size(), 2U);
  const GuestfsFileSystem& esp = reading.file_systems[0];
  EXPECT_EQ(esp.device + " " + esp.type + " " + esp.label + " " + esp.uuid,
            "/dev/sda1 vfat ESP 1234-ABCD");
  EXPECT_EQ(esp.size, 67108864U);
  EXPECT_TRUE(esp.is_mounted);
  EXPECT_TRUE(esp.is_cut);
  ASSERT_EQ(esp.loaders.size(), 1U);
  EXPECT_EQ(esp.loaders[0].path, "/EFI/BOOT/BOOTX64.EFI");
  EXPECT_EQ(esp.loaders[0].size, 17U);
  ASSERT_EQ(esp.files.size(), 1U);
  EXPECT_EQ(esp.files[0].kind, 'd');
  EXPECT_EQ(reading.file_systems[1].problem, "locked");
  EXPECT_THAT(reading.physical_volumes, ElementsAre("/dev/sda3"));
  EXPECT_THAT(reading.volume_groups, ElementsAre("vg"));
  EXPECT_THAT(reading.logical_volumes, ElementsAre("/dev/vg/lv"));
  ASSERT_EQ(reading.systems.size(), 1U);
  EXPECT_EQ(reading.systems[0].version, "12.5");
  EXPECT_THAT(reading.systems[0].mounts, ElementsAre("/ on /dev/vg/lv"));
  EXPECT_THAT(reading.problems, ElementsAre("no time"));
}

TEST(GuestfsAnswer, OfAFailureNamesTheStage) {
  const GuestfsAnswer answer = parse_guestfs_answer(
      R"({"format": "bootproof-guestfs-answer", "failed": "launch", "message": "no QEMU"})");
  EXPECT_EQ(answer.failed, "launch");
  EXPECT_EQ(answer.message, "no QEMU");
}

TEST(GuestfsAnswer, ThatIsNoneIsAFailure) {
  EXPECT_EQ(parse_guestfs_answer("").message, "it printed nothing");
  EXPECT_EQ(parse_guestfs_answer("libguestfs: error\n").message,
            "it printed what is no JSON object");
  EXPECT_EQ(parse_guestfs_answer("[]").message, "it printed what is no JSON object");
  EXPECT_EQ(parse_guestfs_answer("{}").message, "it printed another kind of JSON");
  EXPECT_EQ(parse_guestfs_answer("{}").failed, "answer");
}

TEST(GuestfsAnswer, KeepsNoControlCharacterOfANameOnAnImage) {
  const GuestfsAnswer answer = parse_guestfs_answer(
      R"({"format": "bootproof-guestfs-answer",
          "file_systems": [{"label": "\u001b[2J", "files": [{"path": "/a\u0001b"}]}]})");
  ASSERT_EQ(answer.reading.file_systems.size(), 1U);
  EXPECT_EQ(answer.reading.file_systems[0].label, "\\x1b[2J");
  EXPECT_EQ(answer.reading.file_systems[0].files[0].path, "/a\\x01b");
}

TEST(GuestfsAnswer, LeavesOutWhatHasTheWrongType) {
  const GuestfsAnswer answer = parse_guestfs_answer(
      R"({"format": "bootproof-guestfs-answer", "launch_ms": -5, "quick": "yes", "library": 7,
          "file_systems": [1, null, {"size": "big", "loaders": {}, "files": [3]}],
          "volume_groups": [1, "vg"], "systems": "none"})");
  EXPECT_EQ(answer.failed, "");
  EXPECT_EQ(answer.reading.times.launch_ms, 0U);
  EXPECT_FALSE(answer.reading.times.is_quick);
  EXPECT_EQ(answer.reading.library, "");
  ASSERT_EQ(answer.reading.file_systems.size(), 1U);
  EXPECT_EQ(answer.reading.file_systems[0].size, 0U);
  EXPECT_TRUE(answer.reading.file_systems[0].files.empty());
  EXPECT_THAT(answer.reading.volume_groups, ElementsAre("vg"));
  EXPECT_TRUE(answer.reading.systems.empty());
}

TEST(GuestfsAnswer, IsReadToAnEndWhereverItIsCutOrDamaged) {
  for (std::size_t i = 0; i < kAnswer.size(); ++i) {
    EXPECT_EQ(parse_guestfs_answer(kAnswer.substr(0, i)).failed, "answer") << i;
    std::string damaged(kAnswer);
    for (const char byte : {'\0', '\xff', '{', '"', '9'}) {
      damaged[i] = byte;
      EXPECT_LE(parse_guestfs_answer(damaged).reading.file_systems.size(), 2U);
    }
  }
}

}  // namespace
}  // namespace bootproof
