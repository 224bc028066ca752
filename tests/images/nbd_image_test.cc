#include "harness/images/nbd_image.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <tuple>

#include "harness/core/program.h"
#include "harness/core/spawn.h"
#include "inspectors/image_view.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using inspectors::Bytes;
using inspectors::ImageView;
using testing::content_of;
using testing::TemporaryFolder;

/// Bytes that differ from block to block.
std::string some_bytes(std::size_t count) {
  std::mt19937 random(7);
  std::string bytes(count, '\0');
  for (char& byte : bytes) {
    byte = static_cast<char>(random());
  }
  return bytes;
}

std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

/// A folder with `disk.raw` and the same as `disk.qcow2`.
class NbdImageTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("qemu-img") || !find_program("qemu-nbd")) {
      GTEST_SKIP() << "qemu-img and qemu-nbd are not there: package qemu-utils";
    }
    ASSERT_EQ(folder_.write("disk.raw", raw_), folder_.path() / "disk.raw");
    ProgramCall call;
    call.arguments = {"qemu-img", "convert", "-f", "raw", "-O", "qcow2", "disk.raw", "disk.qcow2"};
    call.folder = folder_.path();
    ASSERT_EQ(run_program_or_throw(call, ErrorKind::kHost).exit_code, 0);
  }

  [[nodiscard]] std::unique_ptr<NbdImage> open(const NbdOptions& options = {}) const {
    return NbdImage::open(disk(), *find_container("qcow2"), options);
  }
  [[nodiscard]] fs::path disk() const { return folder_.path() / "disk.qcow2"; }
  /// A program in qemu-nbd's place.
  [[nodiscard]] std::string script(const std::string& text) const {
    const fs::path file = folder_.write("server", "#!/bin/sh\n" + text);
    fs::permissions(file, fs::perms::owner_all);
    return file;
  }
  /// What opening says.
  [[nodiscard]] std::string error_with(const NbdOptions& options) const {
    try {
      std::ignore = open(options);
    } catch (const Error& error) {
      std::string text = std::string(name_of(error.kind())) + ": " + error.what();
      const std::string path = folder_.path().string() + "/";
      for (std::size_t at = text.find(path); at != std::string::npos; at = text.find(path)) {
        text.erase(at, path.size());
      }
      return text;
    }
    return "no error";
  }

  const std::string raw_ = some_bytes(20U << 20U);
  TemporaryFolder folder_;
};

TEST_F(NbdImageTest, GivesTheBytesOfTheDisk) {
  const std::string before = content_of(disk());
  const auto image = open();
  ASSERT_EQ(image->size(), raw_.size());
  const ImageView view(*image);
  std::mt19937 random(2);
  for (int i = 0; i < 1000; ++i) {  // More blocks than the cache holds.
    const std::size_t offset = random() % raw_.size();
    const std::size_t length = random() % (i % 10 == 0 ? 500000 : 300);
    ASSERT_EQ(text_of(view.read(offset, length)), raw_.substr(offset, length)) << offset;
  }
  Bytes whole(raw_.size());  // Longer than one request may be.
  ASSERT_TRUE(view.read_into(0, whole));
  EXPECT_EQ(text_of(whole), raw_);
  EXPECT_EQ(image->complaints(), "");
  EXPECT_EQ(image->unreadable(), std::nullopt);
  EXPECT_EQ(content_of(disk()), before);
}

TEST_F(NbdImageTest, LeavesNothingInTheTemporaryFolder) {
  const fs::path temporary = folder_.path() / "tmp";
  fs::create_directory(temporary);
  ASSERT_EQ(setenv("TMPDIR", temporary.c_str(), 1), 0);
  const auto image = open();
  EXPECT_TRUE(fs::is_empty(temporary));
  unsetenv("TMPDIR");
}

TEST_F(NbdImageTest, NamesThePackageOfAMissingProgram) {
  EXPECT_EQ(error_with({"qemu-nbd-of-nobody"}),
            "host: qemu-nbd-of-nobody: not found in PATH\napt-get install qemu-utils");
}

TEST_F(NbdImageTest, SaysWhatAProgramSaidThatEnded) {
  EXPECT_EQ(error_with({script("echo 'qemu-nbd: no \033 luck' >&2; exit 1")}),
            "usage: disk.qcow2 can't be opened as qcow2: no \\x1b luck\n"
            "`qemu-img check -f qcow2 disk.qcow2` may say more");
}

TEST_F(NbdImageTest, WaitsNoLongerThanItsLimitForAProgramThatIsSilent) {
  EXPECT_EQ(error_with({script("exec sleep 600"), std::chrono::milliseconds(200)}),
            "host: disk.qcow2: qemu-nbd did not open it within 200 ms");
}

TEST_F(NbdImageTest, QuotesTheFirstLinesOfAProgramThatSaysMuch) {
  EXPECT_EQ(error_with({script("seq 100000 >&2; exit 1")}),
            "usage: disk.qcow2 can't be opened as qcow2: 1; 2; 3; 4; ...\n"
            "`qemu-img check -f qcow2 disk.qcow2` may say more");
}

TEST_F(NbdImageTest, WaitsNoLongerForAProgramThatNeverStopsTalking) {
  const std::string program = script("while :; do echo flood >&2; done");
  EXPECT_EQ(error_with({program, std::chrono::milliseconds(200)}),
            "host: disk.qcow2: qemu-nbd did not open it within 200 ms");
}

TEST_F(NbdImageTest, GivesUpWhenTheProgramIsKilledWhileItReads) {
  // Its process id is in a file before it is the real program.
  const std::string program =
      script("echo $$ > " + (folder_.path() / "pid").string() + "; exec qemu-nbd \"$@\"");
  const auto image = open({program});
  const ImageView view(*image);
  ASSERT_EQ(text_of(view.read(0, 8)), raw_.substr(0, 8));
  ASSERT_EQ(kill(std::stoi(content_of(folder_.path() / "pid")), SIGKILL), 0);
  EXPECT_EQ(view.read(10U << 20U, 8).size(), 0U);
  EXPECT_EQ(view.unreadable(), 10U << 20U);
  EXPECT_EQ(image->complaints(), "qemu-nbd ended");
  EXPECT_EQ(text_of(view.read(0, 8)), raw_.substr(0, 8)) << "what is cached";
}

TEST_F(NbdImageTest, GivesUpWhenTheProgramStopsWhileItReads) {
  const std::string program =
      script("echo $$ > " + (folder_.path() / "pid").string() + "; exec qemu-nbd \"$@\"");
  const auto image = open({program, std::chrono::milliseconds(3000)});
  ASSERT_EQ(kill(std::stoi(content_of(folder_.path() / "pid")), SIGSTOP), 0);
  const ImageView view(*image);
  EXPECT_EQ(view.read(0, 8).size(), 0U);
  EXPECT_EQ(view.read(1U << 20U, 8).size(), 0U);
  EXPECT_EQ(image->complaints(), "no answer within 3000 ms");
}

}  // namespace
}  // namespace bootproof
