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

/// A shipped ISO recipe, and what a second opinion on its medium needs to know.
struct IsoMedium {
  std::string recipe;
  bool has_gpt = false;
  bool has_fat_file = false;     ///< /boot/efi.img on the ISO.
  std::string uefi_loader = {};  ///< On the FAT file system and, the same, on the ISO; or empty.
};

void PrintTo(const IsoMedium& medium, std::ostream* stream) { *stream << medium.recipe; }

/// Runs a program with the user's cache, which holds the packages of another architecture, or with
/// the one at `cache`.
ProgramResult run_here(std::vector<std::string> arguments, const std::string& cache = {}) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  if (!cache.empty()) {
    call.environment["BOOTPROOF_CACHE"] = cache;
  }
  call.environment["MTOOLSRC"] = "/dev/null";
  call.environment["LC_ALL"] = "C.UTF-8";
  call.limit = std::chrono::minutes(5);
  return value_or_throw(run_program(call));
}

class IsoMedia : public ::testing::TestWithParam<IsoMedium> {
 protected:
  void SetUp() override {
    for (const char* tool : {"/usr/sbin/sgdisk", "/usr/sbin/sfdisk", "/usr/sbin/fsck.fat",
                             "/usr/bin/mcopy", "/usr/bin/xorriso"}) {
      if (!fs::exists(tool)) {
        GTEST_SKIP() << tool << " is not there";
      }
    }
  }

  /// The medium, built by the program into a folder; empty where the build fails.
  fs::path build(const std::string& folder, const std::string& cache = {}) const {
    const ProgramResult result =
        run_here({BOOTPROOF_PROGRAM, "build", BOOTPROOF_SOURCE_DIR "/scenarios/iso-recipes.yaml",
                  GetParam().recipe, "-o", (folder_.path() / folder).string()},
                 cache);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
    return folder_.path() / folder / (GetParam().recipe + ".iso");
  }

  /// A file of the medium, taken out by xorriso.
  fs::path extract(const fs::path& medium, const std::string& path, const std::string& name) const {
    fs::path target = folder_.path() / name;
    const ProgramResult result = run_here({"xorriso", "-no_rc", "-osirrox", "on", "-indev",
                                           medium.string(), "-extract", path, target.string()});
    EXPECT_EQ(result.exit_code, 0) << result.error_output;
    return target;
  }

  /// The FAT file system for UEFI: the file, or the partition that the GPT says is one.
  fs::path fat_of(const fs::path& medium) const {
    if (GetParam().has_fat_file) {
      return extract(medium, "/boot/efi.img", "fat.img");
    }
    constexpr std::size_t kSector = 512;
    const ProgramResult table = run_here({"/usr/sbin/sgdisk", "-i", "2", medium.string()});
    const auto number_after = [&](std::string_view word) {
      return std::stoul(table.output.substr(table.output.find(word) + word.size()));
    };
    const std::size_t first = number_after("First sector: ");
    const std::size_t last = number_after("Last sector: ");
    return folder_.write("fat.img",
                         content_of(medium).substr(first * kSector, (last + 1 - first) * kSector));
  }

  TemporaryFolder folder_;
};

TEST_P(IsoMedia, PassTheCheckersOfOthers) {
  const fs::path medium = build("out");
  const ProgramResult media =
      run_here({"xorriso", "-no_rc", "-abort_on", "WARNING", "-return_with", "WARNING", "32",
                "-indev", medium.string(), "-check_media", "--"});
  EXPECT_EQ(media.exit_code, 0) << media.error_output;
  EXPECT_THAT(media.output + media.error_output,
              ::testing::Not(::testing::HasSubstr("- unreadable")));
  const ProgramResult gpt = run_here({"/usr/sbin/sgdisk", "-v", medium.string()});
  const ProgramResult table = run_here({"/usr/sbin/sfdisk", "--verify", medium.string()});
  if (GetParam().has_gpt) {
    EXPECT_THAT(gpt.output, ::testing::HasSubstr("No problems found")) << gpt.output;
    EXPECT_EQ(table.exit_code, 0) << table.output << table.error_output;
  }
  if (GetParam().uefi_loader.empty()) {
    return;
  }
  const fs::path fat = fat_of(medium);
  const ProgramResult check = run_here({"/usr/sbin/fsck.fat", "-n", fat.string()});
  EXPECT_EQ(check.exit_code, 0) << check.output << check.error_output;
}

TEST_P(IsoMedia, HaveNoErrorInTheirInspection) {
  const ProgramResult result = run_here({BOOTPROOF_PROGRAM, "inspect", build("out").string()});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
}

TEST_P(IsoMedia, HaveTheLoaderOfUefiOnTheIsoToo) {
  if (GetParam().uefi_loader.empty()) {
    GTEST_SKIP() << "this medium has no FAT file system out of the recipe's files";
  }
  const fs::path medium = build("out");
  const fs::path from_fat = folder_.path() / "from-fat";
  const ProgramResult copy = run_here(
      {"mcopy", "-i", fat_of(medium).string(), "::" + GetParam().uefi_loader, from_fat.string()});
  ASSERT_EQ(copy.exit_code, 0) << copy.error_output;
  EXPECT_TRUE(content_of(from_fat) ==
              content_of(extract(medium, GetParam().uefi_loader, "from-iso")));
}

TEST_P(IsoMedia, AreTheSameByteForByteOutOfAnEmptyCache) {
  const fs::path first = build("out");
  const fs::path cache = folder_.path() / "cache";
  fs::create_directories(cache);
  std::error_code code;
  fs::create_directory_symlink(cache_folder() / "packages", cache / "packages", code);
  const fs::path second = build("again", cache.string());
  EXPECT_EQ(fs::file_size(first), fs::file_size(second));
  EXPECT_TRUE(content_of(first) == content_of(second));
}

INSTANTIATE_TEST_SUITE_P(
    Each, IsoMedia,
    ::testing::Values(
        IsoMedium{"iso-isolinux"}, IsoMedium{"iso-uefi", false, true, "/EFI/BOOT/BOOTX64.EFI"},
        IsoMedium{"iso-dual", false, true, "/EFI/BOOT/BOOTX64.EFI"},
        IsoMedium{"iso-hybrid", true, false, "/EFI/BOOT/BOOTX64.EFI"}, IsoMedium{"iso-grub", true},
        IsoMedium{"iso-aarch64", true, false, "/EFI/BOOT/BOOTAA64.EFI"},
        IsoMedium{"iso-everywhere", true},
        IsoMedium{"iso-secure-boot", true, false, "/EFI/BOOT/grubx64.efi"}, IsoMedium{"iso-data"}),
    [](const auto& test) {
      std::string name = test.param.recipe;
      std::replace(name.begin(), name.end(), '-', '_');
      return name;
    });

/// Each layout on each firmware that it is meant for, and on some that it is not.
TEST(IsoMediaBoot, AllCellsPass) {
  if (const std::string why = why_no_qemu(); !why.empty()) {
    GTEST_SKIP() << why;
  }
  const TemporaryFolder folder;
  expect_shipped_run({"iso-media.yaml", 29, 29}, folder.path());
}

}  // namespace
}  // namespace bootproof::testing
