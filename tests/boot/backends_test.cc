#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "builders/guestfs_appliance.h"
#include "builders/guestfs_job.h"
#include "harness/core/files.h"
#include "inspectors/file_image.h"
#include "inspectors/inspect.h"
#include "inspectors/volumes/ext_volume.h"
#include "inspectors/volumes/fat_volume.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using inspectors::ImageView;
using inspectors::Node;
using inspectors::NodeKind;
using inspectors::Volume;

constexpr const char* kScenarios = BOOTPROOF_SOURCE_DIR "/scenarios";

std::string replaced(std::string text, std::string_view from, const std::string& to) {
  std::size_t count = 0;
  for (std::size_t at = text.find(from); at != std::string::npos;
       at = text.find(from, at + to.size())) {
    text.replace(at, from.size(), to);
    ++count;
  }
  EXPECT_GT(count, 0U) << from;
  return text;
}

ProgramResult run_here(std::vector<std::string> arguments, const std::string& cache,
                       const fs::path& worker = {}) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.environment = {{"BOOTPROOF_CACHE", cache}, {"LC_ALL", "C.UTF-8"}};
  if (!worker.empty()) {
    call.environment["BOOTPROOF_GUESTFS_WORKER"] = worker.string();
  }
  call.limit = std::chrono::minutes(9);
  return value_or_throw(run_program(call));
}

/// SHA-256 of all bytes of a file.
std::string digest_of(inspectors::FileContent& content) {
  constexpr std::uint64_t kBlock = 64U << 10U;
  std::string bytes;
  while (bytes.size() < content.size()) {
    const auto block = ImageView(content).read(bytes.size(), kBlock);
    if (block.empty()) {
      return "unreadable";
    }
    bytes.append(block.begin(), block.end());
  }
  return sha256_of(bytes);
}

/// Everything below a folder of a volume, a line each: path, kind, permissions, size and digest.
void list_all(Volume& volume, const Node& folder, const std::string& path,
              std::vector<std::string>& lines) {
  for (const Node& node : volume.list(folder)) {
    const std::string name = path + "/" + node.name;
    std::string digest = node.target;
    // SYSLINUX's installer writes into ldlinux.sys where its sectors lie.
    if (node.kind == NodeKind::kFile && node.name != "ldlinux.sys") {
      inspectors::FileContent content(volume, node);
      digest = digest_of(content);
    }
    const bool is_folder = node.kind == NodeKind::kDirectory;
    lines.push_back(fmt::format("{} {} {:o} {} {}", name, static_cast<int>(node.kind),
                                node.mode.value_or(0), is_folder ? 0 : node.size, digest));
    if (is_folder) {
      list_all(volume, node, name, lines);
    }
  }
}

/// What is in the FAT and ext file systems of a disk, as sorted lines.
std::vector<std::string> content_lines(const fs::path& disk) {
  auto image = inspectors::FileImage::open(disk);
  if (!image) {
    ADD_FAILURE() << image.error();
    return {};
  }
  const ImageView whole(**image);
  std::vector<std::string> lines;
  for (const inspectors::VolumeSummary& summary : inspect(whole).volumes) {
    const ImageView view = whole.subview(summary.offset, summary.size);
    std::unique_ptr<Volume> volume;
    if (summary.kind == "FAT") {
      volume = inspectors::open_fat_volume(view);
    } else if (summary.kind == "ext") {
      volume = inspectors::open_ext_volume(view);
    }
    if (volume == nullptr) {
      continue;  // The ISO 9660 file system of an image that was written to a stick.
    }
    lines.push_back(fmt::format("{} {} {} {} {} {}", summary.place, summary.kind, summary.offset,
                                summary.size, summary.label, summary.uuid));
    std::vector<std::string> own;
    list_all(*volume, volume->root(), summary.place + ":", own);
    EXPECT_FALSE(own.empty() && summary.kind == "ext") << "not even lost+found";
    std::sort(own.begin(), own.end());
    lines.insert(lines.end(), own.begin(), own.end());
  }
  return lines;
}

/// The partition table as sfdisk reads it, without the file's name.
std::string table_of(const fs::path& disk) {
  const ProgramResult result = run_here({"/usr/sbin/sfdisk", "--json", disk.string()}, "");
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  return replaced(result.output, disk.parent_path().string(), "");
}

