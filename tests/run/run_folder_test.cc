#include "harness/run/run_folder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "harness/core/error.h"
#include "tests/support/temporary_folder.h"

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::content_of;
using testing::TemporaryFolder;
using Lines = std::vector<std::string>;

Lines names_in(const fs::path& folder) {
  Lines names;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    names.push_back(fs::relative(entry.path(), folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

/// "kind: message; hint" of the Error that opening gives.
std::string problem_with(const fs::path& folder) {
  try {
    std::ignore = RunFolder(folder);
  } catch (const Error& error) {
    return std::string(name_of(error.kind())) + ": " + error.message() + "; " + error.hint();
  }
  return "none";
}

TEST(RunFolder, IsMadeWithItsParents) {
  const TemporaryFolder folder;
  std::ignore = RunFolder(folder.path() / "out/nightly/run");
  EXPECT_EQ(names_in(folder.path()),
            (Lines{"out", "out/nightly", "out/nightly/run", "out/nightly/run/.bootproof-run"}));
}

TEST(RunFolder, MayBeAnEmptyFolder) {
  const TemporaryFolder folder;
  std::ignore = RunFolder(folder.path());
  EXPECT_EQ(names_in(folder.path()), Lines{".bootproof-run"});
}

TEST(RunFolder, OfAnEarlierRunIsEmptied) {
  const TemporaryFolder folder;
  std::ignore = RunFolder(folder.path());
  fs::create_directories(folder.path() / "boots/disk.seabios.ide-cd");
  std::ignore = folder.write("boots/disk.seabios.ide-cd/serial.log", "old");
  std::ignore = folder.write("junit.xml", "old");
  std::ignore = RunFolder(folder.path());
  EXPECT_EQ(names_in(folder.path()), Lines{".bootproof-run"});
}

TEST(RunFolder, WhatALinkInItPointsToStays) {
  const TemporaryFolder folder;
  const TemporaryFolder elsewhere;
  const fs::path precious = elsewhere.write("precious", "data");
  std::ignore = RunFolder(folder.path());
  fs::create_directory_symlink(elsewhere.path(), folder.path() / "link");
  std::ignore = RunFolder(folder.path());
  EXPECT_EQ(names_in(folder.path()), Lines{".bootproof-run"});
  EXPECT_EQ(content_of(precious), "data");
}

TEST(RunFolder, InUseIsRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  const RunFolder first(folder.path());
  std::ignore = folder.write("junit.xml", "of the first run");
  EXPECT_EQ(problem_with(folder.path()),
            "usage: --out " + folder.path().string() +
                " is in use by another run (running as process " + std::to_string(::getpid()) +
                "); wait for its end, or name another folder with --out");
  EXPECT_EQ(content_of(folder.path() / "junit.xml"), "of the first run");
}

TEST(RunFolder, SaysWhetherItsRunEnded) {
  const TemporaryFolder folder;
  RunFolder run(folder.path());
  EXPECT_TRUE(content_of(folder.path() / ".bootproof-run").starts_with("running as process "));
  run.note_end();
  EXPECT_TRUE(content_of(folder.path() / ".bootproof-run").starts_with("ended\n"));
}

TEST(RunFolder, WithOtherFilesIsRefusedAndLeftAlone) {
  const TemporaryFolder folder;
  const fs::path precious = folder.write("precious", "data");
  EXPECT_EQ(problem_with(folder.path()),
            "usage: --out " + folder.path().string() +
                " holds files that no run of bootproof made; name a folder that does not exist "
                "yet, or that an earlier run made");
  EXPECT_EQ(names_in(folder.path()), Lines{"precious"});
  EXPECT_EQ(content_of(precious), "data");
}

TEST(RunFolder, ThatIsAFileIsRefused) {
  const TemporaryFolder folder;
  const fs::path file = folder.write("file", "data");
  EXPECT_EQ(problem_with(file), "usage: --out " + file.string() +
                                    " is not a folder; name a folder that does not exist yet, or "
                                    "that an earlier run made");
  EXPECT_EQ(content_of(file), "data");
}

TEST(RunFolder, ThatCanNotBeMadeIsAHostError) {
  const TemporaryFolder folder;
  const fs::path below_a_file = folder.write("file", "data") / "run";
  EXPECT_EQ(problem_with(below_a_file), "host: cannot create the folder " + below_a_file.string() +
                                            ": Not a directory; choose another place with --out");
  EXPECT_EQ(problem_with("/proc/bootproof/run"),
            "host: cannot create the folder /proc/bootproof/run: No such file or directory; "
            "choose another place with --out");
}

TEST(AttemptFolder, OfTheFirstTryHasNoNumber) {
  EXPECT_EQ(attempt_folder("boots/disk.seabios.ide-cd", 1), "boots/disk.seabios.ide-cd");
  EXPECT_EQ(attempt_folder("boots/disk.seabios.ide-cd", 2), "boots/disk.seabios.ide-cd.2");
  EXPECT_EQ(attempt_folder("boots/disk.seabios.ide-cd", 11), "boots/disk.seabios.ide-cd.11");
}

}  // namespace
}  // namespace bootproof
