#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "builders/guestfs_appliance.h"
#include "builders/guestfs_job.h"
#include "harness/core/files.h"
#include "harness/core/program.h"
#include "harness/core/unique_fd.h"
#include "harness/vm/accelerator.h"
#include "tests/support/temporary_folder.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::HasSubstr;

constexpr std::uint64_t kMiB = 1U << 20U;

/// Runs a program that has to succeed, with `input` on its stdin, and gives what it printed.
std::string run(std::vector<std::string> arguments, std::string input = {}) {
  ProgramCall call;
  call.arguments = std::move(arguments);
  call.input = std::move(input);
  const Result<ProgramResult> result = run_program(call);
  if (!result) {
    ADD_FAILURE() << result.error().what();
    return {};
  }
  EXPECT_EQ(result->exit_code, 0) << call.arguments[0] << "\n"
                                  << result->output << result->error_output;
  return result->output;
}

/// Real launches of libguestfs's appliance.
class Guestfs : public ::testing::Test {
 protected:
  void SetUp() override {
    try {
      host_.worker = find_worker();
      host_.cache = cache_folder();
      static_cast<void>(guestfs_version(host_.worker));
      static_cast<void>(guestfs_appliance(host_.cache));
      const AcceleratorChoice choice = choose_accelerator(Accelerator::kAuto, host_.cache);
      host_.uses_kvm = choice.accelerator == Accelerator::kKvm;
    } catch (const Error& error) {
      GTEST_SKIP() << error.what();
    }
  }

  [[nodiscard]] fs::path disk(std::string_view name, std::uint64_t size) const {
    const fs::path file = folder_.write(name, "");
    fs::resize_file(file, size);
    return file;
  }

  /// The bytes of a part of a disk as a file of their own, for checkers that know no offsets.
  [[nodiscard]] fs::path part(const fs::path& disk, std::uint64_t start, std::uint64_t size) const {
    const fs::path file = disk.string() + ".part";
    run({"dd", "if=" + disk.string(), "of=" + file.string(), "bs=1M",
         fmt::format("skip={}", start / kMiB), fmt::format("count={}", size / kMiB),
         "status=none"});
    return file;
  }

  TemporaryFolder folder_;
  GuestfsHost host_;

 private:
  static fs::path find_worker() {
#ifdef BOOTPROOF_GUESTFS_PROGRAM
    return BOOTPROOF_GUESTFS_PROGRAM;
#else
    throw Error(ErrorKind::kHost, "this build has BOOTPROOF_GUESTFS=OFF");
#endif
  }
};

