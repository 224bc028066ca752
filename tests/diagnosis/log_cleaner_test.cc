#include "harness/diagnosis/log_cleaner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <ostream>
#include <string>
#include <string_view>

namespace bootproof {
namespace {

std::string cleaned(std::string_view text, std::size_t size = 4096) {
  LogCleaner cleaner;
  std::string out;
  for (; !text.empty(); text.remove_prefix(std::min(size, text.size()))) {
    out += cleaner.clean(text.substr(0, size));
  }
  return out + cleaner.finish();
}

struct Sample {
  std::string_view name;
  std::string_view line;
  std::string_view message;
};

void PrintTo(const Sample& sample, std::ostream* out) { *out << sample.name; }

constexpr auto kSamples = std::to_array<Sample>({
    {"minicom", "[2024-01-01 12:00:00] U-Boot 2023.01", "U-Boot 2023.01"},
    {"minicomWithMilliseconds", "[2024-01-01 12:00:00.123] GRUB loading.", "GRUB loading."},
    {"tioIso", "[2024-01-01T12:00:00.123] login:", "login:"},
    {"tio", "[12:00:00.123] login:", "login:"},
    {"isoWithoutBrackets", "2024-01-01T12:00:00.123456Z Loading Linux", "Loading Linux"},
    {"isoWithZone", "2024-01-01 12:00:00+01:00 Loading Linux", "Loading Linux"},
    {"clock", "12:00:00 Loading Linux", "Loading Linux"},
    {"beforeTheKernelsOwn", "[2024-01-01 12:00:00] [    1.234567] Run /init",
     "[    1.234567] Run /init"},
    {"dmesgT", "[Mon Jan  1 12:00:00 2024] Kernel panic - not syncing: x",
     "Kernel panic - not syncing: x"},
    {"syslog", "Jan 01 12:00:00 box kernel: Run /init as init process",
     "Run /init as init process"},
    {"syslogWithKernelTime", "Jan  1 12:00:00 box kernel: [    1.234567] Run /init",
     "[    1.234567] Run /init"},
    {"journal", "Jan 01 12:00:00.123456 box systemd[1]: Reached target Basic System.",
     "Reached target Basic System."},
    {"journalIso", "2024-01-01T12:00:00+0100 box systemd[1]: Started x.", "Started x."},
    {"grabserial", "[0.000001 0.000001] U-Boot", "U-Boot"},
    {"dmesgRaw", "<6>[    0.000000] Linux version 6.1", "[    0.000000] Linux version 6.1"},
    {"dmesgX", "kern  :info  : [    0.000000] Linux version 6.1",
     "[    0.000000] Linux version 6.1"},
});

class LogPrefix : public ::testing::TestWithParam<Sample> {};

TEST_P(LogPrefix, IsTakenAwayHoweverTheLineWasCut) {
  const std::string log = std::string(GetParam().line) + "\r\n" + std::string(GetParam().line);
  const std::string message(GetParam().message);
  for (const std::size_t size : {1U, 2U, 7U, 4096U}) {
    EXPECT_EQ(cleaned(log, size), message + "\r\n" + message) << size;
  }
}

std::string sample_name(const ::testing::TestParamInfo<Sample>& sample) {
  return std::string(sample.param.name);
}

INSTANTIATE_TEST_SUITE_P(Diagnosis, LogPrefix, ::testing::ValuesIn(kSamples), sample_name);

TEST(LogCleaner, LeavesWhatAMachineSays) {
  constexpr std::string_view kLog =
      "SeaBIOS (version 1.16.2)\r\n"
      "[    0.000000] Linux version 6.1\r\n"
      "[  OK  ] Started x.\r\n"
      "Jan 01 2024\r\n"
      "\x1b[2J\x1b[1;1H12 entries\r\n"
      "\xff\xfe\x00 bytes\n"
      "host login: ";
  for (const std::size_t size : {1U, 2U, 7U, 4096U}) {
    EXPECT_EQ(cleaned(kLog, size), kLog);
  }
}

TEST(LogCleaner, DropsTheLinesOfTerminalPrograms) {
  constexpr std::string_view kLog =
      "\xef\xbb\xbfpicocom v3.1\r\n\r\nport is        : /dev/ttyUSB0\r\nflowcontrol is : none\r\n"
      "Type [C-a] [C-h] to see available commands\r\nTerminal ready\r\ngrub> \r\n"
      "Terminating...\r\nThanks for using picocom\r\n";
  EXPECT_EQ(cleaned(kLog), "\r\ngrub> \r\n");
  EXPECT_EQ(cleaned("Welcome to minicom 2.8\r\nOPTIONS: I18n \r\ngrub> "), "grub> ");
  EXPECT_EQ(cleaned("Script started on 2024-01-01 12:00:00+00:00 [TERM=\"xterm\"]\ngrub> \n"
                    "Script done on 2024-01-01 12:01:00+00:00 [COMMAND_EXIT_CODE=\"0\"]\n"),
            "grub> \n");
}

TEST(LogCleaner, HoldsBackNoMoreThanAPrefix) {
  LogCleaner cleaner;
  const std::string line(1U << 20U, 'x');
  EXPECT_EQ(cleaner.clean(line).size() + cleaner.finish().size(), line.size());
}

TEST(LogCleaner, GivesAnyBytesBack) {
  std::string bytes;
  for (int value = 0; value < 256; ++value) {
    bytes += static_cast<char>(value);
  }
  EXPECT_EQ(cleaned(bytes, 3), bytes);
}

}  // namespace
}  // namespace bootproof
