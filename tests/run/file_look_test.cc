#include "harness/run/file_look.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace bootproof {
namespace {

FileBytes bytes_of(const std::string& text) {
  FileBytes file;
  file.size = text.size();
  file.read = [text](std::uint64_t offset, std::span<std::uint8_t> out) {
    if (offset > text.size() || out.size() > text.size() - offset) {
      return false;
    }
    std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(offset), out.size(), out.begin());
    return true;
  };
  return file;
}

FileKind kind_of(const std::string& text) { return look_at(bytes_of(text)).kind; }

std::string log_of(std::size_t size) {
  std::string log;
  while (log.size() < size) {
    log += "\x1B[0;1m[    1.234567] systemd[1]: Started \xE2\x80\xA6 unit.\x1B[0m\r\n";
  }
  return log;
}

TEST(FileLook, TakesLogsOfRealBootsForText) {
  EXPECT_EQ(kind_of("x"), FileKind::kText);
  EXPECT_EQ(kind_of(log_of(3U << 20U)), FileKind::kText);
  // A firmware's frames in code page 437.
  std::string setup;
  for (int i = 0; i < 24; ++i) {
    setup += "\x1B[01;01H\xBA Boot device    [ CD-ROM ]      \xBA\xB3  Help screen  \xB3";
  }
  setup += "\xC9" + std::string(78, '\xCD') + "\xBB";
  EXPECT_EQ(kind_of(setup), FileKind::kText);
}

TEST(FileLook, TakesALogWithNoiseOnTheLineForText) {
  std::string log = log_of(2000);
  for (std::size_t i = 0; i < log.size(); i += 6) {
    log[i] = i % 4 == 0 ? '\0' : '\xF8';
  }
  EXPECT_EQ(kind_of(log), FileKind::kText);
}

TEST(FileLook, TakesALogThatWasCutWhileItWasWrittenForText) {
  const std::string hole(2U << 20U, '\0');
  EXPECT_EQ(kind_of(hole + log_of(300'000)), FileKind::kText);
  EXPECT_EQ(kind_of(log_of(300'000) + hole), FileKind::kText);
}

TEST(FileLook, TakesPagesFullOfStringsForMemory) {
  // Objects of 64 bytes with a name in each, and a page of text now and then.
  std::string memory;
  while (memory.size() < (3U << 20U)) {
    std::string object = "Kernel panic - not syncing: name of an object";
    object.resize(64, '\0');
    memory += memory.size() % 40960 < 4096 ? log_of(64).substr(0, 64) : object;
  }
  EXPECT_EQ(kind_of(memory), FileKind::kMemory);
  EXPECT_EQ(kind_of(memory.substr(0, 2'500'001)), FileKind::kMemory);
  EXPECT_EQ(kind_of("\x7F"
                    "ELF" +
                    memory),
            FileKind::kMemory);
}

TEST(FileLook, FindsATarArchiveByItsSecondWord) {
  std::string tar = log_of(10'240);
  tar.replace(257, 5, "ustar");
  EXPECT_EQ(look_at(bytes_of(tar)).what, "a tar archive");
}

TEST(FileLook, FailsWhereTheFileCantBeRead) {
  FileBytes file = bytes_of(log_of(1U << 20U));
  file.read = [read = file.read](std::uint64_t offset, std::span<std::uint8_t> out) {
    return offset < 500'000 && read(offset, out);
  };
  EXPECT_THROW(static_cast<void>(look_at(file)), Error);
}

}  // namespace
}  // namespace bootproof