TEST_F(Guestfs, MakesFourDisksInOneLaunch) {
  fs::create_directories(folder_.path() / "tree/EFI/BOOT");
  static_cast<void>(folder_.write("tree/EFI/BOOT/BOOTX64.EFI", "loader"));
  static_cast<void>(folder_.write("tree/hello", "hello\n"));
  fs::permissions(folder_.path() / "tree/hello", fs::perms::owner_all);
  const fs::path tar = folder_.path() / "tree.tar";
  run({"tar", "--owner=7", "--group=8", "-C", (folder_.path() / "tree").string(), "-cf",
       tar.string(), "EFI", "hello"});

  const fs::path gpt = disk("gpt.img", 160 * kMiB);
  run({"sfdisk", "-q", gpt.string()},
      "label: gpt\nstart=1MiB, size=48MiB, type=uefi\nsize=64MiB\n");
  const fs::path large = disk("large.img", 320 * kMiB);  // FAT32 with sectors of 4096 bytes.
  const fs::path mbr = disk("mbr.img", 64 * kMiB);
  run({"sfdisk", "-q", mbr.string()}, "label: dos\nstart=1MiB, size=20MiB\nsize=20MiB\n");
  const fs::path floppy = disk("floppy.img", 16 * kMiB);

  const std::string uuid = "5e1ec7ed-0000-4000-8000-000000000001";
  const std::vector<GuestfsDisk> disks{
      {"gpt",
       gpt,
       512,
       {{1,
         FileSystemType::kFat32,
         "ESP",
         "1234-ABCD",
         {"mkfs.vfat", "-F", "32", "-n", "ESP", "-i", "1234ABCD"},
         tar},
        {2,
         FileSystemType::kExt4,
         "root",
         uuid,
         {"mke2fs", "-q", "-F", "-t", "ext4", "-L", "root", "-U", uuid},
         tar}}},
      {"large",
       large,
       4096,
       {{0, FileSystemType::kFat32, "LARGE", "", {"mkfs.vfat", "-F32", "-n", "LARGE"}, tar}}},
      {"mbr",
       mbr,
       512,
       {{1, FileSystemType::kExt2, "boot", "", {"mke2fs", "-qFt", "ext2", "-L", "boot"}, {}},
        {2, FileSystemType::kExt3, "", "", {"mke2fs", "-qFt", "ext3"}, tar}}},
      {"floppy",
       floppy,
       512,
       {{0,
         FileSystemType::kFat16,
         "FLOPPY",
         "0000-0001",
         {"mkfs.vfat", "-F16", "-n", "FLOPPY", "-i", "00000001"},
         tar}}}};
  const GuestfsTimes times = make_by_guestfs(host_, disks);
  RecordProperty("launch_ms", static_cast<int>(times.launch_ms));
  RecordProperty("work_ms", static_cast<int>(times.work_ms));
  EXPECT_TRUE(times.is_quick);

  const fs::path esp = part(gpt, kMiB, 48 * kMiB);
  run({"fsck.fat", "-n", esp.string()});
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "VERSION", esp.string()}), "FAT32\n");
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "UUID", esp.string()}), "1234-ABCD\n");
  EXPECT_EQ(run({"mtype", "-i", esp.string(), "::/EFI/BOOT/BOOTX64.EFI"}), "loader");
  const fs::path root = part(gpt, 49 * kMiB, 64 * kMiB);
  run({"e2fsck", "-fn", root.string()});
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "UUID", root.string()}), uuid + "\n");
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "TYPE", root.string()}), "ext4\n");
  EXPECT_EQ(run({"debugfs", "-R", "cat /hello", root.string()}), "hello\n");
  EXPECT_THAT(run({"debugfs", "-R", "stat /hello", root.string()}),
              ::testing::AllOf(HasSubstr("Mode:  0700"), HasSubstr("User:     7"),
                               HasSubstr("Group:     8")));
  run({"fsck.fat", "-n", large.string()});
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "VERSION", large.string()}), "FAT32\n");
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "LABEL", large.string()}), "LARGE\n");
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "TYPE", part(mbr, kMiB, 20 * kMiB)}),
            "ext2\n");
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "TYPE", part(mbr, 21 * kMiB, 20 * kMiB)}),
            "ext3\n");
  run({"fsck.fat", "-n", floppy.string()});
  EXPECT_EQ(run({"blkid", "-p", "-o", "value", "-s", "VERSION", floppy.string()}), "FAT16\n");
  EXPECT_EQ(run({"mtype", "-i", floppy.string(), "::/hello"}), "hello\n");
}

TEST_F(Guestfs, NamesDiskAndPartitionOfWhatCanNotBeMade) {
  const fs::path mbr = disk("mbr.img", 16 * kMiB);
  run({"sfdisk", "-q", mbr.string()}, "label: dos\nstart=1MiB, size=8MiB\n");
  try {
    make_by_guestfs(host_,
                    {{"mbr", mbr, 512, {{2, FileSystemType::kExt2, "", "", {"mke2fs"}, {}}}}});
    ADD_FAILURE() << "it was made";
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kBuild);
    EXPECT_EQ(error.message(),
              "libguestfs: mbr, partition 2: the appliance sees no such partition in the "
              "disk's partition table");
  }
}

/// The file systems of a `deep` object by device, without the disk's name.
std::map<std::string, json::object> by_partition(const json::object& deep) {
  std::map<std::string, json::object> systems;
  for (const json::value& value : deep.at("file_systems").as_array()) {
    const json::object& system = value.as_object();
    systems[std::string(system.at("device").as_string())] = system;
  }
  return systems;
}