/// The shipped disks by both backends; those of libguestfs out of a recipe file that differs from
/// the shipped one in `backend: guestfs` alone.
class Backends : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      real_worker_ = find_worker();
      static_cast<void>(guestfs_version(real_worker_));
      static_cast<void>(guestfs_appliance(cache_folder()));
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
    if (const std::string why = why_no_qemu(); !why.empty()) {
      GTEST_SKIP() << why;
    }
    fs::create_directories(cache_);
    for (const char* const part : {"packages", "appliance"}) {
      fs::create_directory_symlink(cache_folder() / part, cache_ / part);
    }
    std::error_code code;  // The accelerator need not be probed again.
    fs::copy_file(cache_folder() / "accelerator.json", cache_ / "accelerator.json", code);
    write_recipes();
    // Says how often the worker was given a job.
    worker_ =
        folder_.write("worker", "#!/bin/sh\n[ $# = 0 ] && echo launch >>\"$0.launches\"\nexec " +
                                    real_worker_.string() + " \"$@\"\n");
    fs::permissions(worker_, fs::perms::owner_all);
  }

  fs::path build(const std::string& file, const std::string& out) const {
    std::vector<std::string> command{BOOTPROOF_PROGRAM, "build", file};
    command.insert(command.end(), names_.begin(), names_.end());
    const fs::path folder = folder_.path() / out;
    command.insert(command.end(), {"-o", folder.string()});
    const ProgramResult result = run_here(command, cache_.string(), worker_);
    EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
    return folder;
  }

  TemporaryFolder folder_;
  fs::path cache_ = folder_.path() / "cache";
  std::vector<std::string> names_;
  fs::path worker_;

 private:
  static fs::path find_worker() {
#ifdef BOOTPROOF_GUESTFS_PROGRAM
    return BOOTPROOF_GUESTFS_PROGRAM;
#else
    throw Error(ErrorKind::kHost, "this build has BOOTPROOF_GUESTFS=OFF");
#endif
  }

  void write_recipes() {
    const std::string shipped = content_of(fs::path(kScenarios) / "disk-recipes.yaml");
    std::string text = replaced(shipped, "\n    disk:\n", "\n    disk:\n      backend: guestfs\n");
    for (const char* const file : {"payload-recipes.yaml", "iso-recipes.yaml"}) {
      text = replaced(text, file, fmt::format("{}/{}", kScenarios, file));
    }
    static_cast<void>(folder_.write("disk-recipes.yaml", text));
    const fs::path media = fs::path(kScenarios) / "disk-media.yaml";
    static_cast<void>(folder_.write("disk-media.yaml", content_of(media)));
    for (std::size_t at = 0; (at = shipped.find("\n    disk:\n", at)) != std::string::npos; ++at) {
      const std::size_t line = shipped.rfind('\n', at - 1) + 1;  // "  disk-gpt-uefi:"
      names_.push_back(shipped.substr(line + 2, at - line - 3));
    }
  }

  fs::path real_worker_;
};

TEST_F(Backends, MakeTheSamePartitionsAndContentInOneLaunchAndBothBoot) {
  ASSERT_THAT(names_, ::testing::AllOf(::testing::SizeIs(11), ::testing::Contains("disk-uki"),
                                       ::testing::Contains("stick-hybrid")));
  const fs::path by_files = build(std::string(kScenarios) + "/disk-recipes.yaml", "files");
  const fs::path by_guestfs = build((folder_.path() / "disk-recipes.yaml").string(), "guestfs");
  EXPECT_EQ(content_of(worker_.string() + ".launches"), "launch\n");
  for (const std::string& name : names_) {
    const fs::path one = by_files / (name + ".img");
    const fs::path other = by_guestfs / (name + ".img");
    EXPECT_EQ(fs::file_size(one), fs::file_size(other)) << name;
    EXPECT_FALSE(content_of(one) == content_of(other)) << name << ": was libguestfs at work?";
    if (name != "stick-superfloppy") {  // It has no table.
      EXPECT_EQ(table_of(one), table_of(other)) << name;
    }
    const std::vector<std::string> lines = content_lines(one);
    EXPECT_FALSE(lines.empty()) << name;
    EXPECT_THAT(content_lines(other), ::testing::ElementsAreArray(lines)) << name;
  }
  // Those by files are booted by DiskMediaBoot.
  const ProgramResult run =
      run_here({BOOTPROOF_PROGRAM, "run", (folder_.path() / "disk-media.yaml").string(), "--out",
                (folder_.path() / "run").string(), "--retries", "1"},
               cache_.string(), worker_);
  EXPECT_EQ(run.exit_code, 0) << run.output << run.error_output;
  EXPECT_EQ(junit_counts(folder_.path() / "run/junit.xml"),
            "tests=15 failures=0 errors=0 skipped=0");
  EXPECT_EQ(content_of(worker_.string() + ".launches"), "launch\n") << "the run took the cache";
}

}  // namespace
}  // namespace bootproof::testing
