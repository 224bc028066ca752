#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
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

/// What --symbols takes for a file with symbols.
constexpr std::string_view kElf =
    "\x7f"
    "ELF";

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
    ProgramCall call = call_of(spec);
    call.arguments.push_back((folder_.path() / "case/repro.sh").string());
    call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
    return value_or_throw(run_program(call));
  }
  /// Runs `script`, whose $1 is repro.sh, with `shell` for both.
  ProgramResult run_around(std::string_view script, const std::string& shell = "sh") {
    ProgramCall call = call_of(disk());
    call.environment["SHELL_OF_REPRO"] = shell;
    call.arguments.insert(call.arguments.end(), {"-c", std::string(script), "sh",
                                                 (folder_.path() / "case/repro.sh").string()});
    return value_or_throw(run_program(call));
  }
  /// QEMU's place is taken by this shell script.
  void put_qemu(std::string_view script) {
    put("bin/qemu-system-x86_64", script);
    fs::permissions(folder_.path() / "bin/qemu-system-x86_64", fs::perms::owner_all);
  }
  /// What is left in TMPDIR.
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : fs::directory_iterator(temporary_)) {
      names.push_back(entry.path().filename().string());
    }
    return names;
  }
  void put(const fs::path& name, std::string_view bytes) {
    static_cast<void>(folder_.write(name, bytes));
  }
  [[nodiscard]] static bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
  }
  TemporaryFolder folder_;
  fs::path temporary_ = folder_.path() / "tmp";  ///< TMPDIR.

 private:
  /// A shell, with repro.sh in place.
  ProgramCall call_of(const MachineSpec& spec) {
    MachineFiles files;
    files.qemu = "qemu-system-x86_64";
    put("case/repro.sh", repro_script(spec, files));
    fs::create_directories(temporary_);
    ProgramCall call;
    call.arguments = {"env", "PATH=" + (folder_.path() / "bin").string() + ":/usr/bin:/bin",
                      "DEBUG_ROOT=" + (folder_.path() / "root").string(),
                      "TMPDIR=" + temporary_.string(), "sh"};
    call.folder = folder_.path();
    return call;
  }
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
  EXPECT_TRUE(has(result.output, "word: -S\nword: -gdb\nword: unix:gdb.socket,")) << result.output;
  EXPECT_TRUE(has(result.error_output, "  gdb -cd '/")) << result.error_output;
  EXPECT_TRUE(has(result.error_output, "' -ex 'target remote gdb.socket'\n"));
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
  const fs::path symbols = folder_.write("vmlinux", kElf);
  EXPECT_TRUE(has(run(disk(), {"--gdb", "--symbols", symbols.string()}).error_output,
                  "the kernel's names are those of " + symbols.string() + "\n"));
}

TEST_F(ReproScriptRun, TakesTheNamesThatTheBootLeftWhereTheHostHasNone) {
  put("case/kernel-symbols.elf", "");
  const ProgramResult result = run(disk(), {"--gdb"});
  EXPECT_TRUE(has(result.error_output, "' -x '/")) << result.error_output;
  EXPECT_TRUE(has(result.error_output, "/kernel.py' -ex 'target remote gdb."))
      << result.error_output;
  EXPECT_TRUE(has(result.error_output, "/case/kernel-symbols.elf\n")) << result.error_output;
  const fs::path symbols = folder_.write("vmlinux", kElf);
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

TEST_F(ReproScriptRun, LeavesNothingAndEndsAsQemuDoes) {
  put_qemu("#!/bin/sh\nexit 3\n");
  EXPECT_EQ(run(disk(), {}).exit_code, 3);
  EXPECT_EQ(left(), std::vector<std::string>{});
}

TEST_F(ReproScriptRun, GivesQemuItsStandardInput) {
  put_qemu("#!/bin/sh\nread -r line\necho \"typed: $line\"\n");
  for (const char* shell : {"dash", "bash"}) {
    const ProgramResult result =
        run_around("printf 'hello\\n' | \"$SHELL_OF_REPRO\" \"$1\"", shell);
    EXPECT_EQ(result.output, "typed: hello\n") << shell << result.error_output;
  }
}

/// Waits until QEMU says that it runs, sends the signal to the script alone, and says what QEMU and
/// the script did then. A machine that outlived them would hold the pipe open: `cat` would not end.
constexpr std::string_view kSignal = R"sh(mkfifo in out
exec 8<> in
# A shell without a terminal starts its background children deaf to SIGINT.
env --default-signal=INT "$SHELL_OF_REPRO" "$1" < in > out & script=$!
exec 9< out
read -r said <&9; echo "$said"
kill -s "$SIGNAL" "$script"
cat <&9
code=0; wait "$script" || code=$?
rm in out
echo "the script ended with $code"
)sh";

class ReproScriptSignal
    : public ReproScriptRun,
      public ::testing::WithParamInterface<std::tuple<const char*, const char*, int>> {};

/// QEMU waits for its input, which never comes, as a child would.
TEST_P(ReproScriptSignal, EndsQemuAndRemovesTheFolder) {
  const auto& [shell, signal, code] = GetParam();
  put_qemu(R"(#!/bin/sh
trap 'echo ended; exit 0' TERM
echo runs
for wait in 1 2 3 4 5; do read -r line; done
)");
  const ProgramResult result =
      run_around(std::string("SIGNAL=") + signal + "\n" + std::string(kSignal), shell);
  EXPECT_EQ(result.output, "runs\nended\nthe script ended with " + std::to_string(code) + "\n")
      << result.error_output;
  EXPECT_EQ(left(), std::vector<std::string>{});
}