TEST_F(Guestfs, ReadsWhatOnlyItCanReadEvenFromQcow2) {
  const fs::path raw = disk("disk.img", 256 * kMiB);
  run({"sfdisk", "-q", raw.string()},
      "label: gpt\nstart=1MiB, size=120MiB\nsize=40MiB\nsize=40MiB\n");
  static_cast<void>(folder_.write("tree/boot/grub/grub.cfg", "set x=1\n"));
  static_cast<void>(folder_.write("tree/etc/\x1b[31m", "a name that draws\n"));
  const auto place = [&](const fs::path& file, int offset_mib) {
    run({"dd", "if=" + file.string(), "of=" + raw.string(), "bs=1M",
         fmt::format("seek={}", offset_mib), "conv=notrunc,sparse", "status=none"});
  };
  const fs::path btrfs = disk("btrfs", 120 * kMiB);
  run({"mkfs.btrfs", "-q", "-L", "BTR", "--rootdir", (folder_.path() / "tree").string(),
       btrfs.string()});
  place(btrfs, 1);
  const fs::path ntfs = disk("ntfs", 40 * kMiB);
  run({"mkntfs", "-q", "-F", "-L", "WIN", ntfs.string()});
  place(ntfs, 121);
  const fs::path luks = disk("luks", 40 * kMiB);
  run({"cryptsetup", "luksFormat", "-q", "--type", "luks1", "--pbkdf-force-iterations", "1000",
       luks.string(), "-"},
      "secret");
  place(luks, 161);
  const fs::path qcow2 = folder_.path() / "disk.qcow2";
  run({"qemu-img", "convert", "-O", "qcow2", raw.string(), qcow2.string()});
  const std::string before = value_or_throw(sha256_of_file(qcow2));

  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM, "inspect", "--deep", "--json", qcow2.string()};
  call.limit = std::chrono::minutes(6);
  const ProgramResult result = value_or_throw(run_program(call));
  ASSERT_EQ(result.exit_code, 0) << result.error_output;
  const json::object report = json::parse(result.output).as_object();
  const json::object& deep = report.at("deep").as_object();
  std::map<std::string, json::object> systems = by_partition(deep);
  json::object& first = systems["/dev/sda1"];
  EXPECT_EQ(first["type"], "btrfs");
  EXPECT_EQ(first["label"], "BTR");
  EXPECT_EQ(first["mounted"], true);
  EXPECT_EQ(json::serialize(first["loaders"]),
            R"([{"path":"/boot/grub/grub.cfg","kind":"f","size":8}])");
  EXPECT_THAT(json::serialize(first["files"]), HasSubstr(R"(/etc/\\x1b[31m)"));
  EXPECT_EQ(systems["/dev/sda2"]["type"], "ntfs");
  EXPECT_EQ(systems["/dev/sda2"]["label"], "WIN");
  EXPECT_EQ(systems["/dev/sda2"]["mounted"], true);
  EXPECT_EQ(systems["/dev/sda3"]["type"], "crypto_LUKS");
  EXPECT_EQ(systems["/dev/sda3"]["mounted"], false);
  EXPECT_EQ(systems["/dev/sda3"]["problem"], "locked: LUKS needs its key");
  EXPECT_EQ(value_or_throw(sha256_of_file(qcow2)), before) << "the image was written";
}

/// All processes below `root`, as pidfds that become readable when the process has ended.
std::vector<UniqueFd> descendants_of(pid_t root) {
  std::multimap<pid_t, pid_t> children;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc")) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    std::ifstream stat(entry.path() / "stat");
    std::string text{std::istreambuf_iterator<char>(stat), {}};
    const std::size_t name_end = text.rfind(')');
    if (name_end == std::string::npos) {
      continue;
    }
    children.emplace(std::stoi(text.substr(name_end + 4)), std::stoi(name));
  }
  std::vector<UniqueFd> found;
  std::vector<pid_t> waiting{root};
  while (!waiting.empty()) {
    const auto [from, to] = children.equal_range(waiting.back());
    waiting.pop_back();
    for (auto child = from; child != to; ++child) {
      waiting.push_back(child->second);
      found.emplace_back(static_cast<int>(::syscall(SYS_pidfd_open, child->second, 0U)));
    }
  }
  return found;
}

/// Reads the pipe until `text` has come.
void read_until(int pipe, std::string_view text) {
  std::string heard;
  std::array<char, 4096> block{};
  while (heard.find(text) == std::string::npos) {
    const ssize_t got = ::read(pipe, block.data(), block.size());
    ASSERT_GT(got, 0) << heard;
    heard.append(block.data(), static_cast<std::size_t>(got));
  }
}

TEST_F(Guestfs, LeavesNoProcessAndNoFolderWhenBootproofIsKilled) {
  const TemporaryFolder temporary;
  host_.log = folder_.path() / "log";
  ASSERT_EQ(::mkfifo(host_.log.c_str(), 0600), 0);
  const pid_t parent = ::fork();
  if (parent == 0) {
    ::setenv("TMPDIR", temporary.path().c_str(), 1);  // NOLINT(concurrency-mt-unsafe): one thread.
    try {
      static_cast<void>(try_guestfs(host_));
    } catch (const Error&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  const UniqueFd log(::open(host_.log.c_str(), O_RDONLY | O_CLOEXEC));
  read_until(log.get(), "bootproof: initrd");  // QEMU runs.
  const std::vector<UniqueFd> processes = descendants_of(parent);
  EXPECT_GE(processes.size(), 3U) << "supervisor, worker and QEMU";
  ::kill(parent, SIGKILL);
  ::waitpid(parent, nullptr, 0);
  for (const UniqueFd& process : processes) {
    constexpr int kLimitMs = 60'000;
    pollfd ended{process.get(), POLLIN, 0};
    EXPECT_EQ(::poll(&ended, 1, kLimitMs), 1) << "a process outlived bootproof";
  }
  std::vector<std::string> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(temporary.path())) {
    left.push_back(entry.path().filename().string());
  }
  EXPECT_THAT(left, ::testing::IsEmpty());
}

}  // namespace
}  // namespace bootproof::testing
