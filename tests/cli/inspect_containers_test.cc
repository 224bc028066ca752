#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/spawn.h"
#include "harness/core/unique_fd.h"
#include "tests/cli/program.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr const char* kGrubRescue = "/usr/lib/grub-rescue/grub-rescue-cdrom.iso";

/// One way to keep a disk in a file.
struct Container {
  const char* name;
  const char* format;
  /// Shell commands that make `disk` from `disk.raw`.
  const char* script;
};
constexpr std::array<Container, 10> kFormats{{
    {"Qcow2", "qcow2", "qemu-img convert -f raw -O qcow2 disk.raw disk"},
    {"Qcow2Compressed", "qcow2", "qemu-img convert -f raw -O qcow2 -c disk.raw disk"},
    {"Qcow2SmallClusters", "qcow2",
     "qemu-img convert -f raw -O qcow2 -o cluster_size=4k disk.raw disk"},
    {"Qcow2Subclusters", "qcow2",
     "qemu-img convert -f raw -O qcow2 -o extended_l2=on,cluster_size=128k disk.raw disk"},
    {"Qcow2WithSnapshot", "qcow2",
     "qemu-img convert -f raw -O qcow2 -o compat=0.10 disk.raw disk; qemu-img snapshot -c a disk; "
     "qemu-io -f qcow2 -c 'write -P 7 7M 64k' disk; qemu-img snapshot -c b disk; "
     "qemu-io -f qcow2 -c 'write -P 0 7M 64k' disk"},
    {"Vmdk", "vmdk", "qemu-img convert -f raw -O vmdk disk.raw disk"},
    {"VmdkStreamOptimized", "vmdk",
     "qemu-img convert -f raw -O vmdk -o subformat=streamOptimized disk.raw disk"},
    {"Vdi", "vdi", "qemu-img convert -f raw -O vdi disk.raw disk"},
    {"Vhdx", "vhdx", "qemu-img convert -f raw -O vhdx disk.raw disk"},
    {"Vpc", "vpc", "qemu-img convert -f raw -O vpc -o force_size=on disk.raw disk"},
}};

/// Calls bootproof in a folder with tools of qemu-utils.
class InspectContainer : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!find_program("qemu-img") || !find_program("qemu-nbd") || !find_program("qemu-io")) {
      GTEST_SKIP() << "qemu-img, qemu-nbd and qemu-io are not there: package qemu-utils";
    }
  }
  /// Runs shell commands in the folder; the first that fails ends the test.
  void make(const std::string& script) const {
    const ProgramResult result = program_.shell("set -e; exec >&2; " + script);
    ASSERT_EQ(result.exit_code, 0) << result.error_output;
  }
  /// Puts bytes into a file, given as printf(1) has them.
  void patch(const std::string& file, int offset, const std::string& bytes) const {
    make("printf '" + bytes + "' | dd of=" + file +
         " bs=1 conv=notrunc status=none seek=" + std::to_string(offset));
  }
  [[nodiscard]] std::string inspect(const std::string& format, const std::string& image) const {
    return program_.error({"inspect", "--format", format, image});
  }

  BootproofProgram program_;
};

/// The same for each of kFormats.
class InspectFormat : public InspectContainer, public ::testing::WithParamInterface<Container> {};

TEST_P(InspectFormat, SaysTheSameAsOfTheRawImage) {
  if (!fs::exists(kGrubRescue)) {
    GTEST_SKIP() << kGrubRescue << " is not there: package grub-rescue-pc";
  }
  ASSERT_NO_FATAL_FAILURE(make("cp " + std::string(kGrubRescue) +
                               " disk.raw; truncate -s 8M disk.raw; " + GetParam().script));
  const std::string digest = value_or_throw(sha256_of_file(program_.folder() / "disk"));
  const ProgramResult raw = program_.run({"inspect", "--json", "--tree", "disk.raw"});
  const ProgramResult contained =
      program_.run({"inspect", "--json", "--tree", "--format", GetParam().format, "disk"});
  EXPECT_EQ(contained.error_output, "");
  EXPECT_EQ(contained.exit_code, raw.exit_code);
  json::object expected = json::parse(raw.output).as_object();
  json::object found = json::parse(contained.output).as_object();
  EXPECT_EQ(expected.at("image_format"), "raw");
  EXPECT_EQ(found.at("image_format"), json::string(GetParam().format));
  EXPECT_EQ(found.at("kind"), "hybrid ISO 9660");
  for (const char* key : {"image", "image_format"}) {
    expected.erase(key);
    found.erase(key);
  }
  EXPECT_EQ(json::serialize(found), json::serialize(expected));
  EXPECT_EQ(value_or_throw(sha256_of_file(program_.folder() / "disk")), digest);
}

