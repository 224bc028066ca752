#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "harness/core/error.h"
#include "harness/core/program.h"
#include "harness/vm/machine_files.h"
#include "tests/support/temporary_folder.h"

// repro.sh is run here with a QEMU that prints its words; with a real one in tests/boot.

namespace bootproof {
namespace {

namespace fs = std::filesystem;
using testing::TemporaryFolder;

class ReproScriptRun : public ::testing::Test {
 protected:
  ReproScriptRun() {
    for (const char* name : {"qemu-system-x86_64", "qemu-system-aarch64"}) {
      put(std::string("bin/") + name, "#!/bin/sh\nfor word; do echo \"word: $word\"; done\n");
      fs::permissions(folder_.path() / "bin" / name, fs::perms::owner_all);
    }
  }
  [[nodiscard]] static MachineSpec disk() {
    MachineSpec spec;
    spec.machine = MachineType::kQ35;
    spec.firmware = Firmware::kSeabios;
    spec.device = Device::kVirtioBlk;
    spec.image = "/media/disk.img";
    spec.read_only = true;
    return spec;
  }
  [[nodiscard]] static MachineSpec direct_kernel() {
    MachineSpec spec;
    spec.machine = MachineType::kQ35;
    spec.firmware = Firmware::kKernel;
    spec.device = Device::kNone;
    spec.kernel = "/media/bzImage";
    spec.append = "console=ttyS0 root=/dev/x";
    return spec;
  }
  ProgramResult run(const MachineSpec& spec, const std::vector<std::string>& arguments) {
    MachineFiles files;
    files.qemu = "qemu-system-x86_64";
    put("case/repro.sh", repro_script(spec, files));
    ProgramCall call;
    call.arguments = {"env", "PATH=" + (folder_.path() / "bin").string() + ":/usr/bin:/bin",
                      "DEBUG_ROOT=" + (folder_.path() / "root").string(), "sh",
                      (folder_.path() / "case/repro.sh").string()};
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    return value_or_throw(run_program(call));
  }
  void put(const fs::path& name, std::string_view bytes) {
    static_cast<void>(folder_.write(name, bytes));
  }
  [[nodiscard]] static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  TemporaryFolder folder_;
};

TEST_F(ReproScriptRun, StartsQemuAndSaysNothing) {
  const ProgramResult result = run(disk(), {});
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_TRUE(has(result.output, "word: chardev:console\n")) << result.output;
  EXPECT_FALSE(has(result.output, "word: -gdb\n")) << result.output;
  EXPECT_EQ(result.error_output, "");
}

TEST_F(ReproScriptRun, SaysWhichKeysReachQemuWhereAPersonIsAttached) {
  const ProgramResult result = run(disk(), {"--interactive"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_TRUE(has(result.error_output, "Ctrl-A X ends the machine, Ctrl-A C changes to QEMU's"))
      << result.error_output;
}

TEST_F(ReproScriptRun, WaitsForGdbAndSaysHowToStartIt) {
  const ProgramResult result = run(disk(), {"--gdb"});
  EXPECT_TRUE(has(result.output, "word: -S\nword: -gdb\nword: unix:/")) << result.output;
  EXPECT_TRUE(has(result.error_output, "  gdb -ex 'target remote /")) << result.error_output;
  EXPECT_TRUE(has(result.error_output, "/gdb.socket'\n"));
  EXPECT_TRUE(has(result.error_output, "no symbols of the kernel were found"));
}

TEST_F(ReproScriptRun, NamesTheSymbolsOfTheKernelThatItsLogNames) {
  put("case/serial.log", "junk\n[    0.000000] Linux version 6.1.0-9-amd64 (x@y) #1\n");
  put("root/usr/lib/debug/boot/vmlinux-6.1.0-9-amd64", "");
  put("root/boot/System.map-6.1.0-9-amd64", "");
  const ProgramResult result = run(disk(), {"--gdb"});
  EXPECT_TRUE(has(result.error_output, "the kernel's names are those of " +
                                           (folder_.path() / "root").string() +
                                           "/usr/lib/debug/boot/vmlinux-6.1.0-9-amd64\n"))
      << result.error_output;
  EXPECT_TRUE(has(result.error_output, "/boot/System.map-6.1.0-9-amd64\n"));
}

TEST_F(ReproScriptRun, TakesTheVersionOutOfAKernelsLogInMemoryToo) {
  put("case/kernel-log.txt", "# the log of Linux 6.1.0-9-amd64, read from memory\n");
  EXPECT_TRUE(has(run(disk(), {"--gdb"}).error_output,
                  "no symbols of the kernel 6.1.0-9-amd64 were found"));
}

TEST_F(ReproScriptRun, AVersionLeadsToNoOtherFolder) {
  put("case/serial.log",
      "Linux version ../../../x$(touch " + folder_.path().string() + "/touched)\n");
  const ProgramResult result = run(disk(), {"--gdb"});
  EXPECT_EQ(result.exit_code, 0) << result.error_output;
  EXPECT_FALSE(fs::exists(folder_.path() / "touched"));
}

TEST_F(ReproScriptRun, NamesTheSymbolsThatItIsGiven) {
  const fs::path symbols = folder_.write("vmlinux", "");
  EXPECT_TRUE(has(run(disk(), {"--gdb", "--symbols", symbols.string()}).error_output,
                  "the kernel's names are those of " + symbols.string() + "\n"));
}

TEST_F(ReproScriptRun, TakesTheNamesThatTheBootLeftWhereTheHostHasNone) {
  put("case/kernel-symbols.elf", "");
  const ProgramResult result = run(disk(), {"--gdb"});
  EXPECT_TRUE(has(result.error_output, "  gdb -x /")) << result.error_output;
  EXPECT_TRUE(has(result.error_output, "/kernel.py -ex 'target remote /")) << result.error_output;
  EXPECT_TRUE(has(result.error_output, "/case/kernel-symbols.elf\n")) << result.error_output;
  const fs::path symbols = folder_.write("vmlinux", "");
  EXPECT_FALSE(has(run(disk(), {"--gdb", "--symbols", symbols.string()}).error_output, ".elf"));
}

TEST_F(ReproScriptRun, KeepsADirectKernelWhereItsSymbolsSay) {
  const ProgramResult result = run(direct_kernel(), {"--gdb"});
  EXPECT_TRUE(has(result.output, "word: -append\nword: console=ttyS0 root=/dev/x nokaslr\n"))
      << result.output;
  EXPECT_FALSE(has(run(direct_kernel(), {}).output, "nokaslr"));
}

TEST_F(ReproScriptRun, RefusesWhatItDoesNotKnow) {
  const ProgramResult result = run(disk(), {"--gbd"});
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(has(result.error_output, "usage: repro.sh [--interactive] [--gdb"))
      << result.error_output;
  EXPECT_EQ(result.output, "");
  EXPECT_EQ(run(disk(), {"--help"}).exit_code, 0);
}

}  // namespace
}  // namespace bootproof
