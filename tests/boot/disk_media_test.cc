#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <ostream>
#include <string>
#include <vector>

#include "harness/core/files.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;

/// A file system of a medium, in MiB.
struct Volume {
  std::string checker;  ///< Program and its option for "change nothing".
  std::uint64_t start = 0;
  std::uint64_t size = 0;
};

/// A shipped disk recipe, and what a second opinion on its medium needs to know.
struct DiskMedium {
  std::string recipe;
  std::vector<Volume> volumes;
  bool has_gpt = true;
  bool has_table = true;   ///< With sectors of 512 bytes, which the checkers of tables assume.
  std::string error = {};  ///< The rule of the one error that is meant to be there.
};

void PrintTo(const DiskMedium& medium, std::ostream* stream) { *stream << medium.recipe; }

ProgramResult run_here(std::vector<std::string> arguments, const std::string& cache = {}) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  if (!cache.empty()) {
    call.environment["BOOTPROOF_CACHE"] = cache;
  }
  call.environment["LC_ALL"] = "C.UTF-8";
  call.limit = std::chrono::minutes(5);
  return value_or_throw(run_program(call));
}

class DiskMedia : public ::testing::TestWithParam<DiskMedium> {
 protected:
  /// The medium, built by the program into a folder.
  fs::path build(const std::string& folder, const std::string& cache = {}) const {
    const ProgramResult result =
        run_here({BOOTPROOF_PROGRAM, "build", BOOTPROOF_SOURCE_DIR "/scenarios/disk-recipes.yaml",
                  GetParam().recipe, "-o", (folder_.path() / folder).string()},
                 cache);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
    return folder_.path() / folder / (GetParam().recipe + ".img");
  }

  TemporaryFolder folder_;
};

TEST_P(DiskMedia, PassTheCheckersOfOthers) {
  const fs::path medium = build("out");
  const std::string bytes = content_of(medium);
  ASSERT_FALSE(bytes.empty());
  if (GetParam().has_gpt) {
    EXPECT_THAT(run_here({"/usr/sbin/sgdisk", "-v", medium.string()}).output,
                ::testing::HasSubstr("No problems found"));
  }
  if (GetParam().has_table) {
    const ProgramResult table = run_here({"/usr/sbin/sfdisk", "--verify", medium.string()});
    EXPECT_EQ(table.exit_code, 0) << table.output << table.error_output;
  }
  for (const Volume& volume : GetParam().volumes) {
    const fs::path part =
        folder_.write("volume", bytes.substr(volume.start << 20U, volume.size << 20U));
    const std::string option = volume.checker.ends_with("e2fsck") ? "-fn" : "-n";
    const ProgramResult check = run_here({volume.checker, option, part.string()});
    EXPECT_EQ(check.exit_code, 0) << check.output << check.error_output;
  }
}

TEST_P(DiskMedia, HaveNoErrorInTheirInspectionThatIsNotMeant) {
  const ProgramResult result = run_here({BOOTPROOF_PROGRAM, "inspect", build("out").string()});
  const bool has_error = !GetParam().error.empty();
  EXPECT_EQ(result.exit_code, has_error ? 1 : 0) << result.output << result.error_output;
  EXPECT_THAT(result.output, ::testing::HasSubstr(GetParam().error));
}

TEST_P(DiskMedia, AreTheSameByteForByteOutOfAnEmptyCache) {
  const fs::path first = build("out");
  const fs::path cache = folder_.path() / "cache";
  fs::create_directories(cache);
  std::error_code code;
  fs::create_directory_symlink(cache_folder() / "packages", cache / "packages", code);
  EXPECT_TRUE(content_of(first) == content_of(build("again", cache.string())));
}

constexpr const char* kFat = "/usr/sbin/fsck.fat";
constexpr const char* kExt = "/usr/sbin/e2fsck";

INSTANTIATE_TEST_SUITE_P(
    Each, DiskMedia,
    ::testing::Values(
        DiskMedium{"disk-gpt-uefi", {{kExt, 1, 24}, {kFat, 25, 40}, {kExt, 65, 32}}},
        DiskMedium{
            "disk-gpt-uefi-4k", {{kFat, 1, 260}, {kExt, 261, 32}, {kExt, 293, 24}}, false, false},
        DiskMedium{"disk-gpt-bios-uefi", {{kFat, 2, 40}, {kExt, 42, 40}}},
        DiskMedium{"disk-mbr-bios", {{kExt, 1, 4}, {kExt, 5, 24}}, false},
        DiskMedium{"disk-mbr-no-menu",
                   {{kExt, 1, 4}, {kExt, 5, 24}},
                   false,
                   true,
                   "[grub.config-missing]"},
        DiskMedium{"disk-systemd-boot", {{kFat, 1, 64}}}, DiskMedium{"disk-uki", {{kFat, 1, 64}}},
        DiskMedium{"disk-aarch64", {{kFat, 1, 40}, {kExt, 41, 56}}},
        DiskMedium{"stick-syslinux", {{kFat, 1, 64}}, false},
        DiskMedium{"stick-superfloppy", {{kFat, 0, 32}}, false, false},
        DiskMedium{"stick-hybrid", {}}),
    [](const auto& test) {
      std::string name = test.param.recipe;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

/// Each layout on the firmware that it is meant for.
TEST(DiskMediaBoot, AllCellsPass) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  expect_shipped_run({"disk-media.yaml", 15, 15, "disk-mbr-no-menu.seabios.ide-hd"}, folder.path());
}

}  // namespace
}  // namespace bootproof::testing
