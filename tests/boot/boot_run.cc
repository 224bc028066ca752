#include "tests/boot/boot_run.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <pugixml.hpp>
#include <system_error>
#include <utility>

#include "builders/packages.h"
#include "harness/core/files.h"
#include "harness/core/spawn.h"
#include "tests/boot/forecast.h"

namespace bootproof::testing {

namespace fs = std::filesystem;

std::map<std::string, std::string> test_environment() {
  const fs::path cache = BOOTPROOF_BINARY_DIR "/test-cache";
  std::error_code code;  // Another test may have made the link meanwhile.
  fs::create_directories(cache, code);
  fs::create_directory_symlink(fs::absolute(cache_folder()) / "packages", cache / "packages", code);
  return {{"BOOTPROOF_CACHE", cache.string()}};
}

void BootRun::add_image(std::string_view name, std::string_view bytes) {
  static_cast<void>(folder_.write(name, bytes));
}

std::vector<std::string> BootRun::command(std::string_view scenario_text,
                                          std::vector<std::string> options) const {
  const fs::path file = folder_.write("boot.yaml", scenario_text);
  std::vector<std::string> words{BOOTPROOF_PROGRAM, "run",         file.string(), "--accel", "tcg",
                                 "--out",           out().string()};
  words.insert(words.end(), options.begin(), options.end());
  return words;
}

ProgramResult BootRun::run(std::string_view scenario_text, std::vector<std::string> options) {
  ProgramCall call;
  call.arguments = command(scenario_text, std::move(options));
  call.environment = test_environment();
  call.limit = std::chrono::minutes(9);
  return value_or_throw(run_program(call));
}

std::string BootRun::evidence(const std::string& full_id, const std::string& file) const {
  return content_of(out() / full_id / file);
}

void expect_shipped_run(const ShippedRun& shipped, const fs::path& folder) {
  ProgramCall call;
  call.arguments = {BOOTPROOF_PROGRAM,
                    "run",
                    BOOTPROOF_SOURCE_DIR "/scenarios/" + shipped.file,
                    "--out",
                    (folder / "out").string(),
                    "--retries",
                    "1"};
  call.limit = std::chrono::minutes(15);
  const ProgramResult result = value_or_throw(run_program(call));
  EXPECT_EQ(result.exit_code, 0) << result.output << result.error_output;
  EXPECT_EQ(junit_counts(folder / "out/junit.xml"),
            fmt::format("tests={} failures=0 errors=0 skipped=0", shipped.cases));
  EXPECT_EQ(compare_forecasts(folder / "out/run.json", shipped.by_hand), shipped.foretold);
}

std::string junit_counts(const fs::path& file) {
  pugi::xml_document document;
  const pugi::xml_parse_result parsed = document.load_file(file.c_str());
  if (!parsed) {
    return fmt::format("{}: {}", file.string(), parsed.description());
  }
  const pugi::xml_node suites = document.child("testsuites");
  return fmt::format("tests={} failures={} errors={} skipped={}",
                     suites.attribute("tests").as_int(-1), suites.attribute("failures").as_int(-1),
                     suites.attribute("errors").as_int(-1), suites.attribute("skipped").as_int(-1));
}

std::vector<int> processes_with(const std::string& text) {
  std::vector<int> found;
  std::error_code code;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc", code)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) {
      continue;
    }
    constexpr std::uint64_t kLongest = 1U << 20U;
    const Result<std::string> words = read_file(entry.path() / "cmdline", kLongest);
    if (words && words->find(text) != std::string::npos) {  // It may have ended meanwhile.
      found.push_back(std::stoi(name));
    }
  }
  return found;
}

std::string why_no_qemu() {
  const Result<fs::path> qemu = find_program("qemu-system-x86_64");
  return qemu ? "" : qemu.error().message() + ": apt-get install qemu-system-x86";
}

std::string why_no_packages() {
  for (const auto& [package, architecture] :
       {std::pair{"linux-image-amd64", "amd64"}, std::pair{"linux-image-arm64", "arm64"},
        std::pair{"systemd-boot-efi", "arm64"}}) {
    std::error_code code;
    if (!fs::is_directory(package_folder(cache_folder(), {package, architecture, {}}), code)) {
      return std::string("not fetched: bootproof fetch ") + package + " " + architecture;
    }
  }
  return {};
}

}  // namespace bootproof::testing