INSTANTIATE_TEST_SUITE_P(Formats, InspectFormat, ::testing::ValuesIn(kFormats),
                         [](const auto& row) { return std::string(row.param.name); });

TEST_F(InspectContainer, IsToldWithItsVirtualSize) {
  ASSERT_NO_FATAL_FAILURE(make("qemu-img create -f qcow2 'a b' 3M"));
  EXPECT_THAT(program_.run({"inspect", "--format", "qcow2", "a b"}).output,
              StartsWith("a b (qcow2, virtual size 3145728 bytes): empty image"));
}

TEST_F(InspectContainer, IsReadOnlyWhenItsFormatIsNamed) {
  ASSERT_NO_FATAL_FAILURE(make("qemu-img create -f vdi 'a b' 1M"));
  EXPECT_EQ(program_.error({"inspect", "a b"}),
            "exit code 2\nbootproof: a b is a vdi image\n"
            "  read it through qemu-nbd: bootproof inspect --format vdi 'a b'\n"
            "  make a raw one: qemu-img convert -f vdi -O raw 'a b' IMAGE.raw\n");
  EXPECT_THAT(program_.run({"inspect", "--format", "raw", "a b"}).output, StartsWith("a b: "));
  EXPECT_EQ(
      inspect("qcow2", "a b"),
      "exit code 2\nbootproof: a b is no qcow2 image\n  it looks like one for --format vdi\n");
  EXPECT_EQ(inspect("vdi", "boot.yaml"),
            "exit code 2\nbootproof: boot.yaml is no vdi image\n"
            "  without --format it is read as a raw image\n");
  EXPECT_EQ(inspect("vdi", "none"),
            "exit code 2\nbootproof: none: cannot be opened: No such file or directory\n"
            "  name an image file or a block device that this user may read\n");
}

TEST_F(InspectContainer, OpensNoOtherFile) {
  ASSERT_NO_FATAL_FAILURE(
      make("echo secret > secret; truncate -s 1M secret; qemu-img create -f qcow2 -b secret -F raw "
           "backed; qemu-img create -f qcow2 -o data_file=data,data_file_raw=on split 1M; "
           "qemu-img create -f vmdk -o subformat=monolithicFlat flat.vmdk 1M"));
  EXPECT_EQ(inspect("qcow2", "backed"),
            "exit code 2\nbootproof: backed names a backing file, \"secret\"\n"
            "  what an image names is not opened; if you trust it, make a raw image: "
            "qemu-img convert -f qcow2 -O raw backed IMAGE.raw\n");
  EXPECT_THAT(inspect("qcow2", "split"),
              StartsWith("exit code 2\nbootproof: split keeps its data in another file\n"));
  EXPECT_THAT(
      inspect("vmdk", "flat.vmdk"),
      StartsWith("exit code 2\nbootproof: flat.vmdk is a descriptor that names other files\n"));
}

TEST_F(InspectContainer, OfAnAbsurdSizeIsRefused) {
  ASSERT_NO_FATAL_FAILURE(make("qemu-img create -f qcow2 disk 1M"));
  ASSERT_NO_FATAL_FAILURE(patch("disk", 24, "\\100\\0\\0\\0\\0\\0\\0\\0"));  // 2^62.
  EXPECT_EQ(inspect("qcow2", "disk"),
            "exit code 2\nbootproof: disk can't be opened as qcow2: Image is too big\n"
            "  `qemu-img check -f qcow2 disk` may say more\n");
}

TEST_F(InspectContainer, OfTheGreatestSizeIsReadWhereItMatters) {
  ASSERT_NO_FATAL_FAILURE(
      make("qemu-img create -f qcow2 -o cluster_size=2M disk 1048576T; "
           "qemu-io -f qcow2 -c 'write -P 85 510 1' -c 'write -P 170 511 1' disk"));
  const ProgramResult result = program_.run({"inspect", "--format", "qcow2", "disk"});
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_THAT(result.output, StartsWith("disk (qcow2, virtual size 1152921504606846976 bytes): "));
}

