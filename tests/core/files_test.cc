#include "harness/core/files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

using testing::content_of;
using testing::TemporaryFolder;

TEST(ReadFile, GivesTheWholeFile) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", std::string("x\0y", 3));
  EXPECT_EQ(*read_file(file, 3), std::string("x\0y", 3));
}

TEST(ReadFile, RefusesMoreThanTheLimit) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "12345");
  EXPECT_EQ(read_file(file, 4).error().message(),
            file.string() + " is larger than the 4 bytes that are read of it");
}

TEST(ReadFile, NamesAMissingFile) {
  EXPECT_EQ(read_file("/no/such/file", 10).error().message(),
            "cannot open /no/such/file: No such file or directory");
}

TEST(WriteFileAtomically, ReplacesAFileAndLeavesNoOther) {
  const TemporaryFolder folder;
  const auto file = folder.write("a", "old");
  write_file_atomically(file, "new");
  EXPECT_EQ(content_of(file), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(WriteFileAtomically, SaysWhatToDoWhenNothingCanBeWritten) {
  try {
    write_file_atomically("/no/such/folder/a", "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "cannot create /no/such/folder/a: No such file or directory");
  }
}

TEST(WriteFileAtomically, LeavesTheOldFileWhenItCanNotBeReplaced) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "a";
  std::filesystem::create_directories(file / "in the way");
  try {
    write_file_atomically(file, "x");
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(), "cannot replace " + file.string() + ": Is a directory");
  }
  EXPECT_TRUE(std::filesystem::exists(file / "in the way"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1);
}

TEST(Sha256, IsThatOfTheStandard) {  // FIPS 180-4, example "abc".
  const TemporaryFolder folder;
  const char* expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  EXPECT_EQ(sha256_of("abc"), expected);
  EXPECT_EQ(*sha256_of_file(folder.write("a", "abc")), expected);
}

}  // namespace
}  // namespace bootproof