INSTANTIATE_TEST_SUITE_P(
    Shells, ReproScriptSignal,
    ::testing::Values(std::tuple("dash", "TERM", 143), std::tuple("dash", "HUP", 129),
                      std::tuple("dash", "INT", 130), std::tuple("bash", "TERM", 143),
                      std::tuple("bash", "HUP", 129), std::tuple("bash", "INT", 130)));

TEST_F(ReproScriptRun, KillsAQemuThatDoesNotEndAtASecondSignal) {
  put_qemu(R"(#!/bin/sh
trap 'echo stays' TERM
echo runs
for wait in 1 2 3 4 5; do read -r line; done
)");
  const ProgramResult result = run_around(R"sh(mkfifo in out
exec 8<> in
sh "$1" < in > out & script=$!
exec 9< out
read -r said <&9; echo "$said"
kill "$script"
read -r said <&9; echo "$said"
kill "$script"
cat <&9
code=0; wait "$script" || code=$?
echo "the script ended with $code"
)sh");
  EXPECT_EQ(result.output, "runs\nstays\nthe script ended with 143\n") << result.error_output;
  EXPECT_EQ(left(), std::vector<std::string>{});
}

/// Else it would wait for ever for a QEMU that did not come; what it inherited would stay open.
TEST_F(ReproScriptRun, EndsATpmToWhichNoQemuCame) {
  put("bin/swtpm",
      "#!/bin/sh\nfor word; do case $word in file=*) file=${word#file=} ;; esac; done\n"
      "tail -f /dev/null & echo $! > \"$file\"\n");
  fs::permissions(folder_.path() / "bin/swtpm", fs::perms::owner_all);
  put_qemu("#!/bin/sh\nexit 1\n");
  MachineSpec spec = disk();
  spec.tpm = true;
  EXPECT_EQ(run(spec, {}).exit_code, 1);
  EXPECT_EQ(left(), std::vector<std::string>{});
}

TEST_F(ReproScriptRun, RefusesSymbolsThatAreNone) {
  put("notes.txt", "vmlinux is elsewhere\n");
  for (const auto& [name, why] :
       {std::pair("nope", "there is no such file"), std::pair("", "there is no such file"),
        std::pair("bin", "this is no file that can be read"),
        std::pair("notes.txt", "this is no ELF file")}) {
    const ProgramResult result = run(disk(), {"--gdb", "--symbols", name});
    EXPECT_EQ(result.exit_code, 2);
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(result.error_output,
              std::string("repro.sh: --symbols ") + name + ": " + why +
                  "; expected an ELF file with the names of the kernel\n"
                  "give the path of its vmlinux, or leave --symbols away: its names are looked "
                  "for then\n");
    EXPECT_EQ(left(), std::vector<std::string>{});
  }
}

TEST_F(ReproScriptRun, SaysWhenBreakpointsCount) {
  put("case/kernel-symbols.elf", "");
  const std::string moves = run(disk(), {"--gdb"}).error_output;
  EXPECT_TRUE(has(moves,
                  "KASLR moves the kernel and a breakpoint set before it runs misses: begin with\n"
                  "'kernel-start', which continues until its names are placed"))
      << moves;
  const std::string stays = run(direct_kernel(), {"--gdb"}).error_output;
  EXPECT_TRUE(has(stays, "the kernel stays where they say (nokaslr): 'hbreak NAME' counts from"))
      << stays;
  EXPECT_FALSE(has(stays, "misses"));
}

/// The printed command is run by a shell; the folder's path is longer than a socket's may be.
TEST_F(ReproScriptRun, NamesFoldersWithBlanksAndLongOnesToGdb) {
  temporary_ = folder_.path() / ("it's a \\temporary; folder, with: " + std::string(120, 'x'));
  put("case/kernel-symbols.elf", "");
  put_qemu("#!/bin/sh\nfor word; do echo \"word: $word\"; done\npwd\n");
  put("bin/gdb", "#!/bin/sh\nfor word; do printf 'gdb: %s\\n' \"$word\"; done\n");
  fs::permissions(folder_.path() / "bin/gdb", fs::perms::owner_all);
  const ProgramResult result = run_around(
      "sh \"$1\" --gdb 2> said; "
      "eval \"$(sed -n 's/^  //p' said)\"");
  const std::size_t begin = result.output.find("gdb: -cd\ngdb: " + temporary_.string() + "/tmp.");
  ASSERT_NE(begin, std::string::npos) << result.output << result.error_output;
  EXPECT_TRUE(has(result.output, "\ngdb: -x\ngdb: " + temporary_.string() + "/tmp."))
      << result.output;
  EXPECT_TRUE(has(result.output, "/kernel.py\ngdb: -ex\ngdb: target remote gdb.socket\n"))
      << result.output;
  EXPECT_TRUE(has(result.output, "word: unix:gdb.socket,server=on,wait=off\n")) << result.output;
  EXPECT_EQ(left(), std::vector<std::string>{});
}

}  // namespace
}  // namespace bootproof
