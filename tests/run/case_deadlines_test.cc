#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/run/logic_bench.h"

// What holds for any guest: the logic gets on whenever it is woken, and needs little of the host.

namespace bootproof {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::expect;
using testing::failing_scenario;
using testing::key;
using testing::LogicBench;
using testing::scenario_of;
using testing::send;
using testing::wait_quiet;
using testing::within;

/// What guests print at their ends, where the logic waits for time to go by.
constexpr std::string_view kEndings[] = {
    "",
    "GRUB loading.\r\n",
    "grub>",
    "grub rescue> ",
    "Press enter to boot the selected OS",
    "The highlighted entry will be executed automatically in 5s.",
    "Automatic boot in 10 seconds...",
    "Press ESC in 5 seconds to skip startup.nsh",
    "Shell> ",
    "boot: ",
    "(initramfs) ",
    "No bootable device.",
    "[    1.0] Kernel panic - not syncing: ",
    "Loading initial ramdisk ...\r\n",
    "[    0.000000] Linux version 6.1\r\n",
    "login: ",
    "\x1b[2J\x1b[H",
    "\x1b[10;5Hlogin:",
    "typed text",
};

std::vector<Scenario> scenarios() {
  const Step login = within(300s, expect("login:"));
  Scenario patient = scenario_of({login});
  patient.skip_countdowns = false;
  patient.tolerate = {"loader.command-prompt", "firmware.no-bootable-device"};
  return {
      scenario_of({login}),
      scenario_of({send("typed text\n"), key("enter"), login}),
      scenario_of({wait_quiet(2s), send("a long line of text\n"), expect("grub>"), login}),
      scenario_of({expect("grub"), wait_quiet(40s), expect("login:", MatchOn::kVga)}),
      failing_scenario("firmware.fell-to-shell"),
      failing_scenario("kernel.panic.no-root", {login}),
      patient,
  };
}

TEST(CaseDeadlines, AreNeverReachedInVainWhateverTheGuestSays) {
  constexpr std::size_t kMostDeadlines = 60;  // The cell's limit is 300 s.
  for (const Scenario& scenario : scenarios()) {
    for (const bool bios : {false, true}) {
      for (const std::string_view first : kEndings) {
        for (const std::string_view second : kEndings) {
          LogicBench bench(scenario, {.bios_keyboard = bios});
          bench.say(first).pass(300ms).say(second).show(std::string(first));
          const std::size_t before = bench.tick_count();
          bench.pass_until_decided();
          EXPECT_LE(bench.tick_count() - before, kMostDeadlines)
              << "first '" << first << "', then '" << second << "'";
        }
      }
    }
  }
}

TEST(CaseDeadlines, AreNeverReachedInVainInALongConversation) {
  std::minstd_rand random(7);  // NOLINT(cert-msc32-c,cert-msc51-cpp): the same sequence each time.
  for (const Scenario& scenario : scenarios()) {
    for (int round = 0; round < 20; ++round) {
      LogicBench bench(scenario, {.slowness = 3.0, .bios_keyboard = round % 2 == 0});
      for (int i = 0; i < 50 && !bench.logic().verdict(); ++i) {
        bench.say(kEndings[random() % std::size(kEndings)]);
        const std::size_t before = bench.tick_count();
        bench.pass(std::chrono::milliseconds(random() % 5000));
        EXPECT_LE(bench.tick_count() - before, 20U);
        bench.actions();
        bench.notes();
      }
    }
  }
}

TEST(CaseDeadlines, LieAtMostASecondBehindTheDecidingEvidence) {
  LogicBench bench(scenario_of({within(300s, expect("login:"))}));
  bench.pass(3s).say("grub rescue> ");
  EXPECT_LE(bench.pass_until_decided(), 1s);
}

// A program with sanitizers is slow and holds freed memory back.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kFloodBytes = 2U << 20U;
constexpr std::int64_t kMostMemoryMib = 1024;
#else
constexpr std::size_t kFloodBytes = 64U << 20U;
constexpr std::int64_t kMostMemoryMib = 32;
#endif

/// The most memory this process has ever had, in MiB.
std::int64_t peak_memory_mib() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss / 1024;
}

/// Little memory and time are taken by kFloodBytes of `text` over and over, in reads of
/// `read_size`.
void flood(std::string_view text, std::size_t read_size) {
  constexpr auto kMostTime = std::chrono::seconds(60);  // A hang, not slowness: takes some seconds.
  std::string block;
  while (block.size() < read_size) {
    block += text;
  }
  LogicBench bench(scenario_of({expect("never comes"), expect("login:")}));
  bench.say(block);
  const std::int64_t memory = peak_memory_mib();
  const auto start = std::chrono::steady_clock::now();
  for (std::size_t sent = 0; sent < kFloodBytes; sent += block.size()) {
    bench.say(block);
  }
  EXPECT_LE(peak_memory_mib() - memory, kMostMemoryMib);
  EXPECT_LE(std::chrono::steady_clock::now() - start, kMostTime);
  EXPECT_EQ(bench.outcome(), "undecided");
  bench.say("\r\nnever comes\r\nlogin: ");
  EXPECT_EQ(bench.outcome(), "passed");
}

TEST(CaseFlood, OfLinesTakesLittleMemoryAndTime) {
  flood("the same line again and again\r\n", 16U << 10U);
}

TEST(CaseFlood, OfOneEndlessLineTakesLittleMemoryAndTime) { flood("no line feed ", 16U << 10U); }

TEST(CaseFlood, OfEscapeSequencesTakesLittleMemoryAndTime) {
  flood("\x1b[31mred\x1b[0m\x1b[7;3Hhere\x1b[K", 16U << 10U);
}

TEST(CaseFlood, OfOneHugeReadTakesLittleTime) { flood("a line\r\n", 8U << 20U); }

}  // namespace
}  // namespace bootproof
