#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "harness/core/files.h"
#include "harness/core/spawn.h"
#include "tests/boot/boot_run.h"

namespace bootproof::testing {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;

/// Kernels whose console is not the machine's serial line.
constexpr std::string_view kSilent = R"(version: 1
recipes: [{}/scenarios/payload-recipes.yaml]
media:
  x86_64:
    kernel: {{package: linux-image-amd64, file: '/boot/vmlinuz-*'}}
    initrd: {{build: shell-x86_64}}
    append: console=tty1 quiet
  panics:
    kernel: {{package: linux-image-amd64, file: '/boot/vmlinuz-*'}}
    initrd: {{build: shell-x86_64}}
    append: console=tty1 quiet log_buf_len=4M rdinit=/nowhere
  aarch64:
    kernel: {{package: linux-image-arm64, architecture: arm64, file: '/boot/vmlinuz-*'}}
    initrd: {{build: shell-aarch64}}
    append: console=tty1 quiet
    architecture: aarch64
scenarios:
  - name: silent
    media: [x86_64, panics, aarch64]
    firmware: [kernel]
    memory: 512M
    steps: [{{expect: 'never to be seen', on: serial, within: 12s}}]
)";

/// Starts a case's repro.sh --gdb, and gdb as that says, with further commands ("$@"). The monitor
/// answers once gdb may come; at the end it ends the machine.
constexpr std::string_view kUnderGdb = R"sh(set -u
cd "$1"; script=$2; shift 2
mkfifo in out
sh "$script" --gdb < in > out 2> err & machine=$!
exec 9> in 8< out
printf '\001cinfo status\n' >&9
grep -q -m 1 'VM status' <&8
cat <&8 > /dev/null &
attach=$(sed -n 's/^  \(gdb.* -x .*\)/\1/p' err)
eval "timeout 100 $attach -nx -batch \"\$@\"" 2>&1
printf 'quit\n' >&9
wait $machine
cat err
)sh";

/// One run of all of them; the kernels come from the user's cache, which `quickstart test` has
/// filled.
class SilentKernel : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    why_not_ = why_no_qemu().empty() ? why_no_packages() : why_no_qemu();
    if (!why_not_.empty()) {
      return;
    }
    folder_ = new TemporaryFolder;
    ProgramCall call;
    call.arguments = {
        BOOTPROOF_PROGRAM,
        "run",
        folder_->write("boot.yaml", fmt::format(kSilent, BOOTPROOF_SOURCE_DIR)).string(),
        "--accel",
        "tcg",
        "--out",
        (folder_->path() / "run").string()};
    call.limit = std::chrono::minutes(5);
    said_ = value_or_throw(run_program(call)).error_output;
  }
  static void TearDownTestSuite() {
    delete folder_;
    folder_ = nullptr;
  }
  void SetUp() override {
    if (!why_not_.empty()) {
      GTEST_SKIP() << why_not_;
    }
  }

  static fs::path case_folder(std::string_view medium) {
    return folder_->path() / "run/silent" / fmt::format("{}.kernel", medium);
  }
  static std::string log_of(std::string_view medium) {
    return content_of(case_folder(medium) / "kernel-log.txt");
  }
  static json::object verdict_of(std::string_view medium) {
    const std::string text = content_of(case_folder(medium) / "verdict.json");
    EXPECT_FALSE(text.empty()) << said_;
    return text.empty() ? json::object() : json::parse(text).as_object();
  }
  static void expect_nothing_left(std::string_view medium) {
    for (const fs::directory_entry& entry : fs::directory_iterator(case_folder(medium))) {
      EXPECT_NE(entry.path().extension(), ".tmp") << entry.path();
    }
  }
  /// What gdb and the script said; `script` is in the case's folder.
  static std::string debug(std::string_view medium, const std::string& script,
                           const std::vector<std::string>& commands) {
    const TemporaryFolder work;
    ProgramCall call;
    call.arguments = {"sh",
                      "-c",
                      std::string(kUnderGdb),
                      "sh",
                      work.path().string(),
                      (case_folder(medium) / script).string()};
    for (const std::string& command : commands) {
      call.arguments.insert(call.arguments.end(), {"-ex", command});
    }
    call.limit = std::chrono::minutes(3);
    const ProgramResult result = value_or_throw(run_program(call));
    return result.output + result.error_output;
  }
  /// The processes that stand in the machine's folder, of which the script told gdb; it is gone.
  static std::vector<std::string> machines_left(const std::string& said) {
    constexpr std::string_view kFolder = " -cd '";
    const std::size_t begin = said.find(kFolder);
    if (begin == std::string::npos) {
      ADD_FAILURE() << said;
      return {};
    }
    const std::size_t name = begin + kFolder.size();
    const std::string folder = said.substr(name, said.find('\'', name) - name);
    EXPECT_FALSE(fs::exists(folder)) << folder;
    std::vector<std::string> found;
    std::error_code code;
    for (const fs::directory_entry& entry : fs::directory_iterator("/proc", code)) {
      // A folder that is gone is named "/tmp/x (deleted)".
      if (fs::read_symlink(entry.path() / "cwd", code).string().rfind(folder, 0) == 0) {
        found.push_back(entry.path().string());
      }
    }
    return found;
  }
  static bool is_here(const std::string& program) { return find_program(program).has_value(); }

  static std::string why_not_;
  static std::string said_;
  static TemporaryFolder* folder_;
};