TEST_F(InspectContainer, ThatIsCutIsReadAsAMachineWouldReadIt) {
  ASSERT_NO_FATAL_FAILURE(
      make("head -c 8M /dev/urandom > disk.raw; qemu-img convert -f raw -O qcow2 disk.raw disk; "
           "truncate -s 500k disk; qemu-img convert -f qcow2 -O raw disk disk.raw"));
  const ProgramResult contained = program_.run({"inspect", "--format", "qcow2", "disk"});
  const ProgramResult raw = program_.run({"inspect", "disk.raw"});
  EXPECT_EQ(contained.exit_code, raw.exit_code) << contained.error_output;
  EXPECT_EQ(contained.output.substr(contained.output.find("): ")),
            ")" + raw.output.substr(raw.output.find(": ")));
  ASSERT_NO_FATAL_FAILURE(make("truncate -s 100 disk"));
  EXPECT_THAT(inspect("qcow2", "disk"),
              StartsWith("exit code 2\nbootproof: disk can't be opened as qcow2: qcow2 header too "
                         "short\n"));
}

TEST_F(InspectContainer, WhoseTablesAreBrokenHasUnreadableBytes) {
  ASSERT_NO_FATAL_FAILURE(
      make("head -c 1M /dev/urandom > disk.raw; qemu-img convert -f raw -O qcow2 disk.raw disk"));
  // The L1 table is the fourth cluster: its one entry points into the middle of a sector.
  ASSERT_NO_FATAL_FAILURE(patch("disk", 3 * 65536, "\\200\\0\\0\\0\\0\\4\\2\\0"));
  const ProgramResult result = program_.run({"inspect", "--format", "qcow2", "disk"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.output, HasSubstr("[image.unreadable]"));
  EXPECT_THAT(result.error_output,
              AllOf(StartsWith("bootproof: disk: qemu-nbd: "), HasSubstr("unaligned")));
}

TEST_F(InspectContainer, WhoseTablesLeadInACircleEnds) {
  ASSERT_NO_FATAL_FAILURE(
      make("head -c 1M /dev/urandom > disk.raw; qemu-img convert -f raw -O qcow2 disk.raw disk"));
  // The L1 table is its own L2 table.
  ASSERT_NO_FATAL_FAILURE(patch("disk", 3 * 65536, "\\200\\0\\0\\0\\0\\3\\0\\0"));
  EXPECT_EQ(program_.run({"inspect", "--format", "qcow2", "disk"}).error_output, "");
}

TEST_F(InspectContainer, NamesThePackageThatReadsIt) {
  ASSERT_NO_FATAL_FAILURE(make("qemu-img create -f qcow2 disk 1M; mkdir empty"));
  program_.set("PATH", program_.folder() / "empty");
  EXPECT_EQ(inspect("qcow2", "disk"),
            "exit code 3\nbootproof: qemu-nbd: not found in PATH\n  apt-get install qemu-utils\n");
}

/// True when `descriptor` is readable within a time that only a hang exceeds.
bool becomes_readable(const UniqueFd& descriptor) {
  pollfd entry{descriptor.get(), POLLIN, 0};
  return ::poll(&entry, 1, 60'000) == 1;
}

TEST_F(InspectContainer, LeavesNoQemuNbdWhenItIsKilled) {
  // A real qemu-nbd that never answers on the socket it was given; it tells its process id first.
  program_.write("qemu-nbd",
                 "#!/bin/sh\nunset LISTEN_FDS LISTEN_PID\necho $$ > pid\nexec " +
                     find_program("qemu-nbd")->string() +
                     " --persistent --read-only -f raw --socket=\"$PWD/s\" boot.yaml\n");
  ASSERT_NO_FATAL_FAILURE(make("chmod +x qemu-nbd; mkfifo pid; qemu-img create -f qcow2 disk 1M"));
  const fs::path fifo = program_.folder() / "pid";
  const UniqueFd pid(::open(fifo.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  SpawnOptions options;
  options.arguments = {BOOTPROOF_PROGRAM, "inspect", "--format", "qcow2", "disk"};
  options.folder = program_.folder();
  options.environment = {
      {"PATH", program_.folder().string() + ":" + std::string(std::getenv("PATH"))}};
  const Result<SpawnedChild> bootproof = spawn(options);
  ASSERT_TRUE(bootproof.has_value());
  ASSERT_TRUE(becomes_readable(pid));
  std::array<char, 32> text{};
  ASSERT_GT(::read(pid.get(), text.data(), text.size() - 1), 0);
  const UniqueFd server(static_cast<int>(::syscall(SYS_pidfd_open, std::atoi(text.data()), 0U)));
  ASSERT_TRUE(server);
  ASSERT_EQ(::kill(bootproof->pid, SIGKILL), 0);
  EXPECT_EQ(reap(*bootproof), 128 + SIGKILL);
  EXPECT_TRUE(becomes_readable(server)) << "qemu-nbd outlives bootproof";
}

}  // namespace
}  // namespace bootproof::testing
