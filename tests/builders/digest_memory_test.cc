#include "builders/digest_memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "fixture.h"
#include "harness/core/files.h"

namespace bootproof {
namespace {

using DigestMemoryTest = FolderTest;

TEST_F(DigestMemoryTest, GivesTheDigestOfAFile) {
  const DigestMemory memory(folder_ / "memory");
  const auto file = write("file", "abc");
  EXPECT_EQ(memory.file(file), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(DigestMemoryTest, SeesAChangeThatKeepsSizeAndModificationTime) {
  const DigestMemory memory(folder_ / "memory");
  const auto file = write("file", "abc");
  const auto time = std::filesystem::last_write_time(file);
  const std::string before = memory.file(file);
  write("file", "abd");
  std::filesystem::last_write_time(file, time);
  EXPECT_EQ(memory.file(file), sha256_of("abd"));
  EXPECT_NE(memory.file(file), before);
}

TEST_F(DigestMemoryTest, ComputesOnceForOneStateOnly) {
  const DigestMemory memory(folder_ / "memory");
  int count = 0;
  const auto compute = [&] { return std::to_string(++count); };
  EXPECT_EQ(memory.recall("subject", "state", true, compute), "1");
  EXPECT_EQ(memory.recall("subject", "state", true, compute), "1");
  EXPECT_EQ(memory.recall("subject", "other state", true, compute), "2");
  EXPECT_EQ(memory.recall("other subject", "other state", true, compute), "3");
}

TEST_F(DigestMemoryTest, RemembersNothingOfAStateThatMayStillChange) {
  const DigestMemory memory(folder_ / "memory");
  int count = 0;
  const auto compute = [&] { return std::to_string(++count); };
  EXPECT_EQ(memory.recall("subject", "state", false, compute), "1");
  EXPECT_EQ(memory.recall("subject", "state", true, compute), "2");
}

TEST_F(DigestMemoryTest, ComputesAgainWhenARecordIsCut) {
  const DigestMemory memory(folder_ / "memory");
  EXPECT_EQ(memory.recall("subject", "state", true, [] { return "right"; }), "right");
  const auto record = folder_ / "memory" / sha256_of("subject");
  std::filesystem::resize_file(record, std::filesystem::file_size(record) - 1);
  EXPECT_EQ(memory.recall("subject", "state", true, [] { return "right"; }), "right");
}

TEST_F(DigestMemoryTest, GivesAFolderADigestByNamesAndContents) {
  const DigestMemory memory(folder_ / "memory");
  write("one/a", "1");
  write("one/b", "2");
  write("two/b", "2");
  write("two/a", "1");
  write("swapped/a", "2");
  write("swapped/b", "1");
  EXPECT_EQ(memory.folder(folder_ / "one"), memory.folder(folder_ / "two"));
  EXPECT_NE(memory.folder(folder_ / "one"), memory.folder(folder_ / "swapped"));
}

TEST_F(DigestMemoryTest, RefusesWhatIsNoRegularFile) {
  const DigestMemory memory(folder_ / "memory");
  EXPECT_EQ(error_text([&] { static_cast<void>(memory.file(folder_)); }),
            folder_.string() + " is not a regular file");
  EXPECT_EQ(error_text([&] { static_cast<void>(memory.file(folder_ / "none")); }),
            "cannot read " + folder_.string() + "/none: No such file or directory");
}

}  // namespace
}  // namespace bootproof