std::string SilentKernel::why_not_;
std::string SilentKernel::said_;
TemporaryFolder* SilentKernel::folder_ = nullptr;

void expect_silent_console(const json::object& verdict, const std::string& port) {
  EXPECT_EQ(verdict.at("outcome"), "failed");
  EXPECT_EQ(verdict.at("cause"), "kernel.silent-console");
  EXPECT_EQ(verdict.at("stage"), "initramfs");
  EXPECT_EQ(std::string(verdict.at("hint").as_string()),
            fmt::format("the command line says console=tty1, this machine's serial port is {0}: "
                        "put console={0} last; the kernel's log (kernel-log.txt) shows that it "
                        "started /init",
                        port));
}

TEST_F(SilentKernel, LeavesItsLogOnX86) {
  EXPECT_THAT(log_of("x86_64"), HasSubstr("] Linux version 6."));
  EXPECT_THAT(log_of("x86_64"), HasSubstr("] Kernel command line: console=tty1 quiet"));
  EXPECT_THAT(log_of("x86_64"), HasSubstr("] Run /init as init process"));
  expect_silent_console(verdict_of("x86_64"), "ttyS0");
  expect_nothing_left("x86_64");
}

TEST_F(SilentKernel, LeavesItsLogOnAarch64) {
  EXPECT_THAT(log_of("aarch64"), HasSubstr("] Linux version 6."));
  EXPECT_THAT(log_of("aarch64"), HasSubstr("] Kernel command line: console=tty1 quiet"));
  EXPECT_THAT(log_of("aarch64"), HasSubstr("] Run /init as init process"));
  expect_silent_console(verdict_of("aarch64"), "ttyAMA0");
  expect_nothing_left("aarch64");
}

TEST_F(SilentKernel, HasTheNamesOfItsCodeUnderGdb) {
  for (const auto& [medium, debugger] :
       {std::pair("x86_64", "gdb"), std::pair("aarch64", "gdb-multiarch")}) {
    if (!is_here(debugger)) {
      GTEST_SKIP() << debugger << " is not on this host: its package brings it";
    }
    const std::string said = debug(medium, "repro.sh",
                                   {"hbreak do_idle", "continue", "kernel-symbols",
                                    "info symbol $pc", "bt", "kernel-stack", "detach"});
    EXPECT_THAT(said, HasSubstr("the kernel runs 0x0 above where it was linked")) << medium;
    EXPECT_THAT(said, HasSubstr("do_idle in section .text")) << medium;
    EXPECT_THAT(said, ContainsRegex("#0 .* in do_idle \\(\\)")) << medium;
    EXPECT_THAT(said, HasSubstr("start_kernel + ")) << medium;
    EXPECT_THAT(said, HasSubstr("kernel-symbols.elf\n")) << medium;
    EXPECT_TRUE(machines_left(said).empty()) << medium;
  }
}

TEST_F(SilentKernel, HasThemUnderGdbWhereKaslrHasPutItToo) {
  if (!is_here("gdb")) {
    GTEST_SKIP() << "gdb is not on this host: its package brings it";
  }
  std::string script = content_of(case_folder("x86_64") / "repro.sh");
  const std::size_t word = script.find(" nokaslr");
  ASSERT_NE(word, std::string::npos);
  script.erase(word, std::string_view(" nokaslr").size());
  replace_file(case_folder("x86_64") / "kaslr.sh", script);
  const std::string said =
      debug("x86_64", "kaslr.sh",
            {"kernel-start", "hbreak run_init_process", "continue", "info symbol $pc", "detach"});
  EXPECT_THAT(said, ContainsRegex("the kernel runs 0x[0-9a-f]+00000 above where it was linked"));
  EXPECT_THAT(said, HasSubstr("run_init_process in section .text"));
  EXPECT_TRUE(machines_left(said).empty());
}

/// The log stands in memory of its own, which only the page tables lead to.
TEST_F(SilentKernel, TellsThatItPanicked) {
  const json::object verdict = verdict_of("panics");
  EXPECT_EQ(verdict.at("cause"), "kernel.panic.no-root");
  EXPECT_EQ(verdict.at("stage"), "kernel");
  EXPECT_THAT(std::string(verdict.at("evidence").as_array().back().as_string()),
              HasSubstr("(guest memory) "));
  EXPECT_THAT(std::string(verdict.at("hint").as_string()), HasSubstr("put console=ttyS0 last"));
}

}  // namespace
}  // namespace bootproof::testing
